import { tmpdir } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { planName } from '../helpers/shown.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { BIN } from './built.ts';
import { cacheOfFile, SCALE, shopOfFile } from './caches.ts';
import { explorer } from './programs.ts';

const cache = cacheOfFile();
shopOfFile(cache);

it('goes back to the shell on Ctrl-Z and comes back with fg', async () => {
  const shell = openTerminal({
    file: 'bash',
    args: ['--norc', '--noprofile', '-i'],
    env: { ...process.env, PS1: 'ready> ', PGOPT_EXPLORE_CACHE: cache.root },
    cwd: tmpdir(),
  });
  onTestFinished(() => shell.dispose());
  await shell.until(/^ready>$/m, 'the prompt');
  shell.type(`'${process.execPath}' '${BIN}' --scale ${SCALE}\n`);
  await shell.until(planName('before', 1), 'the plan of query 1');
  shell.type('\u001a');
  await shell.until(/Stopped[\s\S]*ready>$/m, 'the shell');
  expect([shell.alternate, shell.cursorVisible]).toEqual([false, true]);
  shell.type('fg\n');
  await shell.until(planName('before', 1), 'the explorer is back');
  expect(shell.alternate).toBe(true);
  shell.type('q');
  await shell.until(screen => /fg\n[\s\S]*ready>\s*$/.test(screen), 'the shell again');
  expect(shell.switches).toEqual({ entered: 2, left: 2 });
  // With the code of the command before it.
  shell.type('exit\n');
  expect(await shell.exit).toEqual({ code: 0, signal: 0 });
});

it('stays where it is on Ctrl-Z when there is no shell to go back to', async () => {
  const terminal = explorer({ cache });
  await terminal.until(planName('before', 1), 'the plan of query 1');
  terminal.type('\u001a');
  await terminal.until(() => terminal.switches.left === 1, 'the screen is left');
  await terminal.until(planName('before', 1), 'and entered again');
  terminal.type('q');
  expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
});
