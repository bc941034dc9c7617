import { expect, it } from 'vitest';
import { buildEstimate } from '../../src/tui/model/proposalFacts.ts';
import { initialState } from '../../src/tui/state/initial.ts';
import type { State } from '../../src/tui/state/state.ts';
import { makeWorkload } from '../helpers/workload.ts';

const MB = 1024 ** 2;
const table = (name: string, bytes: number) => ({ name, rows: 1, bytes, allVisible: 1 });

it('follows the rate of earlier builds: 100 MB in 2 s, so 300 MB in 6 s', async () => {
  const workload = await makeWorkload({
    queries: { q: 'SELECT 1' },
    proposals: {
      a: 'CREATE INDEX a ON small (x)',
      b: 'CREATE INDEX b ON large (x); CREATE INDEX c ON small (y)',
      v: 'CREATE MATERIALIZED VIEW v AS SELECT 1 AS one',
      z: 'CREATE INDEX z ON unknown (x)',
    },
  });
  const [a, b, v, z] = workload.proposals;
  if (a === undefined || b === undefined || v === undefined || z === undefined) expect.fail();
  const start = initialState(workload, { label: 'x' }, { columns: 80, rows: 24 }, 0);
  const tables = [table('small', 100 * MB), table('large', 200 * MB)];
  const session = { serverVersion: '15', database: 'd', user: 'u', openedAt: 0, tables, indexes: [] };
  const unbuilt: State = { ...start, session };
  expect(buildEstimate(unbuilt, b)).toBeUndefined();
  const built = { buildMs: 2000, bytes: 1, objects: [] };
  const state: State = { ...unbuilt, builds: { a: { state: 'built', built } } };
  expect(buildEstimate(state, b)).toBe(6000);
  expect(buildEstimate(state, v)).toBeUndefined();
  expect(buildEstimate(state, z)).toBeUndefined();
  // Too short to tell anything.
  const quick: State = { ...unbuilt, builds: { a: { state: 'built', built: { ...built, buildMs: 5 } } } };
  expect(buildEstimate(quick, b)).toBeUndefined();
});
