/** NO_COLOR: the same words, bold and in reverse video where they were, without a color; without a UTF-8 locale in ASCII. */
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { asciiText, drawWith, styleOf } from '../../src/tui/components/terminalStyle.ts';
import { mounted } from './explorer.ts';

afterEach(() => drawWith({ color: true, unicode: true }));

async function allOn(): Promise<string> {
  const { screen, session } = await mounted();
  screen.press('a');
  session.settle();
  screen.press('f2', '4');
  session.settle();
  return screen.rawFrame();
}

const colored = () => readFileSync(new URL('frames/120x40-all-on.txt', import.meta.url), 'utf8');

it('keeps bold and reverse video, and has no color', async () => {
  drawWith(styleOf({ NO_COLOR: '1', LANG: 'en_US.UTF-8' }));
  const frame = await allOn();
  expect(`${stripVTControlCharacters(frame)}\n`).toBe(colored());
  const codes = frame.split('\u001b[').map(part => Number(/^(\d+)m/.exec(part)?.[1] ?? 0));
  expect(codes.filter(code => code >= 30 && code !== 39)).toEqual([]);
  expect(codes).toContain(1);
  expect(codes).toContain(7);
  expect(frame).toContain('1.8× slow');
});

it('is in ASCII without a UTF-8 locale, every sign in its place', async () => {
  drawWith(styleOf({ LC_ALL: 'C', LANG: 'en_US.UTF-8' }));
  const frame = stripVTControlCharacters(await allOn());
  expect(`${frame}\n`).toBe(colored().split('\n').map(asciiText).join('\n'));
  expect(frame).toMatch(/^[\n\x20-\x7e]*$/);
  expect(frame).not.toMatch(/\?(?! help)/);
});

it('takes a locale that is not named for UTF-8, and the first that is named for the one that counts', () => {
  expect(styleOf({}).unicode).toBe(true);
  expect(styleOf({ LC_ALL: '', LC_CTYPE: 'C.UTF-8', LANG: 'C' }).unicode).toBe(true);
  expect(styleOf({ LC_CTYPE: 'de_DE.ISO-8859-1' }).unicode).toBe(false);
});
