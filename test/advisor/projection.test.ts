import { describe, expect, it } from 'vitest';
import { projectBytes } from '../../src/advisor/projection.ts';
import type { BuiltObject, TableFact } from '../../src/session/events.ts';

const index = (bytes: number, rows: number, table = 'orders'): BuiltObject => ({
  kind: 'index',
  name: 'i',
  table,
  bytes,
  rows,
  usable: true,
});
const view = (bytes: number, rows: number): BuiltObject => ({
  kind: 'materialized view',
  name: 'stats',
  table: 'stats',
  bytes,
  rows,
  usable: true,
});

describe('what objects weigh in production', () => {
  it('grows with the rows of their table', () => {
    expect(
      projectBytes([index(1000, 500), index(10, 5, 'customers')], { orders: 50_000, customers: 50 }),
    ).toEqual({
      bytes: 100_100,
      assumption: 'bytes grow with rows',
    });
  });

  it('is not known for a table without a production row count, or one that is empty here', () => {
    expect(projectBytes([index(1000, 500, 'other')], { orders: 1 })).toBeUndefined();
    expect(projectBytes([index(1000, 0)], { orders: 50_000 })).toBeUndefined();
  });

  it('does not take what every object has for a row count', () => {
    expect(projectBytes([index(1000, 500, 'constructor')], {})).toBeUndefined();
    const tables = [{ name: 'constructor', rows: 5, bytes: 0, allVisible: 1 }];
    expect(projectBytes([view(1000, 20)], {}, tables)).toBeUndefined();
  });

  it('follows the table that a partition is a part of, and the partitions of a table', () => {
    const part = (
      name: string,
      rows: number,
      schema = 'public',
      more: Partial<TableFact> = {},
    ): TableFact => {
      return { schema, name, rows, bytes: rows, allVisible: 1, partOf: 'public.log', ...more };
    };
    const tables: TableFact[] = [
      { schema: 'public', name: 'log', rows: 1000, bytes: 1000, allVisible: 1, hasParts: true },
      part('log_old', 700, 'archive', { hasParts: true }),
      part('log_older', 400, 'archive'),
      part('log_oldest', 300, 'archive'),
      part('log_new', 300),
    ];
    const bytes = (name: string, production: Readonly<Record<string, number>>) => {
      const rows = tables.find(table => table.name === name)?.rows ?? 0;
      return projectBytes([index(1000, rows, name)], production, tables)?.bytes;
    };
    expect(bytes('log', { log: 50_000 })).toBe(50_000);
    expect(bytes('log_older', { 'public.log': 50_000 })).toBe(50_000);
    expect(bytes('log_older', { 'public.log': 50_000, 'archive.log_older': 800 })).toBe(2000);
    // 3,000 of the one, and the others as they are.
    expect(bytes('log', { log_new: 3000 })).toBe(3700);
    expect(bytes('log_older', { log_new: 3000 })).toBeUndefined();
    expect(projectBytes([view(1000, 20)], { log: 50_000 }, tables)).toMatchObject({
      bytes: 50_000,
      assumption: 'bytes grow with rows, stats grows like log',
    });
  });

  it('is nothing for nothing', () => {
    expect(projectBytes([], {})).toMatchObject({ bytes: 0 });
  });

  it('takes the production rows of a view where they are given', () => {
    const objects = [view(1000, 20), index(100, 20, 'stats')];
    expect(projectBytes(objects, { stats: 2000 })?.bytes).toBe(110_000);
  });

  it('lets a view of unknown growth follow the table that grows most, and says so', () => {
    const tables = [
      { name: 'orders', rows: 500, bytes: 0, allVisible: 1 },
      { name: 'customers', rows: 20, bytes: 0, allVisible: 1 },
    ];
    const production = { orders: 50_000, customers: 40 };
    expect(projectBytes([view(1000, 20), index(100, 20, 'stats')], production, tables)).toEqual({
      bytes: 110_000,
      assumption: 'bytes grow with rows, stats grows like orders',
    });
    expect(projectBytes([view(1000, 20)], production)).toBeUndefined();
  });
});
