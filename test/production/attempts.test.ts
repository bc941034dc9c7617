import { describe, expect, it } from 'vitest';
import { attempts } from '../../src/production/attempts.ts';
import { node, planOf } from '../plan/plans.ts';

const BASE = [
  { name: 'work_mem', value: '5MB' },
  { name: 'effective_cache_size', value: '40MB' },
];
const shown = (name: string) => ({ random_page_cost: '1.1', cpu_operator_cost: '0.0025' })[name];
const asRecord = (choices: readonly { name: string; value: string }[] | undefined) =>
  Object.fromEntries((choices ?? []).map(({ name, value }) => [name, value]));

const serial = planOf(
  node('Sort', {}, node('Hash Join', {}, node('Seq Scan'), node('Hash', {}, node('Seq Scan')))),
);
const parallel = planOf(
  node('Gather', { 'Workers Planned': 2 }, node('Seq Scan', { 'Parallel Aware': true })),
);

describe('settings to lead the planner by', () => {
  it('begin with the smaller world alone, and as many workers as production plans', () => {
    expect(asRecord(attempts(serial, BASE, shown, 15)[0])).toEqual({
      work_mem: '5MB',
      effective_cache_size: '40MB',
      max_parallel_workers_per_gather: '0',
    });
    expect(asRecord(attempts(parallel, BASE, shown, 15)[0]).max_parallel_workers_per_gather).toBe('2');
  });

  it('forbid only what production’s plan does nowhere', () => {
    const forbidding = attempts(serial, BASE, shown, 15)
      .map(asRecord)
      .find(one => one.enable_nestloop);
    expect(forbidding).toMatchObject({
      enable_mergejoin: 'off',
      enable_hashagg: 'off',
      enable_memoize: 'off',
    });
    expect(forbidding).not.toHaveProperty('enable_seqscan');
    expect(forbidding).not.toHaveProperty('enable_hashjoin');
  });

  it('set nothing that the server does not know', () => {
    const names = new Set(attempts(serial, BASE, shown, 13).flatMap(one => one.map(({ name }) => name)));
    expect(names).not.toContain('enable_memoize');
  });

  it('never change what a node may hold: it would spill elsewhere', () => {
    const memory = new Set(attempts(parallel, BASE, shown, 15).map(one => asRecord(one).work_mem));
    expect([...memory]).toEqual(['5MB']);
  });

  it('change the weights by factors of what they are', () => {
    const all = attempts(serial, BASE, shown, 15).map(asRecord);
    expect(all.some(one => one.random_page_cost === '1.65')).toBe(true);
    expect(all.some(one => one.effective_cache_size === '320MB')).toBe(true);
  });

  it('make pages dearer together, where what does not grow is too dear on a sample', () => {
    const pages = attempts(serial, BASE, name => ({ seq_page_cost: '1', random_page_cost: '1.1' })[name], 15)
      .map(asRecord)
      .filter(one => one.seq_page_cost !== undefined);
    expect(pages[0]).toMatchObject({ seq_page_cost: '10', random_page_cost: '11', work_mem: '5MB' });
  });
});
