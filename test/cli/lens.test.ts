/** `pgopt-explore lens`, as the command line runs it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/main.ts';
import { parseLens } from '../../src/lens/parse/parse.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('lens_command', [
    `CREATE TABLE people AS SELECT g AS id, 'name ' || g % 3 AS name FROM generate_series(1, 100) g`,
    'ANALYZE',
    'CREATE FOREIGN DATA WRAPPER nothing',
    'CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing',
    'CREATE FOREIGN TABLE "far\u001b[2J" (id int) SERVER nowhere',
  ]);
});
afterAll(async () => database?.drop());

async function lens(...args: string[]) {
  const said = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof said) => ({
    write: (text: string, done?: () => void) => {
      said[name] += text;
      done?.();
      return true;
    },
    once: () => undefined,
    on: () => undefined,
    off: () => undefined,
  });
  const { host, port, user, password, database: name } = database.settings;
  const env = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: name };
  const io = Object.create(process, {
    env: { value: { ...env, HOME: '/nowhere' } },
    stdout: { value: stream('stdout') },
    stderr: { value: stream('stderr') },
    on: { value: () => undefined },
    off: { value: () => undefined },
  }) as Io;
  return { code: await run(['lens', ...args], io), ...said };
}

it('prints the document on stdout, and what there is to say of it on stderr', async () => {
  const { code, stdout, stderr } = await lens();
  expect(code).toBe(0);
  const document = await parseLens(stdout, 'out');
  expect(document.tables).toMatchObject([{ name: 'people', rows: 100 }]);
  expect(stdout).toContain('name 0');
  expect(stdout.split('\n').find(line => line.includes('"name":"id"'))).toMatch(/^ {8}\{.*\},$/);
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/^A lens of lens_command_.*, PostgreSQL 15.*: 1 table, 0 indexes, 0 views\.$/),
    'Not in it:',
    '  foreign table public.far␛[2J: foreign tables are left out: their wrappers plan them',
    expect.stringContaining('--redact'),
    '',
  ]);
  const secret = database.settings.password ?? expect.fail('the test server has a password');
  expect(stdout + stderr).not.toContain(secret);
});

it('redacts', async () => {
  const { code, stdout, stderr } = await lens('--redact');
  expect(code).toBe(0);
  expect(stdout).not.toContain('name 0');
  expect((await parseLens(stdout, 'out')).source.redacted).toBe(true);
  expect(stderr).toMatch(
    /the values of 1 column or expression were dropped[^\n]*\n {2}public\.people\.name\n/,
  );
});

it('takes no option that only a session has', async () => {
  expect(await lens('--yes')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--yes does not apply to lens, which only reads'),
  });
});
