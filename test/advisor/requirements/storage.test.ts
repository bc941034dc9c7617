import { expect, it } from 'vitest';
import { GB, index, MB, requirementOf, type Situation, view } from './situation.ts';

function storage(proposals: NonNullable<Situation['proposals']>, dropping: readonly string[] = []) {
  return requirementOf({ queries: [{}], proposals, dropping }, /^Storage/);
}

it('passes under the budget and fails at it', () => {
  const of = (bytes: number) => storage({ a: [index('a', bytes - MB)], b: [index('b', MB)] }).after;
  expect(of(2 * GB)).toMatchObject({ state: 'fail', figure: '2.00 GB' });
  // One byte less is under it, and must not read as if it were not.
  expect(of(2 * GB - 1)).toMatchObject({ state: 'pass', figure: '2,147,483,647 B' });
  expect(of(115 * MB)).toMatchObject({ state: 'pass', text: '115 MB of 2 GB, 2 objects' });
});

it('is not applicable with nothing on: nothing was tested', () => {
  expect(storage({ a: [index('a', 3 * GB)] }).before).toMatchObject({ state: 'not applicable', figure: '' });
  expect(storage({}).after.state).toBe('not applicable');
});

it('is a lower bound while something on is not built: enough to fail, never to pass', () => {
  expect(storage({ a: [index('a', MB)], b: undefined }).after).toMatchObject({
    state: 'not measured',
    figure: '≥ 1.0 MB',
    text: 'at least 1.0 MB: b not built',
  });
  expect(storage({ a: [index('a', 2 * GB)], b: undefined }).after).toMatchObject({ state: 'fail' });
});

it('names every object with its bytes', () => {
  const { evidence } = storage({ a: [view('stats', 2 * MB, 5), index('stats_i', MB, 'stats')] }).after;
  expect(evidence.map(({ text, bytes }) => [text, bytes])).toEqual([
    ['materialized view stats: 2.0 MB', 2 * MB],
    ['index stats_i on stats: 1.0 MB', MB],
    ['budget: under 2 GB', 2 * GB],
  ]);
});

it('does not take off what dropped indexes free', () => {
  const freed = storage({ a: [index('a', 2 * GB)], old: [{ ...index('old', 5 * GB), existing: true }] }, [
    'old',
  ]).after;
  expect(freed).toMatchObject({ state: 'fail', figure: '2.00 GB' });
  expect(freed.evidence.map(({ text }) => text)).toContain(
    '5.00 GB of existing indexes are switched off: freed, but not taken off the sum',
  );
  expect(storage({ old: [{ ...index('old', 5 * GB), existing: true }] }, ['old']).after.state).toBe(
    'not applicable',
  );
});
