/** A server of a test file's own, for settings that need a start of their own. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedServer, startEmbeddedServer } from '../../src/database/embedded/server.ts';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { copyReadyMade } from './readyMade.ts';

/**
 * @param change An ALTER SYSTEM that takes effect at a start.
 * @param cacheRoot An empty cache folder that the caller removes; without it one is made, and goes with the server.
 */
export async function serverWith(change: string, cacheRoot?: string): Promise<EmbeddedServer> {
  // The run's global setup knows this name: it sweeps what a killed run left behind.
  const root = cacheRoot ?? (await mkdtemp(join(tmpdir(), `pgopt-explore-test-${process.pid}-own-`)));
  // As root: the account that runs PostgreSQL has to pass through.
  await chmod(root, 0o711);
  await copyReadyMade('cluster', root);
  const first = await startEmbeddedServer({ cacheRoot: root, env: process.env });
  const link = await connect(first.settings, 'test');
  await link.query(change);
  await link.end();
  const { stopped } = await first.release();
  if (!stopped) throw new Error('another process holds the server');
  const server = await startEmbeddedServer({ cacheRoot: root, env: process.env });
  return {
    ...server,
    release: async () => {
      const left = await server.release();
      if (cacheRoot === undefined) await rm(root, { recursive: true, force: true });
      return left;
    },
  };
}
