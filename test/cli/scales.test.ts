import { expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { folderWith } from '../helpers/folder.ts';

/** What it says on stderr, and its exit code; nothing is started. */
async function refused(...args: string[]): Promise<string> {
  let text = '';
  const write = (chunk: string) => {
    text += chunk;
    return true;
  };
  const stderr = Object.create(process.stderr, { write: { value: write } });
  const io = Object.create(process, { stderr: { value: stderr } });
  expect(await run(['check', ...args], io)).toBe(2);
  return text;
}

it('refuses sizes that are not two or more, ascending, up to production’s', async () => {
  expect(await refused('--scales', '0.01')).toContain('two or more numbers');
  expect(await refused('--scales', '0.01,0.002')).toContain('ascending');
  expect(await refused('--scales', '0.01,0.01')).toContain('ascending');
  expect(await refused('--scales', '0.01,2')).toContain('from 0.0001 to 1');
  expect(await refused('--scales', '0.01,,1')).toContain('two or more numbers');
});

it('refuses them beside one size, and beside a database that is named', async () => {
  const scales = ['--scales', '0.001,0.002'];
  expect(await refused(...scales, '--scale', '0.01')).toContain('name one of them');
  expect(await refused(...scales, '--set', 'work_mem=1MB')).toContain('leave --set out');
  expect(await refused(...scales, '--url', 'postgresql://x@localhost/x')).toContain('sizes of the demo');
});

it('refuses samples of the embedded database, and samples without production’s rows', async () => {
  const sample = ['--sample', 'postgresql://x@localhost/small'];
  const named = ['--url', 'postgresql://x@localhost/x', ...sample];
  expect(await refused(...sample, '--scales', '0.001,0.002')).toContain('--scales and --sample exclude');
  expect(await refused(...sample, '--demo')).toContain('and this is the demo: name the database with --url');
  expect(await refused(...named, '--set', 'work_mem=1MB')).toContain('leave --set out');
  expect(await refused(...named, '--sample', 'mysql://x:secret@h/y')).toMatch(
    /--sample must start with postgr/,
  );
  const folder = await folderWith({
    'queries/01-one.sql': 'SELECT 1;',
    'schema/workload.json': '{ "title": "t" }',
  });
  expect(await refused(folder, ...named)).toBe(
    'pgopt-explore: --sample needs production_rows in schema/workload.json, and there are none: write how many rows each table has in production: "production_rows": { "orders": 50000000 }\n',
  );
});
