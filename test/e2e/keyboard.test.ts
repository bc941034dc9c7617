/** Keys and pastes as a terminal sends them, and a terminal that has room for nothing. */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { countOn, inOrder, planName, SHOWN } from '../helpers/shown.ts';
import type { Terminal } from '../helpers/terminal.ts';
import { cacheOfFile, shopOfFile } from './caches.ts';
import { explorer } from './programs.ts';

const cache = cacheOfFile();
shopOfFile(cache);

async function exploring(): Promise<Terminal> {
  const terminal = explorer({ cache });
  await terminal.until(inOrder(countOn(0, 5), SHOWN.nothingOn), 'the panes');
  expect(terminal.bracketedPaste).toBe(true);
  return terminal;
}

async function leave(terminal: Terminal): Promise<void> {
  terminal.type('\u0003');
  expect(await terminal.exit).toEqual({ code: 130, signal: 0 });
  expect(terminal.bracketedPaste).toBe(false);
}

/** A process that ended and was not waited for is a zombie. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const PASTED = 'CREATE INDEX quick ON orders (status)';

it.each([
  ['with brackets', `\u001b[200~${PASTED}\r\u001b[201~`],
  ['without', `${PASTED}\r`],
])('a paste %s over the panes begins a proposal with it', async (_how, sent) => {
  const terminal = await exploring();
  terminal.type(sent);
  await terminal.until(/CREATE INDEX quick ON orders \(status\)█/, 'the editor with the text');
  terminal.type('\u007f\u007f\u007f');
  await terminal.until(/orders \(stat█/, 'three backspaces in one read');
  terminal.type('\u001b[D\u001b[D\u007f');
  await terminal.until(/orders \(s█at/, 'two steps back and a backspace');
  terminal.type('\u001b[C\u001b[C');
  await terminal.until(/orders \(sat█/, 'two steps on');
  terminal.type('\u0015');
  await terminal.until(screen => !screen.includes('CREATE INDEX quick'), 'an empty line');
  terminal.type(`\u001b[200~${PASTED.slice(0, 20)}`);
  terminal.type(`${PASTED.slice(20)}\u001b[201`);
  terminal.type('~');
  await terminal.until(/CREATE INDEX quick ON orders \(status\)█/, 'a paste in three reads');
  terminal.type('\r');
  // A moment later the screen says who uses it, or that no query does.
  await terminal.until(/\[x\] quick +\d+ kB (built|unused|used|helps|Q)/, 'it is built');
  await leave(terminal);
});

it('a paste over an overlay is nothing', async () => {
  const terminal = await exploring();
  terminal.type('?');
  await terminal.until(/Help/, 'the help');
  terminal.type('quit and all that\r');
  terminal.type('\u001b[200~q\u001b[201~');
  terminal.type('\u001b');
  await terminal.until(countOn(0, 5), 'the panes as they were');
  await leave(terminal);
});

it.each([8, 5, 1])('D and s end in a terminal of %i columns, which may grow again', async columns => {
  const terminal = await exploring();
  for (const [key, page] of [
    ['D', /DDL · /],
    ['s', /SQL · Q1/],
  ] as const) {
    terminal.type(key);
    await terminal.until(page, 'the page');
    terminal.resize(columns, 24);
    terminal.type('jjj');
    terminal.resize(120, 40);
    await terminal.until(page, 'the page again');
  }
  await leave(terminal);
});

/** The help, open and closed again: ten frames are more than a terminal's buffer holds. */
async function drawMuch(terminal: Terminal): Promise<void> {
  for (let frame = 0; frame < 40; frame++) {
    terminal.type('?');
    await setTimeout(20);
  }
}

it.each([
  ['q', 0],
  ['\u0003', 130],
] as const)('a terminal that does not read does not keep %j from ending the program', async (key, code) => {
  const terminal = await exploring();
  terminal.pause();
  await drawMuch(terminal);
  terminal.type(key);
  const gone = async () => {
    while (isAlive(terminal.processId)) await setTimeout(10);
    return 'gone';
  };
  expect(await Promise.race([gone(), setTimeout(2000, 'still there')])).toBe('gone');
  terminal.resume();
  expect(await terminal.exit).toEqual({ code, signal: 0 });
});

it('a terminal that reads again shows how it is now', async () => {
  const terminal = await exploring();
  terminal.pause();
  await drawMuch(terminal);
  terminal.type('s');
  terminal.resume();
  await terminal.until(/SQL · Q1/, 'the SQL');
  terminal.type('\u001b');
  await terminal.until(inOrder(countOn(0, 5), planName('before', 1)), 'the panes');
  await leave(terminal);
});
