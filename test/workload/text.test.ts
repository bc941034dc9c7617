import { describe, expect, it } from 'vitest';
import { locationAt } from '../../src/base/location.ts';
import { fromByteOffset, parseStatements } from '../../src/workload/grammar.ts';

describe('places in a text', () => {
  it('follow characters of any number of bytes', () => {
    const text = 'aé日🐘b';
    const toOffset = fromByteOffset(text);
    expect([0, 1, 3, 6, 10, 11].map(toOffset)).toEqual([0, 1, 2, 3, 5, 6]);
  });

  it('are right at the very start, even before a line feed', () => {
    expect(locationAt('f', '\nSELECT', 0)).toEqual({ file: 'f', line: 1, column: 1, text: '' });
    expect(locationAt('f', '\nSELECT', 1)).toEqual({ file: 'f', line: 2, column: 1, text: 'SELECT' });
  });

  it('are right for each of 50,000 values behind an é', async () => {
    const values = Array.from({ length: 50_000 }, (_, value) => String(value));
    const sql = `SELECT 'é' FROM t WHERE a IN (${values.join(',')})`;
    const [statement] = await parseStatements('q.sql', sql);
    const numbers = statement?.tokens.filter(({ text }) => /^\d+$/.test(text)) ?? [];
    expect(numbers.map(({ text }) => text)).toEqual(values);
    expect(numbers.filter(({ text, start, end }) => sql.slice(start, end) !== text)).toEqual([]);
    expect(statement?.sql).toBe(sql);
  });
});
