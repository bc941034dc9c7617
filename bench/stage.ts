/** What every subject stands on: a cache folder of the bench's own, a server in it, and the demo shop. */

import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifier } from '../src/base/sql.ts';
import { packageFolder } from '../src/cli/packageFile.ts';
import type { ConnectionSettings } from '../src/database/connectionSettings.ts';
import { ensureDemoShop } from '../src/database/demo/shop.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../src/database/embedded/server.ts';
import { connectTrusted as connect } from '../src/database/link.ts';
import { loadWorkload } from '../src/workload/load.ts';
import type { Workload } from '../src/workload/workload.ts';

const COPY = 'bench_copy';

export interface Stage {
  readonly cacheRoot: string;
  readonly scale: number;
  readonly serverVersion: string;
  /** A superuser on the database `postgres`. */
  readonly server: ConnectionSettings;
  /** The same server, for a lens. */
  readonly embedded: Pick<EmbeddedServer, 'settings' | 'dataDirectory' | 'account'>;
  /** The demo shop's database. */
  readonly shop: ConnectionSettings;
  readonly workload: Workload;
  /** Loads a shop of the same scale with another seed, and drops it afterwards. */
  loadShop(seed: number, measure: (load: () => Promise<void>) => Promise<number>): Promise<number>;
  /** A copy of the shop's database to do anything with, gone afterwards. The shop must have no connections. */
  withCopy<T>(use: (copy: ConnectionSettings) => Promise<T>): Promise<T>;
  /** The workload in a folder of its own, where no query is run for longer than `timeout`. */
  workloadFolder(timeout: string): Promise<string>;
  /** Lets go of the server, which stops unless another process uses it; the data stays for the next start. */
  leaveServer(): Promise<void>;
  /** Leaves the server and removes everything. Idempotent. */
  close(): Promise<void>;
}

/** @throws PgoptError when the server or the shop does not come about; nothing is left behind then. */
export async function openStage(scale: number, signal: AbortSignal): Promise<Stage> {
  const cacheRoot = await mkdtemp(join(tmpdir(), 'pgopt-explore-bench-'));
  // As root: the account that runs PostgreSQL has to pass through.
  await chmod(cacheRoot, 0o711);
  let server: EmbeddedServer | undefined;
  const close = async () => {
    await server?.release();
    await rm(cacheRoot, { recursive: true, force: true });
  };
  try {
    const workload = await loadWorkload(packageFolder(), process.cwd());
    server = await startEmbeddedServer({ cacheRoot, env: process.env, signal });
    return await stageOn(server, { cacheRoot, scale, workload, signal, close });
  } catch (error) {
    await close();
    throw error;
  }
}

async function stageOn(
  server: EmbeddedServer,
  given: Pick<Stage, 'cacheRoot' | 'scale' | 'workload' | 'close'> & { readonly signal: AbortSignal },
): Promise<Stage> {
  const { cacheRoot, scale, workload, signal } = given;
  const { settings } = server;
  const schemaFolder = join(packageFolder(), 'schema');
  const shop = await ensureDemoShop({ settings, scale, schemaFolder, signal });
  return {
    ...given,
    serverVersion: server.serverVersion,
    server: settings,
    embedded: server,
    shop: shop.settings,
    async loadShop(seed, measure) {
      let loaded = '';
      const ms = await measure(async () => {
        loaded = (await ensureDemoShop({ settings, scale, seed, schemaFolder, signal })).settings.database;
      });
      await dropDatabase(settings, loaded);
      return ms;
    },
    async withCopy(use) {
      await run(settings, `CREATE DATABASE ${COPY} TEMPLATE ${identifier(shop.settings.database)}`);
      try {
        return await use({ ...settings, database: COPY });
      } finally {
        await dropDatabase(settings, COPY);
      }
    },
    async workloadFolder(timeout) {
      const folder = await mkdtemp(join(cacheRoot, 'workload-'));
      await cp(join(workload.folder, 'queries'), join(folder, 'queries'), { recursive: true });
      await cp(join(workload.folder, 'schema'), join(folder, 'schema'), { recursive: true });
      const file = join(folder, 'schema', 'workload.json');
      const document = JSON.parse(await readFile(file, 'utf8')) as { budgets: Record<string, string> };
      document.budgets.timeout = timeout;
      await writeFile(file, JSON.stringify(document));
      return folder;
    },
    async leaveServer() {
      await server.release();
    },
  };
}

async function dropDatabase(settings: ConnectionSettings, name: string): Promise<void> {
  await run(settings, `DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`);
}

async function run(settings: ConnectionSettings, statement: string): Promise<void> {
  const link = await connect(settings, 'bench');
  try {
    await link.query(statement);
  } finally {
    await link.end();
  }
}
