import { describe, expect, it } from 'vitest';
import { requirementsOf } from '../../../src/advisor/requirements/board.ts';
import type { AnswerCheck } from '../../../src/session/events.ts';
import type { Query } from '../../../src/workload/workload.ts';
import { type Raw, ran } from '../../plan/plans.ts';
import { index, knownOf, type OneSide, type Situation } from './situation.ts';

const scan = (name: string): Raw =>
  ran('Index Scan', 1, 1, { 'Relation Name': 'orders', 'Index Name': name });

function first(before: OneSide, more: Partial<Situation> = {}) {
  const [requirement] = requirementsOf(knownOf({ queries: [{ before }], ...more }));
  return requirement ?? expect.fail();
}

describe('a query’s time', () => {
  it('passes under its target and fails at it: under 2 s is not 2 s', () => {
    const at = (ms: number) => first({ plan: scan('i'), runsMs: [ms] }).before;
    expect(at(1900)).toMatchObject({ state: 'pass', figure: '1.90 s', text: '1.90 s, median of 1 run' });
    expect(at(2000)).toMatchObject({ state: 'fail', figure: '2.00 s' });
    expect(at(2000.001)).toMatchObject({ state: 'fail' });
  });

  it('does not round a figure across its limit', () => {
    const at = (ms: number) => first({ plan: scan('i'), runsMs: [ms] }).before;
    expect(at(1999.5)).toMatchObject({ state: 'pass', figure: '1999.5 ms' });
    expect(at(2000.25)).toMatchObject({ state: 'fail', figure: '2000.25 ms' });
  });

  it('is the median of its runs', () => {
    const { before } = first({ plan: scan('i'), runsMs: [9000, 1000, 1200] });
    expect(before).toMatchObject({ state: 'pass', figure: '1.20 s' });
    expect(before.evidence.map(({ text }) => text)).toEqual([
      'measured: 9.00 s, 1.00 s, 1.20 s (planning + execution, TIMING OFF)',
      'target: under 2 s',
    ]);
  });

  it('fails when it was stopped at the timeout, and not when that came before the target', () => {
    expect(first({ plan: scan('i'), timedOutAfterMs: 30_000 }).before).toMatchObject({
      state: 'fail',
      figure: '> 30 s',
    });
    expect(first({ plan: scan('i'), timedOutAfterMs: 2000 }).before.state).toBe('fail');
    expect(first({ plan: scan('i'), timedOutAfterMs: 1000 }).before).toMatchObject({
      state: 'not measured',
      figure: '> 1 s',
    });
  });

  it('does not call a run timed out that was stopped because nothing hung on it any more', () => {
    expect(first({ plan: scan('i'), boundMs: 2300 }).before).toMatchObject({
      state: 'fail',
      figure: '> 2.30 s',
      text: '> 2.30 s: stopped there, before its end; the target is under 2 s',
    });
    expect(first({ plan: scan('i'), boundMs: 400 }).before).toMatchObject({
      state: 'not measured',
      text: '> 400 ms: stopped there, before its end, before the target of 2 s',
    });
  });

  it('is not measured by an estimate, by a failure, or without its plan', () => {
    expect(first({ plan: scan('i') }).before).toMatchObject({ state: 'not measured', figure: '' });
    expect(first({ failure: 'relation "x" does not exist' }).before).toMatchObject({
      state: 'not measured',
      text: 'relation "x" does not exist',
    });
    const [none] = requirementsOf(knownOf({ queries: [{}] }));
    expect(none?.before).toMatchObject({ state: 'not measured', text: 'not planned yet' });
  });

  it('is not measured under what is on while a part of it is not built', () => {
    const { before, after } = first(
      {},
      {
        queries: [
          {
            before: { plan: scan('i'), runsMs: [5] },
            after: { plan: scan('j'), runsMs: [5], missing: ['idx'] },
          },
        ],
        proposals: { idx: undefined },
      },
    );
    expect(before.state).toBe('pass');
    expect(after).toMatchObject({ state: 'not measured', text: 'idx is not built' });
  });

  it('is judged by what was measured where a part of it could not be built', () => {
    const { after } = first(
      {},
      {
        queries: [
          {
            before: { plan: scan('i'), runsMs: [5] },
            after: { plan: scan('j'), runsMs: [5], missing: ['idx'] },
          },
        ],
        proposals: { idx: undefined },
        failed: ['idx'],
      },
    );
    expect(after.state).toBe('pass');
  });

  it('passes through no rewrite whose answer is not known to be the same', () => {
    const under = (answer: AnswerCheck | undefined, ms: number) =>
      first(
        {},
        {
          queries: [
            {
              before: { plan: scan('i'), runsMs: [5] },
              after: { plan: scan('j'), runsMs: [ms], rewrite: 'v' },
            },
          ],
          proposals: { v: [index('j', 1)] },
          answers: answer === undefined ? {} : { 'q1@v': answer },
        },
      ).after;
    const said = (verdict: AnswerCheck['verdict'], explanation: string) =>
      ({ verdict, explanation }) as AnswerCheck;
    expect(under(said('same', 'one row'), 5).state).toBe('pass');
    expect(under(said('same but for ties', ''), 5).state).toBe('pass');
    expect(under(said('not compared', 'it took longer than 1 min'), 5)).toMatchObject({
      state: 'not measured',
      text: expect.stringContaining('but the answer of @v is not compared: it took longer than 1 min'),
    });
    expect(under(said('different', ''), 5).state).toBe('not measured');
    expect(under(undefined, 5).state).toBe('not measured');
    // What fails, fails whatever it returns.
    expect(under(undefined, 5000).state).toBe('fail');
  });

  it('says when it was measured under another configuration with the same plan', () => {
    const side = { plan: scan('i'), runsMs: [5] };
    const { after } = first(
      {},
      { queries: [{ before: side, after: side }], proposals: { idx: [index('i', 1)] } },
    );
    expect(after.evidence.map(({ text }) => text)).toContain(
      'reused: measured under the baseline, which has the same plan',
    );
  });
});

describe('a query with several sets of values', () => {
  const set = (label: string, number = 1): Partial<Query> => ({
    number,
    title: `Orders · ${label}`,
    values: { label, text: `$1 = ${label}` },
  });

  it('is one requirement: the slowest set decides, all are evidence', () => {
    const rows = requirementsOf(
      knownOf({
        queries: [
          { query: set('small'), before: { plan: scan('i'), runsMs: [10] } },
          { query: set('big'), before: { plan: scan('i'), runsMs: [3000] } },
        ],
      }),
    );
    expect(rows.filter(({ dependsOn }) => dependsOn === 1).map(({ id }) => id)).toEqual(['REQ-01']);
    expect(rows[0]).toMatchObject({ title: 'Orders < 2 s', before: { state: 'fail', figure: '3.00 s' } });
    expect(rows[0]?.before.text).toContain('(values big)');
    expect(rows[0]?.before.evidence.map(({ text }) => text)).toContain('Q1 (small): target: under 2 s');
  });

  it('does not pass while one set is not measured', () => {
    const [row] = requirementsOf(
      knownOf({
        queries: [
          { query: set('small'), before: { plan: scan('i'), runsMs: [10] } },
          { query: set('big'), before: { plan: scan('i') } },
        ],
      }),
    );
    expect(row?.before.state).toBe('not measured');
  });
});
