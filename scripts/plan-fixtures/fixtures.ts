/** All files of one major version: the tables, then case after case; old files go only when all new ones are there. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type pg from 'pg';
import { hasCase } from './case.ts';
import { CASES } from './cases.ts';
import { explainCase } from './explain.ts';
import { isHandChecked } from './handChecked.ts';
import { FOLDER, recordedFile } from './recorded.ts';
import { SCHEMA, schemaScripts } from './schema.ts';

/** @throws Error naming every case whose plan is not what it should be; then nothing is written. */
export async function makeFixtures(client: pg.Client, socketFolder: string, major: number): Promise<void> {
  for (const script of schemaScripts(socketFolder)) await client.query(script);
  await client.query('VACUUM ANALYZE');
  const files = new Map<string, string>();
  const failures: string[] = [];
  for (const one of CASES.filter(each => hasCase(each, major))) {
    try {
      for (const [name, text] of await explainCase(client, one, major)) files.set(name, text);
    } catch (error) {
      failures.push(`${one.name}: ${error instanceof Error ? error.message : error}`);
    }
    for (const table of one.vacuum ?? []) await client.query(`VACUUM ANALYZE ${SCHEMA}.${table}`);
  }
  if (failures.length > 0) throw new Error(failures.join('\n\n'));
  await write(major, files);
}

async function write(major: number, files: ReadonlyMap<string, string>): Promise<void> {
  const folder = new URL(`${major}/`, FOLDER);
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (!isHandChecked(major, name)) await rm(new URL(name, folder));
  }
  for (const [name, text] of files) {
    if (isHandChecked(major, name)) continue;
    const before = recordedFile(major - 1, name);
    if (existsSync(before) && (await readFile(before, 'utf8')) === text) continue;
    await writeFile(new URL(name, folder), text);
  }
}
