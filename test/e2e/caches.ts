/** Cache folders of the tests' own, with a server and a small demo shop in them. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { ConnectionSettings } from '../../src/database/connectionSettings.ts';
import { ensureDemoShop } from '../../src/database/demo/shop.ts';
import { startEmbeddedServer } from '../../src/database/embedded/server.ts';
import { connectTrusted as connect, type Link } from '../../src/database/link.ts';
import { killServer } from '../database/embedded/caches.ts';
import { copyReadyMade, SCALE } from '../helpers/readyMade.ts';
import { ensureBuilt, PACKAGE } from './built.ts';

export { SCALE };

export interface Cache {
  readonly root: string;
}

/** The program is built and an empty cache is there for the tests of this file; afterwards nothing of it is left. */
export function cacheOfFile(): Cache {
  let root = '';
  beforeAll(async () => {
    await ensureBuilt();
    // The run's global setup knows this name: it sweeps what a killed run left behind.
    root = await mkdtemp(join(tmpdir(), `pgopt-explore-test-${process.pid}-e2e-`));
    // As root: the account that runs PostgreSQL has to pass through.
    await chmod(root, 0o711);
  });
  afterAll(async () => {
    await killServer(root, 'SIGQUIT');
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    get root() {
      return root;
    },
  };
}

interface RunningShop {
  readonly settings: ConnectionSettings;
  /** A connection to the shop, outside every session: what others see. */
  readonly link: Link;
}

/** Keeps the cache's server running during the tests of this file, with the demo shop of SCALE loaded. */
export function shopOfFile(cache: Cache): RunningShop {
  let shop: RunningShop | undefined;
  let release: () => Promise<unknown> = async () => undefined;
  const running = (): RunningShop => {
    if (shop === undefined) throw new Error('the shop is there in tests only');
    return shop;
  };
  beforeAll(async () => {
    await copyReadyMade('shop', cache.root);
    const server = await startEmbeddedServer({ cacheRoot: cache.root, env: process.env });
    release = server.release;
    const { settings } = await ensureDemoShop({
      settings: server.settings,
      scale: Number(SCALE),
      schemaFolder: join(PACKAGE, 'schema'),
    });
    shop = { settings, link: await connect(settings, 'test') };
  });
  afterAll(async () => {
    await shop?.link.end();
    await release();
  });
  return {
    get settings() {
      return running().settings;
    },
    get link() {
      return running().link;
    },
  };
}

/** Waits until no session's work connection is left on the shop: the server lets go a moment after its client. */
export async function untilNobodyWorks(link: Link): Promise<void> {
  const busy = `SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'pgopt-explore%' AND pid <> pg_backend_pid()`;
  while ((await link.query(busy)).length > 0) await link.query('SELECT pg_sleep(0.02)');
}

/** Waits until a query has a row, which it has not once the program has ended. */
export async function untilFound(
  link: Link,
  query: string,
  { process }: { readonly process: { readonly exitCode: number | null } },
): Promise<void> {
  while ((await link.query(query)).length === 0) {
    expect(process.exitCode).toBeNull();
    await link.query('SELECT pg_sleep(0.02)');
  }
}
