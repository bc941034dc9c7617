import { expect, it } from 'vitest';
import { unusableAmong, whyUnknown } from '../../src/advisor/unknownEffect.ts';
import { parsePlan } from '../../src/plan/parse.ts';
import type { BuiltObject } from '../../src/session/events.ts';
import { node } from '../plan/plans.ts';

const reading = (...names: string[]) =>
  parsePlan([
    { Plan: node('Append', {}, ...names.map(name => node('Seq Scan', { 'Relation Name': name }))) },
  ]);
const index = (table: string, more: Partial<BuiltObject> = {}): BuiltObject => {
  return { kind: 'index', name: `${table}_i`, table, bytes: 1, rows: 1, usable: true, ...more };
};
const BUILT: Record<string, { objects: BuiltObject[]; unusable?: string }> = {
  fine: { objects: [index('orders')] },
  late: { objects: [index('items', { usable: false }), index('orders')], unusable: 'items changed' },
  parts: { objects: [index('log', { usable: false, unusableOn: ['log_2'] })], unusable: 'log_2 changed' },
  old: { objects: [index('notes', { usable: false })], unusable: 'notes changed' },
};
const unusable = unusableAmong(
  Object.keys(BUILT).map(id => ({ id, kind: id === 'old' ? 'drop' : 'index' })),
  id => BUILT[id],
);
const why = (on: readonly string[], ...tables: string[]) =>
  whyUnknown([reading(...tables), undefined], on, unusable);

it('is that of an index which is on, on a table that the query reads', () => {
  expect(why(['fine', 'late'], 'items')).toBe('items changed');
  expect(why(['late'], 'orders')).toBeUndefined();
  expect(why(['fine'], 'items')).toBeUndefined();
  expect(whyUnknown([undefined, reading('items')], ['late'], unusable)).toBe('items changed');
});

it('is that of the partitions whose index may not be used', () => {
  expect(why(['parts'], 'log_1', 'log_2')).toBe('log_2 changed');
  expect(why(['parts'], 'log_1')).toBeUndefined();
});

it('is that of an index to drop as long as it is there', () => {
  expect(why([], 'notes')).toBe('notes changed');
  expect(why(['old'], 'notes')).toBeUndefined();
});
