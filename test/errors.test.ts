import { describe, expect, it } from 'vitest';
import { CATALOGUE, formatError, PgoptError } from '../src/errors.ts';

describe('an error for a person', () => {
  it('is one line: what is wrong, and what to do', () => {
    expect(formatError(new PgoptError('embedded-no-binary', 'no PostgreSQL for plan9-mips'))).toBe(
      'pgopt-explore: no PostgreSQL for plan9-mips: name a database with --url',
    );
  });

  it('carets its place', () => {
    const place = { file: 'a.sql', line: 3, column: 5, text: 'one two' };
    expect(formatError(new PgoptError('workload-invalid', 'odd', { place, next: 'fix it' }))).toBe(
      'a.sql:3:5: odd: fix it\n  one two\n      ^',
    );
  });

  it('has advice and a documented exit code for every code', () => {
    for (const { exit, next } of Object.values(CATALOGUE)) {
      expect([1, 2, 3, 130]).toContain(exit);
      expect(next).toMatch(/^[a-z].*[^.]$/);
    }
  });
});
