/**
 * `npm run test:engines -- --citus URL --timescale URL`: the session's contract, sizes, switching and rollback against real servers.
 * Each URL is of a superuser on the coordinator, in a database with the extension; a schema `pgopt_engines` is made and dropped.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const { values } = parseArgs({ options: { citus: { type: 'string' }, timescale: { type: 'string' } } });
if (values.citus === undefined && values.timescale === undefined) {
  console.error('give --citus URL, --timescale URL, or both');
  process.exit(2);
}
for (const [engine, url] of Object.entries(values)) {
  if (url === undefined) continue;
  const folder = fileURLToPath(new URL('testEngines/', import.meta.url));
  await startVitest('test', [], {
    watch: false,
    maxWorkers: 1,
    config: false,
    root: folder,
    include: [`**/{engine,${engine}}.check.ts`],
    reporters: ['verbose'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    env: { PGOPT_ENGINE: engine, PGOPT_ENGINE_URL: url },
  });
}
