/** HypoPG's estimates are labeled hypothetical everywhere, and never added to measured figures. */
import { expect, it } from 'vitest';
import { parsePlan } from '../../src/plan/parse.ts';
import { checkDocument } from '../../src/report/document.ts';
import { collect, NO_RESULTS } from '../../src/report/results.ts';
import { checkTable } from '../../src/report/table.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { makeWorkload } from '../helpers/workload.ts';

const MB = 1024 ** 2;
const plan = (more: object) => parsePlan([{ Plan: { 'Relation Name': 't', 'Plan Rows': 1, ...more } }]);
const before = plan({ 'Node Type': 'Seq Scan', 'Total Cost': 3582 });
const after = {
  ...plan({ 'Node Type': 'Index Scan', 'Index Name': 'guess', 'Total Cost': 8.06 }),
  hypothetical: true as const,
};

async function made() {
  const workload = await makeWorkload({
    queries: { q: 'SELECT * FROM t WHERE a = 1' },
    proposals: { guess: 'CREATE INDEX guess ON t (a)', real: 'CREATE INDEX real ON u (a)' },
    budgets: { storageBytes: 100 * MB, productionRows: { t: 1_000_000, u: 1_000_000 } },
  });
  const built = (name: string, table: string, bytes: number, more: object): SessionEvent => ({
    type: 'build:finished',
    proposalId: name,
    built: {
      buildMs: 0,
      bytes,
      objects: [{ kind: 'index', name, table, bytes, rows: 100_000, usable: true }],
      ...more,
    },
  });
  const planned = (configuration: string, plan: typeof before): SessionEvent => ({
    type: 'plan:estimated',
    queryId: 'q',
    configuration,
    missing: [],
    plan,
    rewrite: undefined,
    revision: 1,
  });
  const events: SessionEvent[] = [
    built('guess', 't', 5 * MB, { hypothetical: true }),
    built('real', 'u', 2 * MB, {}),
    planned('', before),
    planned('guess real', after),
    {
      type: 'measurement:finished',
      queryId: 'q',
      fingerprint: before.fingerprint,
      configuration: '',
      measurement: { runsMs: [23], medianMs: 23, timedOutAfterMs: undefined, tree: undefined },
    },
  ];
  const target = { label: 'here', embedded: false, scale: undefined, loadedOn: undefined };
  return checkDocument(workload, events.reduce(collect, NO_RESULTS), ['guess', 'real'], target, {
    program: '0',
    at: '',
  });
}

it('in the document: a state and a way of getting figures of its own, and a sum apart', async () => {
  const document = await made();
  expect(document.proposals).toMatchObject([
    { id: 'guess', state: 'hypothetical', bytes: 5 * MB, buildMs: null, usedBy: ['q'] },
    { id: 'real', state: 'built', bytes: 2 * MB, buildMs: 0 },
  ]);
  expect(document.storage).toMatchObject({
    bytes: 2 * MB,
    hypotheticalBytes: 5 * MB,
    complete: false,
    projectedBytes: 20 * MB,
  });
  expect(document.queries[0]).toMatchObject({
    before: { how: 'measured', medianMs: 23 },
    after: { how: 'hypothetical', medianMs: null, meetsTarget: null, estimatedCost: 8.06 },
    change: 'unknown',
    factor: null,
  });
});

it('in the table: beside every figure', async () => {
  const text = checkTable(await made());
  expect(text).toMatch(/^guess +hypothetical +5\.0 MB +50 MB projected +1$/m);
  expect(text).toMatch(/^real +built +2\.0 MB/m);
  expect(text).toMatch(/Budget: at least 2\.0 MB of 100 MB here \(not known to fit\)/);
  expect(text).toMatch(/^ +hypothetical, estimated through HypoPG: 5\.0 MB more here$/m);
  expect(text).toMatch(/^1 .* 23 ms +hypothetical .*hypothetical: cost 3,582 → 8, never run$/m);
});
