import { describe, expect, it } from 'vitest';
import { isWorkMemTooLarge, scaledSettings } from '../../src/production/attempts.ts';

const MB = 1024 ** 2;
const SERVER: Readonly<Record<string, string>> = {
  effective_cache_size: '4GB',
  min_parallel_table_scan_size: '8MB',
  min_parallel_index_scan_size: '512kB',
  parallel_setup_cost: '1000',
};
const scaled = (factor: number, workMemBytes = 500 * MB) =>
  Object.fromEntries(
    scaledSettings(factor, workMemBytes, name => SERVER[name]).map(({ name, value }) => [name, value]),
  );

describe('settings of a world that is a hundredth as large', () => {
  it('scale only absolute values', () => {
    expect(scaled(100)).toEqual({
      work_mem: '5MB',
      // 41943.04 kB are 5242.88 blocks.
      effective_cache_size: '41944kB',
      // 81.92 kB are 10.24 blocks, 5.12 kB are 0.64.
      min_parallel_table_scan_size: '80kB',
      min_parallel_index_scan_size: '8kB',
      parallel_setup_cost: '10',
      jit: 'off',
    });
  });

  it('stay as they are at production size', () => {
    expect(scaled(1)).toMatchObject({
      work_mem: '500MB',
      effective_cache_size: '4GB',
      parallel_setup_cost: '1000',
    });
  });

  it('never go below what PostgreSQL takes', () => {
    expect(scaled(100_000)).toMatchObject({ work_mem: '64kB', min_parallel_table_scan_size: '0kB' });
    expect(isWorkMemTooLarge(100_000, 500 * MB)).toBe(true);
    expect(isWorkMemTooLarge(100, 500 * MB)).toBe(false);
  });

  it('leave out what the server does not say', () => {
    expect(scaledSettings(10, 64 * MB, () => undefined).map(({ name }) => name)).toEqual(['work_mem', 'jit']);
  });
});
