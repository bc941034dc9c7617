/** After a resize the old frame stays until the new one takes its place: the screen is never empty, and the new one is drawn in any case. */
import { expect, it } from 'vitest';
import { placeholderOf, renewPlaceholders } from '../../src/tui/terminal/placeholders.ts';
import { alternateScreen, outputForInk, type TerminalOutput } from '../../src/tui/terminal/screen.ts';

function onTerminal() {
  const written: string[] = [];
  const stdout = { writableLength: 0, write: (text: string) => written.push(text) > 0 };
  const terminal = stdout as unknown as TerminalOutput;
  const screen = alternateScreen(terminal);
  const ink = outputForInk(terminal, { frameStart: screen.frameStart });
  screen.enter();
  written.length = 0;
  return { screen, ink, written };
}

it('nothing is written before the next frame, which begins with an empty screen', () => {
  const { screen, ink, written } = onTerminal();
  screen.outdate();
  expect(written).toEqual([]);
  ink.write('\u001b[?2026h');
  ink.write(placeholderOf('a line'));
  ink.write(placeholderOf('the next frame'));
  expect(written).toEqual(['\u001b[?2026h', '\u001b[2J\u001b[Ha line', 'the next frame']);
});

it('a frame with the same lines is another one for Ink', () => {
  const { screen, ink, written } = onTerminal();
  const before = placeholderOf('a line');
  screen.outdate();
  const between = placeholderOf('a line');
  screen.outdate();
  const after = placeholderOf('a line');
  expect(new Set([before, between, after]).size).toBe(3);
  ink.write(before);
  expect(written).toEqual(['\u001b[2J\u001b[Ha line']);
});

it('what was drawn at once needs no empty screen', () => {
  const { screen, ink, written } = onTerminal();
  screen.outdate();
  screen.draw(['by hand']);
  ink.write(placeholderOf('a line'));
  expect(written.at(-1)).toBe('a line');
});

it('no line takes the place of another', () => {
  const shown = Array.from({ length: 100 }, (_, line) => placeholderOf(`old ${line}`));
  renewPlaceholders();
  for (let line = 0; line < 5000; line++) expect(shown).not.toContain(placeholderOf(`new ${line}`));
});
