/** A folder with a workload's files, gone when the test ends. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * @param files Path → text; a title and the usual budgets unless `schema/workload.json` is among them.
 * @returns The folder's path.
 */
export async function workloadFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-workload-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'schema', 'proposals'), { recursive: true });
  const all = { 'schema/workload.json': '{ "title": "Test" }', ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}
