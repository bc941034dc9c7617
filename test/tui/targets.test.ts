/** A target is shown whole, or by its sign alone. */
import { expect, it } from 'vitest';
import { exploring } from './explorer.ts';
import { shop } from './shop.ts';

it.each([80, 100, 120, 160, 200])('at %i columns, however many digits it has', async columns => {
  const { workload } = await shop();
  const queries = workload.queries.map(query => ({ ...query, targetMs: 1250 }));
  const explorer = await exploring(columns, 60, { workload: { ...workload, queries } });
  const lines = (await explorer.screen.frame()).split('\n');
  const rows = lines.filter(line => /[✓✗]( under| over|\s)/.test(line) && line.includes('→'));
  expect(rows.length).toBeGreaterThan(0);
  for (const line of rows) expect(line).toMatch(/[✓✗](?: (?:under|over) 1\.25 s)?(?:$|\s)(?!under|over)/);
});
