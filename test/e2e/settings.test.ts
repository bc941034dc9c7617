/** Planner settings in the built program: at the start, at the keyboard, in check, and gone afterwards. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CheckDocument } from '../../src/report/document.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { IDLE, inOrder, planName } from '../helpers/shown.ts';
import { cacheOfFile } from './caches.ts';
import { explorer, runPiped } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('set', [
    'CREATE TABLE notes AS SELECT g AS id, md5(g::text) AS note FROM generate_series(1, 5000) g',
    'VACUUM (FREEZE, ANALYZE) notes',
  ]);
});
afterAll(() => database.drop());

const folder = () =>
  workloadFolder({
    'queries/01-sorted.sql': 'SELECT id FROM notes ORDER BY note;',
    'schema/workload.json': '{ "title": "Test", "settings": { "work_mem": "64MB" } }',
  });

function target(): { args: string[]; env: Record<string, string> } {
  const { host, port, user, database: name, password = '' } = database.settings;
  const url = `postgresql://${user}@/${name}?host=${encodeURIComponent(host)}&port=${port}`;
  return { args: ['--yes', '--url', url], env: { PGPASSWORD: password } };
}

it('starts with those that are asked for, changes them at the keyboard, and leaves none', async () => {
  const [before] = await database.link.query('SHOW work_mem');
  const { args, env } = target();
  const app = explorer({ cache, env, args: [await folder(), '--set', 'work_mem=64kB', ...args] });
  await app.until(inOrder('set: work_mem 64kB', IDLE), 'it starts with the setting on');
  expect(app.screen()).toMatch(new RegExp(`${planName('after', 1)} · (work_mem 64kB|1 setting)`));
  app.type('o');
  await app.until(/▸\[x\] work_mem +64MB +→ 64kB/, 'the list, with the value of workload.json');
  app.type('e\u0015lots\r');
  await app.until(/invalid value for parameter "work_mem": "lots"/, 'the server’s word');
  app.type('\u0015128 kB\r');
  await app.until(/▸\[x\] work_mem +64MB +→ 128kB/, 'in the server’s spelling');
  app.type('0');
  await app.until(inOrder('all as the server has them', IDLE), 'back to its own');
  app.type('qq');
  expect(await app.exit).toEqual({ code: 0, signal: 0 });
  expect((await database.link.query('SHOW work_mem'))[0]).toEqual(before);
});

it('sets them on both sides of check, and says so', async () => {
  const { args, env } = target();
  const { code, stdout } = await runPiped({
    cache,
    env,
    args: ['check', await folder(), ...args, '--json', '--set', 'work_mem=64kB', '--set', 'JIT=off'],
  });
  const document = JSON.parse(stdout) as CheckDocument;
  expect(document.settings).toEqual([
    { name: 'work_mem', value: '64kB', source: '--set' },
    { name: 'jit', value: 'off', source: '--set' },
  ]);
  const [query] = document.queries;
  expect([query?.before, query?.after].map(side => side?.plan[0]?.buffers?.tempWritten)).toEqual([
    expect.toSatisfy(blocks => blocks > 0),
    expect.toSatisfy(blocks => blocks > 0),
  ]);
  expect(code).toBeLessThanOrEqual(1);
});

it('refuses a name that it does not know in one line', async () => {
  const { code, stdout, stderr } = await runPiped({ cache, args: ['check', '--set', 'fsync=off'] });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(
    /^pgopt-explore: --set fsync=off is refused: fsync is not one of the planner settings .*\n$/,
  );
});
