import { describe, expect, it } from 'vitest';
import { CATALOG, formatError, PgoptError } from '../src/base/errors.ts';

describe('an error for a person', () => {
  it('is one line: what is wrong, and what to do', () => {
    expect(formatError(new PgoptError('embedded-no-binary', 'no PostgreSQL for plan9-mips'))).toBe(
      'pgopt-explore: no PostgreSQL for plan9-mips: name a database with --url',
    );
  });

  it('carets its location', () => {
    const location = { file: 'a.sql', line: 3, column: 5, text: 'one two' };
    expect(formatError(new PgoptError('workload-invalid', 'odd', { location, next: 'fix it' }))).toBe(
      'a.sql:3:5: odd: fix it\n  one two\n      ^',
    );
  });

  it('shows control characters instead of sending them, with the caret under its column', () => {
    const location = { file: '\u001b[2J.sql', line: 1, column: 5, text: '\u001b\u202e \u0007x' };
    const error = new PgoptError('workload-invalid', 'odd \u001b]0;t\u0007', {
      location,
      next: 'fix\n\u009bit',
    });
    expect(formatError(error)).toBe('␛[2J.sql:1:5: odd ␛]0;t␇: fix␊\\x9bit\n  ␛\\u202e ␇x\n           ^');
    expect(formatError(new PgoptError('usage', '\u001b[31m'))).toMatch(/^pgopt-explore: ␛\[31m: /);
  });

  it('has advice and a documented exit code for every code', () => {
    for (const { exit, next } of Object.values(CATALOG)) {
      expect([1, 2, 3, 130]).toContain(exit);
      expect(next).toMatch(/^[a-z].*[^.]$/);
    }
  });
});
