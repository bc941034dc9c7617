/** While $EDITOR has the terminal, its keys, Ctrl-Z, `fg` and Ctrl-C are not the explorer's. */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { folderWith } from '../helpers/folder.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { BIN } from './built.ts';
import { cacheOfFile, SCALE, shopOfFile } from './caches.ts';

const cache = cacheOfFile();
shopOfFile(cache);

it('goes to the shell with its editor, comes back to the editor, and survives its Ctrl-C', async () => {
  // Reads lines as ed does; the last one is the text.
  const folder = await folderWith({
    'editor.sh': '#!/bin/sh\necho editing\nread one\necho "got $one"\nread two\necho "$two" > "$1"\n',
  });
  const editor = join(folder, 'editor.sh');
  await chmod(editor, 0o700);
  const shell = openTerminal({
    file: 'bash',
    args: ['--norc', '--noprofile', '-i'],
    env: { ...process.env, PS1: 'ready> ', PGOPT_EXPLORE_CACHE: cache.root, EDITOR: editor, VISUAL: '' },
    cwd: folder,
  });
  onTestFinished(() => shell.dispose());
  await shell.until(/^ready>$/m, 'the prompt');
  shell.type(`'${process.execPath}' '${BIN}' --scale ${SCALE}\n`);
  await shell.until(/Before · Q1/, 'the plan of query 1');
  shell.type('n');
  await shell.until(/New proposal/, 'the proposal');
  shell.type('\u0018');
  await shell.until(/editing/, 'the editor');
  shell.type('\u001a');
  await shell.until(/Stopped[\s\S]*ready>$/m, 'the shell');
  shell.type('fg\n');
  await shell.until(/fg\n/, 'the editor goes on');
  shell.type('a line\n');
  await shell.until(/got a line/, 'the editor reads');
  expect([shell.alternate, shell.switches]).toEqual([false, { entered: 1, left: 1 }]);
  shell.type('CREATE INDEX ON orders (status)\n');
  await shell.until(/New proposal[\s\S]*CREATE INDEX ON orders \(status\)/, 'the text in the explorer');
  shell.type('\u0018');
  await shell.until(/editing[\s\S]*editing/, 'the editor again');
  shell.type('\u0003');
  await shell.until(/New proposal[\s\S]*ended with/, 'the explorer, which says that the editor ended');
  expect(shell.switches).toEqual({ entered: 3, left: 2 });
  shell.type('\u0003');
  await shell.until(() => shell.switches.left === 3, 'the shell');
});
