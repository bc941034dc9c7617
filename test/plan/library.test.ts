import { describe, expect, it } from 'vitest';
import { PlanError, parsePlan } from '../../src/plan/index.ts';

const LINES = [
  'Limit  (cost=0.00..0.50 rows=1 width=4)',
  '  ->  Seq Scan on t  (cost=0.00..1.00 rows=2 width=4)',
];
const DOCUMENT = [{ Plan: { 'Node Type': 'Seq Scan', 'Relation Name': 't', Alias: 't' } }];

describe('what a driver returns', () => {
  const rows = LINES.map(line => ({ 'QUERY PLAN': line }));

  it.each<[string, unknown]>([
    ['rows of text', rows],
    ['rows as arrays', LINES.map(line => [line])],
    ['the lines', LINES],
    ['a result', { command: 'EXPLAIN', rowCount: 2, rows }],
  ])('as text: %s', (_what, input) => {
    const [plan, ...others] = parsePlan(input);
    expect(others).toEqual([]);
    expect(plan.root).toMatchObject({ label: 'Limit', children: [{ label: 'Seq Scan on t', totalCost: 1 }] });
  });

  it.each<[string, unknown]>([
    ['the array', DOCUMENT],
    ['a row', { 'QUERY PLAN': DOCUMENT }],
    ['a row of text', [{ 'QUERY PLAN': JSON.stringify(DOCUMENT) }]],
    ['a result', { rows: [{ 'QUERY PLAN': DOCUMENT }] }],
    ["auto_explain's object", [{ 'Query Text': 'SELECT 1', ...DOCUMENT[0] }]],
  ])('as JSON: %s', (_what, input) => {
    expect(parsePlan(input)[0].root.label).toBe('Seq Scan on t');
  });

  it('names the row of a fault', () => {
    const cut = [rows[0], { 'QUERY PLAN': '  ->  Seq Scan on t  (cost=0.00..' }];
    expect(() => parsePlan(cut)).toThrow(PlanError);
    expect(() => parsePlan(cut)).toThrow(expect.objectContaining({ line: 2, column: 3 }));
  });

  it.each([undefined, null, 5, {}, [], [{}], [5], { rows: [] }])('refuses %j', input => {
    expect(() => parsePlan(input)).toThrow(PlanError);
  });
});
