/** NO_COLOR: the same words without a single escape sequence; nothing is said by colour alone. */
import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';

// Ink decides when it is loaded: what runExplorer sets before it imports Ink is set here before any import.
vi.hoisted(() => {
  process.env.FORCE_COLOR = '0';
});

import { FakeSession } from '../helpers/fakeSession.ts';
import { renderExplorer } from '../helpers/tuiHarness.tsx';
import { OPENED_AT, shop } from './shop.ts';

it('shows the frame of the coloured explorer, in plain text', async () => {
  const { workload, script } = await shop();
  const session = new FakeSession(script);
  const screen = renderExplorer({ columns: 120, rows: 40, workload, now: OPENED_AT + 83_000 });
  screen.attach(session);
  session.settle();
  screen.press('a');
  session.settle();
  screen.press('tab', '4');
  session.settle();
  const frame = await screen.rawFrame();
  screen.unmount();
  expect(frame).not.toContain('\u001b');
  const coloured = readFileSync(new URL('frames/120x40-all-on.txt', import.meta.url), 'utf8');
  expect(`${frame}\n`).toBe(coloured);
  expect(frame).toContain('▸ Queries');
  expect(frame).toContain('1.8× slower');
});
