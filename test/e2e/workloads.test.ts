import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cacheOfFile } from './caches.ts';
import { runPiped } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();

const QUERY = '-- title: All\nSELECT count(*) FROM orders;\n';

/** With no sound query there is nothing to start; the other files' errors are told all the same. */
const mistakes: readonly { name: string; files: Record<string, string>; says: RegExp }[] = [
  {
    name: 'a COMMIT in a proposal',
    files: {
      'queries/01-all.sql': '',
      'schema/proposals/sly.sql': 'CREATE INDEX sly ON orders (status);\n  COMMIT;\n',
    },
    says: /^queries\/01-all.*\n {2}\n {2}\^\n(schema\/proposals\/sly\.sql:2:3): .*COMMIT.*\n {2} {2}COMMIT;\n {2} {2}\^\n$/i,
  },
  {
    name: 'a DROP in a proposal',
    files: { 'queries/01-all.sql': '', 'schema/proposals/drop.sql': 'DROP TABLE orders;\n' },
    says: /^queries\/01-all.*\n {2}\n {2}\^\n(schema\/proposals\/drop\.sql:1:1): .*\n {2}DROP TABLE orders;\n {2}\^\n$/,
  },
  {
    name: 'a second statement in a query',
    files: { 'queries/01-all.sql': 'SELECT 1;\nSELECT 2;\n' },
    says: /^(queries\/01-all\.sql:2:1): .*\n {2}SELECT 2;\n {2}\^\n$/,
  },
  {
    name: 'a mistake in a query',
    files: { 'queries/01-all.sql': 'SELECT count(*)\nFRM orders;\n' },
    says: /^(queries\/01-all\.sql:2:5): .*orders.*\n {2}FRM orders;\n {2} {4}\^\n$/,
  },
  {
    name: 'a wrong size in workload.json',
    files: {
      'queries/01-all.sql': '',
      'schema/workload.json': '{\n  "budgets": { "storage": "2 potatoes" }\n}\n',
    },
    says: /^queries\/01-all.*\n {2}\n {2}\^\n(schema\/workload\.json:2:27): .*\n {4}"budgets": .*\n {2} {26}\^\n$/,
  },
  {
    name: 'broken JSON in workload.json',
    files: { 'queries/01-all.sql': '', 'schema/workload.json': '{ "title": \n}\n' },
    says: /^queries\/01-all.*\n {2}\n {2}\^\n(schema\/workload\.json:\d+:\d+): .*\n {2}.*\n +\^\n$/,
  },
];

it.each(mistakes)('points at $name, and starts nothing', async ({ files, says }) => {
  const cwd = await workloadFolder(files);
  const { code, stdout, stderr } = await runPiped({ cache, args: ['check', '.'], cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(says);
  expect(await readdir(cache.root)).toEqual([]);
});

it('names the folder that is missing', async () => {
  const cwd = await workloadFolder({});
  const { code, stderr } = await runPiped({ cache, args: ['check', join(cwd, 'nowhere')], cwd });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^pgopt-explore: there is no folder .*nowhere: name a folder .*\n$/);
});

it('looks at what is sound, tells what is not, and exits 2', async () => {
  const cwd = await workloadFolder({
    'queries/01-all.sql': QUERY,
    'queries/02-bad.sql': 'SELECT count(*)\nFRM orders;\n',
    'schema/proposals/sly.sql': 'CREATE INDEX sly ON orders (status);\nCOMMIT;\n',
  });
  const { code, stdout, stderr } = await runPiped({
    cache,
    args: ['check', '.', '--json', '--scale', '0.0001'],
    cwd,
  });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^queries\/02-bad\.sql:2:5: [\s\S]*\nschema\/proposals\/sly\.sql:2:1: /);
  const { queries, workload } = JSON.parse(stdout);
  expect(queries).toMatchObject([{ id: '01-all', before: { how: 'measured' } }]);
  expect(workload.problems).toHaveLength(2);
});
