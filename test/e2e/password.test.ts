/** The question for a password: in the terminal, without echo, and the terminal as it was whatever happens. */
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { programsOf } from '../helpers/majors.ts';
import { type OwnServer, startOwnServer } from '../helpers/ownServer.ts';
import { HOW_GOT } from '../helpers/shown.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { BIN } from './built.ts';
import { cacheOfFile } from './caches.ts';
import { environment, explorer } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();
const PASSWORD = 'g€heim-4711';
const PROMPT = /^Password for user me:$/m;

let server: OwnServer;
beforeAll(async () => {
  const access = ['host all all 127.0.0.1/32 scram-sha-256'];
  server = await startOwnServer({ programs: await programsOf(15), access });
  const link = await connect(server.settings, 'test');
  await link.query(`CREATE ROLE me LOGIN PASSWORD '${PASSWORD}'`);
  await link.end();
});
afterAll(() => server?.stop());

const COOKED = expect.arrayContaining(['echo', 'icanon', 'isig']);
const url = () => `postgresql://me@127.0.0.1:${server.port}/postgres`;
const folder = () => workloadFolder({ 'queries/01-one.sql': 'SELECT count(*) FROM pg_class' });
const env = { HOME: '/nowhere' };

it('connects check, with output that is not the terminal’s', async () => {
  const terminal = explorer({ cache, env, args: ['check', '--yes', await folder(), '--url', url(), '-W'] });
  await terminal.until(PROMPT, 'it asks');
  expect(terminal.lineDiscipline()).toEqual(expect.arrayContaining(['-echo']));
  terminal.type(`wrong\u0015${PASSWORD}\r`);
  expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
  expect(terminal.raw()).not.toMatch(/4711|wrong/);
  expect(terminal.raw()).toContain('01-one');
  expect(terminal.lineDiscipline()).toEqual(COOKED);
});

it('connects the explorer, which then has the keyboard', async () => {
  const terminal = explorer({ cache, env, args: ['--yes', await folder(), '--url', url(), '--password'] });
  await terminal.until(PROMPT, 'it asks');
  expect(terminal.alternate).toBe(false);
  terminal.type(`${PASSWORD}\r`);
  await terminal.until(
    screen => screen.includes('postgres at 127.0.0.1') && screen.includes(HOW_GOT.measured),
    'it has measured',
  );
  terminal.type('q');
  expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
  expect(terminal.raw()).not.toContain('4711');
  expect(terminal.lineDiscipline()).toEqual(COOKED);
});

it('says in one line that the password is wrong', async () => {
  const terminal = explorer({ cache, env, args: ['check', '--url', url(), '-W'], columns: 250 });
  await terminal.until(PROMPT, 'it asks');
  terminal.type('no-4711\r');
  expect(await terminal.exit).toEqual({ code: 3, signal: 0 });
  expect(terminal.screen()).toMatch(/password authentication failed for user "me": correct the password/);
  expect(terminal.raw()).not.toContain('4711');
});

it('does not ask by itself, but says how to be asked', async () => {
  const terminal = explorer({ cache, env, args: ['check', '--url', url()], columns: 250 });
  expect(await terminal.exit).toEqual({ code: 3, signal: 0 });
  expect(terminal.screen()).toMatch(
    /wants a password, and none was given: use --password to be asked for it, PGPASSWORD/,
  );
});

it('ends with 130 at Ctrl-C, and has the echo back', async () => {
  const terminal = explorer({ cache, env, args: ['--url', url(), '--password'] });
  await terminal.until(PROMPT, 'it asks');
  terminal.type('4711\u0003');
  expect(await terminal.exit).toEqual({ code: 130, signal: 0 });
  expect(terminal.raw()).not.toContain('4711');
  expect(terminal.switches).toEqual({ entered: 0, left: 0 });
  expect(terminal.lineDiscipline()).toEqual(COOKED);
});

it('dies of a signal as if it had not listened, and has the echo back', async () => {
  const terminal = explorer({ cache, env, args: ['--url', url(), '--password'] });
  await terminal.until(PROMPT, 'it asks');
  terminal.kill('SIGTERM');
  expect(await terminal.exit).toEqual({ code: 0, signal: 15 });
  expect(terminal.lineDiscipline()).toEqual(COOKED);
});

it('asks in the terminal though none of its streams is one', async () => {
  const command = `echo nothing | "$0" "$1" check --yes "$2" --url "$3" -W 2>/dev/null | grep -c 01-one`;
  const terminal = openTerminal({
    file: '/bin/sh',
    args: ['-c', command, process.execPath, BIN, await folder(), url()],
    cwd: tmpdir(),
    env: environment(cache, env),
  });
  onTestFinished(() => terminal.dispose());
  await terminal.until(PROMPT, 'it asks');
  terminal.type(`${PASSWORD}\r`);
  expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
  expect(terminal.raw()).not.toContain('4711');
  expect(terminal.lineDiscipline()).toEqual(COOKED);
});
