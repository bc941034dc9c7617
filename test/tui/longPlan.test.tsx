/** A plan of thousands of nodes costs what fits on the screen. */
import { expect, it } from 'vitest';
import { parsePlan } from '../../src/plan/parse.ts';
import { cells } from '../../src/tui/cell.ts';
import { mounted } from './explorer.ts';

const COUNT = 5000;

const scan = (position: number) => ({
  'Node Type': 'Seq Scan',
  'Relation Name': `part_\u001b[31m${position}`,
  Alias: `part_${position}`,
  'Total Cost': position,
  'Startup Cost': 0,
  'Plan Rows': 1,
  'Plan Width': 4,
});

const plan = parsePlan([
  {
    Plan: {
      'Node Type': 'Append',
      'Total Cost': 1,
      'Startup Cost': 0,
      'Plan Rows': COUNT,
      'Plan Width': 4,
      Plans: Array.from({ length: COUNT }, (_, index) => scan(index)),
    },
  },
]);

it('shows the part around the cursor, and never lets a name steer the terminal', async () => {
  const own = () => ({ plan: () => ({ plan }) });
  const { screen, session } = await mounted({ columns: 80, rows: 24, own, settled: false });
  session.step();
  screen.press('f5', 'G');
  const raw = await screen.rawFrame();
  const frame = await screen.frame();
  const lines = frame.split('\n');
  expect(lines.length).toBeLessThanOrEqual(23);
  for (const line of lines) expect(cells(line)).toBeLessThanOrEqual(80);
  expect(frame).toContain(`of ${COUNT + 1}`);
  expect(frame).toContain(String(COUNT - 1));
  expect(frame).not.toContain('part_␛[31m17 ');
  expect(raw).not.toContain('part_\u001b[31m');
});
