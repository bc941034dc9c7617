import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { reportCrash, watchCrashes } from '../src/base/crash.ts';
import { DatabaseError } from '../src/base/databaseError.ts';
import { formatError } from '../src/base/errors.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgopt-explore-crash-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function report(error: unknown, argv: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const line = formatError(reportCrash(error, argv, { TMPDIR: folder, ...env }));
  const file = /is (\S+\.log)\)/.exec(line)?.[1] ?? '';
  return { line, file, log: file === '' ? '' : readFileSync(file, 'utf8') };
}

describe('a bug', () => {
  it('is one line with its code, what to do and where the log is; the log has the locations, and only its owner can read it', () => {
    const error = new TypeError('x is not a function', { cause: new RangeError('too deep') });
    const { line, file, log } = report(error);
    expect(line).toBe(
      `pgopt-explore: unexpected error (TypeError: x is not a function): nothing was committed; please report it (the log, without rows and passwords, is ${file})`,
    );
    expect(log).toMatch(/TypeError: x is not a function\n\s+at .*crash\.test\.ts/);
    expect(log).toMatch(/caused by RangeError: too deep\n\s+at /);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['the server', new DatabaseError('invalid input syntax: "alice@example.org"', '22P02'), '22P02'],
    ['a parser', new SyntaxError('Unexpected token in "alice@example.org"'), 'SyntaxError'],
  ])('tells nothing of the rows that %s may have quoted', (_who, error, code) => {
    const { line, log } = report(error);
    expect(line + log).not.toContain('alice');
    expect(line).toContain(code);
    expect(log).toMatch(/\n\s+at /);
  });

  it('tells no password, from wherever it came', () => {
    const error = new Error('no route to postgres://me:p%40ss@host/db with p@ss and other');
    const { line, log } = report(error, ['--url', 'postgres://me:p%40ss@host/db'], { PGPASSWORD: 'other' });
    expect(line).toContain('no route to postgres://me:***@host/db with *** and ***');
    expect(log).not.toMatch(/p%40ss|p@ss|other/);
  });

  it('is reported also where no log can be written', () => {
    const { line } = report('a string', [], { TMPDIR: join(folder, 'nowhere') });
    expect(line).toContain('unexpected error (thrown: string)');
    expect(line).toContain('no log could be written');
  });
});

it('reports an uncaught error to the last listener, and to the one before after it has stopped', () => {
  const listeners = new Set<(error: unknown) => void>();
  const host = {
    on: (_: string, listener: (error: unknown) => void) => listeners.add(listener),
    off: (_: string, listener: (error: unknown) => void) => listeners.delete(listener),
  };
  const emit = () => {
    for (const listener of listeners) listener('oh');
  };
  const [first, second] = [vi.fn(), vi.fn()];
  const unwatchFirst = watchCrashes(host, first);
  const unwatchSecond = watchCrashes(host, second);
  emit();
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
  unwatchSecond();
  emit();
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1]);
  unwatchFirst();
  expect(listeners.size).toBe(0);
});
