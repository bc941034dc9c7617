import { describe, expect, it } from 'vitest';
import { invariantsOf } from '../../../src/advisor/requirements/invariants.ts';
import type { Invariant } from '../../../src/advisor/requirements/result.ts';
import type { AnswerCheck } from '../../../src/session/events.ts';
import type { Outside, Verified } from '../../../src/session/verify.ts';
import { index, knownOf, type Situation } from './situation.ts';

const STATE = { columns: 20, constraints: 4, digest: '1 2', extensions: ['plpgsql 1.0'] };
const LASTING = {
  sequences: { 'public.s': '7' },
  unread: 0,
  slots: [] as string[],
  statisticsReset: '',
  settingsRead: 'now',
};
const looked = (more: Partial<Verified> = {}): Verified => ({
  opening: STATE,
  now: STATE,
  made: 3,
  outside: { visible: 0, transaction: 'in progress' },
  lasting: { opening: LASTING, now: LASTING },
  ...more,
});

function verdictOf(id: Invariant['id'], situation: Partial<Situation>) {
  const found = invariantsOf(knownOf({ queries: [{}], ...situation })).find(one => one.id === id);
  return found?.verdict ?? expect.fail();
}

describe('the same results', () => {
  const query = { rewrites: [{ id: 'v', needs: ['v'], sql: '', text: '', file: '' }] };
  const answer = (verdict: AnswerCheck['verdict']): AnswerCheck => ({
    verdict,
    rows: undefined,
    differing: { original: 0, rewrite: 0 },
    columns: [],
    samples: { original: [], rewrite: [] },
    explanation: 'because',
    how: '',
  });
  const of = (verdict?: AnswerCheck['verdict'], proposals: Situation['proposals'] = { v: [] }) =>
    verdictOf('same-results', {
      queries: [{ query }, {}],
      proposals,
      ...(verdict === undefined ? {} : { answers: { 'q1@v': answer(verdict) } }),
    });

  it.each([
    ['same', 'pass'],
    ['same but for ties', 'pass'],
    ['different', 'fail'],
    ['not compared', 'not measured'],
    [undefined, 'not measured'],
  ] as const)('a rewrite that is %s: %s', (verdict, state) => {
    expect(of(verdict).state).toBe(state);
  });

  it('has nothing to compare where every query runs its own text, and says that this is not checked', () => {
    const verdict = of('different', { other: [] });
    expect(verdict.state).toBe('not applicable');
    expect(verdict.evidence[0]?.text).toMatch(/^Q1, Q2: the query’s own text.*same rows was not checked$/);
  });

  it('fails when one of two does', () => {
    const two = { rewrites: [...query.rewrites, { id: 'w', needs: ['w'], sql: '', text: '', file: '' }] };
    const verdict = verdictOf('same-results', {
      queries: [{ query: two }],
      proposals: { v: [], w: [] },
      answers: { 'q1@v': answer('same'), 'q1@w': answer('different') },
    });
    expect(verdict).toMatchObject({ state: 'fail', text: 'Q1 @w returns other rows: because' });
  });
});

describe('what no rollback undoes', () => {
  const moved = { ...LASTING, sequences: { 'public.s': '9999' } };
  const came = { ...LASTING, slots: ['evil'] };
  const of = (now: typeof LASTING | undefined, unseen: readonly string[] = []) => {
    const verified = looked({ lasting: { opening: LASTING, now }, unseen });
    const { state, text } = verdictOf('nothing-committed', { verified });
    return `${state}: ${text}`;
  };

  it('is a part of the verdict, with what was checked', () => {
    const before = 'transaction in progress; others see none of 3 objects; ';
    expect(of(LASTING)).toBe(
      `pass: ${before}1 sequence, 0 replication slots, statistics and settings as before`,
    );
    expect(of({ ...LASTING, unread: 2 })).toContain('(2 sequences could not be read)');
    expect(of(undefined)).toBe(
      `not measured: ${before}the server did not report sequences and replication slots`,
    );
  });

  it('counts against the session only where code ran that was not looked through', () => {
    const change = 'sequence public.s moved from 7 to 9999: by other sessions, ';
    expect(of(moved)).toContain(`pass: transaction in progress; others see none of 3 objects; ${change}`);
    expect(of(moved, ['f'])).toContain(`${change}or by f(), which ran here`);
    expect(of(moved, ['f'])).toMatch(/^not measured/);
    expect(of(came, ['f'])).toBe(
      'fail: replication slot evil was created: by other sessions, or by f(), which ran here',
    );
  });
});

describe('what the session looked up', () => {
  it('is not measured before it did, or where the server did not say', () => {
    for (const id of ['schema', 'extensions', 'nothing-committed'] as const) {
      expect(verdictOf(id, {}).state).toBe('not measured');
      expect(verdictOf(id, { verified: looked({ now: undefined, outside: undefined }) }).state).toBe(
        'not measured',
      );
      expect(verdictOf(id, { verified: looked() }).state).toBe('pass');
    }
  });

  it('tells another digest, and an extension that came', () => {
    const now = { ...STATE, digest: '1 3', extensions: ['hypopg 1.4', 'plpgsql 1.0'] };
    expect(verdictOf('schema', { verified: looked({ now }) }).state).toBe('fail');
    expect(verdictOf('extensions', { verified: looked({ now }) })).toMatchObject({
      state: 'fail',
      text: 'hypopg 1.4 was added',
    });
  });

  it.each<readonly [Outside, string]>([
    [{ visible: 0, transaction: 'in progress' }, 'pass'],
    [{ visible: 0, transaction: 'aborted' }, 'pass'],
    [{ visible: 0, transaction: 'none' }, 'pass'],
    [{ visible: 1, transaction: 'in progress' }, 'fail'],
    [{ visible: 0, transaction: 'committed' }, 'fail'],
    [{ visible: 0, transaction: 'null' }, 'not measured'],
  ])('others see %o: %s', (outside, state) => {
    const verified = looked({ outside });
    expect(verdictOf('nothing-committed', { proposals: { a: [index('a', 1)] }, verified }).state).toBe(state);
  });
});
