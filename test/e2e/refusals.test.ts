import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../helpers/ownServer.ts';
import { BIN, PACKAGE } from './built.ts';
import { cacheOfFile } from './caches.ts';
import { explorer, runPiped, startFile } from './programs.ts';

const cache = cacheOfFile();

it('needs a terminal, and names check where there is none', async () => {
  const { code, stdout, stderr } = await runPiped({ cache });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^pgopt-explore: the explorer needs a terminal: run `pgopt-explore check` .*\n$/);
});

it('says in one line that the named database refuses connections, without the password', async () => {
  const port = await freePort();
  const url = `postgresql://someone:s3cret@127.0.0.1:${port}/shop`;
  const line = new RegExp(
    `pgopt-explore: cannot connect to database shop as someone at 127\\.0\\.0\\.1:${port}: nothing listens there \\(connection refused\\): start the server, or correct host and port`,
  );
  const terminal = explorer({ cache, args: ['--url', url], columns: 200 });
  expect(await terminal.exit).toEqual({ code: 3, signal: 0 });
  expect(terminal.screen().trim()).toMatch(line);
  expect(terminal.screen().trim().split('\n')).toHaveLength(1);
  expect(terminal.raw()).not.toContain('s3cret');
  expect(terminal.switches).toEqual({ entered: 1, left: 1 });
  expect(terminal.cursorVisible).toBe(true);
  expect(terminal.lineDiscipline()).toEqual(expect.arrayContaining(['echo', 'icanon', 'isig']));

  const piped = await runPiped({ cache, args: ['check', '--url', url] });
  expect(piped).toMatchObject({ code: 3, stdout: '' });
  expect(piped.stderr).toMatch(line);
  expect(piped.stderr.trim().split('\n')).toHaveLength(1);
  expect(piped.stderr).not.toContain('s3cret');
});

it('answers --help and --version without a database, and a mistake in one line', async () => {
  const help = await runPiped({ cache, args: ['--help'] });
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const word of [
    '--url',
    '--service',
    '--password',
    '--demo',
    '--scale',
    '--fresh',
    '--version',
    '--help',
    'check',
    'PGOPT_EXPLORE_CACHE',
  ])
    expect(help.stdout).toContain(word);
  expect(help.stdout).toMatch(/Exit codes: 0 .*, 1 .*, 2 .*, 3 .*,\s128 \+ n .*130/);
  const checkHelp = await runPiped({ cache, args: ['check', '--help'] });
  expect(checkHelp).toMatchObject({ code: 0, stderr: '' });
  for (const word of ['--only', '--without', '--json', '--url', '--scale', '--fresh'])
    expect(checkHelp.stdout).toContain(word);

  const { version } = (await import('../../package.json', { with: { type: 'json' } })).default;
  expect(await runPiped({ cache, args: ['--version'] })).toMatchObject({
    code: 0,
    stdout: `${version}\n`,
    stderr: '',
  });

  for (const args of [
    ['--color'],
    ['check', '--color'],
    ['--scale', 'large'],
    ['--url', 'mysql://host/db'],
    ['--url', 'postgresql://h/db', '--scale', '0.1'],
    ['--url', 'postgresql://h/db', 'check', '--service', 's'],
    ['check', '--service', 'no such service'],
    ['chekc'],
  ]) {
    const mistake = await runPiped({ cache, args });
    expect(mistake, args.join(' ')).toMatchObject({ code: 2, stdout: '' });
    expect(mistake.stderr, args.join(' ')).toMatch(/^pgopt-explore: [^\n]+\n$/);
  }
});

it('says what to run in a clone that was never installed', async () => {
  const clone = await mkdtemp(join(tmpdir(), 'pgopt-explore-clone-'));
  onTestFinished(() => rm(clone, { recursive: true, force: true }));
  await mkdir(join(clone, 'bin'));
  await cp(BIN, join(clone, 'bin', 'pgopt-explore.js'));
  await cp(join(PACKAGE, 'package.json'), join(clone, 'package.json'));
  const start = startFile(process.execPath, [join(clone, 'bin', 'pgopt-explore.js')], clone, process.env);
  const { code, stdout, stderr } = await start.outcome;
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^pgopt-explore: not installed yet: run `npm ci` in .* first\n$/);
});
