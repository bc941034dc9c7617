import { describe, expect, it } from 'vitest';
import { parseBudgets } from '../../src/workload/budgets.ts';
import { parseHeader } from '../../src/workload/header.ts';
import { parseBytes, parseDuration } from '../../src/workload/units.ts';
import { refusalOf } from '../helpers/refusal.ts';

describe('schema/workload.json', () => {
  it('is read with its units', () => {
    const text = `{"title": "T", "budgets": {"storage": "2 GB", "large_table_rows": 5, "work_mem": "500 MB",
      "query_target": "2 s", "timeout": "30 s"}, "production_rows": {"orders": 50000000}}`;
    expect(parseBudgets('w.json', text)).toEqual({
      title: 'T',
      budgets: {
        storageBytes: 2 * 1024 ** 3,
        largeTableRows: 5,
        workMemBytes: 500 * 1024 ** 2,
        queryTargetMs: 2000,
        timeoutMs: 30_000,
        productionRows: { orders: 50_000_000 },
        productionDistinct: {},
      },
      settings: [],
      calls: [],
    });
  });

  it('falls back to the documented defaults', () => {
    expect(parseBudgets('w.json', '{}').budgets).toMatchObject({ queryTargetMs: 2000, productionRows: {} });
  });

  it('gives a comparison of answers more time than a run, where the file says so', () => {
    const text = '{"budgets": {"timeout": "30 s", "comparison_timeout": "2 h"}}';
    expect(parseBudgets('w.json', text).budgets).toMatchObject({
      timeoutMs: 30_000,
      comparisonMs: 7_200_000,
    });
    expect(parseBudgets('w.json', '{}').budgets.comparisonMs).toBeUndefined();
  });

  it('takes the limits themselves', () => {
    const text = '{"budgets": {"timeout": "24 h", "work_mem": "2147483647 kB"}}';
    expect(parseBudgets('w.json', text).budgets).toMatchObject({
      timeoutMs: 86_400_000,
      workMemBytes: 2_147_483_647 * 1024,
    });
  });

  it('takes planner settings, and refuses what is none', () => {
    const text = '{"settings": {"work_mem": "64MB", "jit": "off", "random_page_cost": 1.1}}';
    expect(parseBudgets('w.json', text).settings).toEqual([
      { name: 'work_mem', value: '64MB' },
      { name: 'jit', value: 'off' },
      { name: 'random_page_cost', value: '1.1' },
    ]);
    const wrong = '{"settings": {"log_statement": "all", "work_mem": ""}}';
    expect(() => parseBudgets('w.json', wrong)).toThrow(/log_statement is not one of the planner settings/);
  });

  it('takes distinct values in production as n_distinct is written', () => {
    const read = (text: string) =>
      parseBudgets('w.json', `{"production_distinct": ${text}}`).budgets.productionDistinct;
    expect({ ...read('{"orders.address": 3000000, "orders.paid": -0.25}') }).toEqual({
      'orders.address': 3_000_000,
      'orders.paid': -0.25,
    });
    for (const wrong of [
      '{"orders": 3}',
      '{"a.b.c": 3}',
      '{"a.b": 0}',
      '{"a.b": -2}',
      '{"a.b": 1.5}',
      '{"a.b": "3"}',
    ])
      expect(() => read(wrong), wrong).toThrow(/not a (column|number of distinct values)/);
  });

  it('knows the rows of a table with any name, and of no other', () => {
    const { productionRows } = parseBudgets('w.json', '{"production_rows": {"__proto__": 7}}').budgets;
    expect(Object.entries(productionRows)).toEqual([['__proto__', 7]]);
    expect(productionRows.constructor).toBeUndefined();
  });

  it.each([
    ['{"budgets": {"storage": "2 GB",}}', 'not valid JSON'],
    ['{"budgets": ', 'not valid JSON'],
    ['[]', 'w.json:1:1: expected an object'],
    ['{"budgets": 3}', 'w.json:1:13: expected an object'],
    [
      '{\n  "budget": {}}',
      'w.json:2:3: unknown key "budget": allowed: $schema, title, budgets, settings, production_rows',
    ],
    ['{"budgets": {"storage": 2}}', 'w.json:1:25: not a valid storage: write it like "2 GB"'],
    ['{"budgets": {"timeout": "soon"}}', 'not a valid timeout: write it like "30 s"'],
    ['{"budgets": {"large_table_rows": -1}}', 'not a valid large_table_rows'],
    ['{"production_rows": {"orders": "many"}}', 'not a number of rows for orders'],
    ['{"budgets": {"timeout": "25 h"}}', 'w.json:1:25: timeout is out of range: choose 1 ms to 24 h'],
    ['{"budgets": {"timeout": "0.4 ms"}}', 'timeout is out of range'],
    ['{"budgets": {"work_mem": "3 TB"}}', 'w.json:1:26: work_mem is out of range: choose 64 kB to'],
    ['{"budgets": {"work_mem": "1 kB"}}', 'work_mem is out of range'],
    ['{"calls_a_day": 5}', 'w.json:1:17: expected an object'],
    ['{"calls_a_day": {"q": -1}}', 'w.json:1:23: not a number of calls for q: write a number, 0 or above'],
    ['{"calls_a_day": {"q": "5000"}}', 'not a number of calls for q'],
    ['{"calls_a_day": {"q": 1e999}}', 'not a number of calls for q'],
    ['{"title": 7}', 'the title must be a string'],
  ])('refuses %j with its location', async (text, expected) => {
    expect(await refusalOf(() => parseBudgets('w.json', text))).toContain(expected);
  });
});

describe('the header of a file', () => {
  it('gives title and target, and ends at the first line that is no comment', async () => {
    const text =
      '\n-- Title:  Daily revenue \n-- target: 500 ms\n-- prose: ignored\nSELECT 1\n-- title: late';
    expect(await parseHeader('q.sql', text)).toEqual({
      title: 'Daily revenue',
      targetMs: 500,
      valueSets: [],
    });
    expect(await parseHeader('q.sql', 'SELECT 1')).toMatchObject({ title: undefined, targetMs: undefined });
  });

  it('points at a target that is no duration', async () => {
    expect(await refusalOf(() => parseHeader('q.sql', '-- title: a\n-- target: fast\n'))).toBe(
      'q.sql:2:12: not a duration: "fast": write it like `2 s` or `500 ms`\n  -- target: fast\n             ^',
    );
  });
});

describe('units', () => {
  it.each([
    ['1 kB', 1024],
    ['1.5GB', 1.5 * 1024 ** 3],
    ['10 TB', 10 * 1024 ** 4],
    ['0 MB', undefined],
    ['-1 MB', undefined],
    ['12', undefined],
    ['1 s', undefined],
    ['', undefined],
  ])('reads the size %j', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  it.each([
    ['250 ms', 250],
    ['2s', 2000],
    ['1.5 min', 90_000],
    ['3 GB', undefined],
    ['s', undefined],
  ])('reads the duration %j', (text, ms) => expect(parseDuration(text)).toBe(ms));
});
