/** A survey as a session would have filled it, made by hand: three proposals that were built, four queries. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { adviceOf } from '../../../src/advisor/advice/advice.ts';
import { choiceModel } from '../../../src/advisor/advice/models.ts';
import type { Survey, SurveyedPlan, SurveyedProposal, SurveyedQuery } from '../../../src/advisor/survey.ts';
import { parsePlan } from '../../../src/plan/parse.ts';
import type { AnswerCheck } from '../../../src/session/events.ts';
import type { Workload } from '../../../src/workload/workload.ts';
import { timeRequirements } from '../../helpers/demands.ts';
import { makeWorkload } from '../../helpers/workload.ts';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/plans/15');
export const planOf = (name: string) =>
  parsePlan(JSON.parse(readFileSync(resolve(FIXTURES, `${name}.json`), 'utf8')));

export const WORKLOAD: Promise<Workload> = makeWorkload({
  queries: {
    '01-orders': '-- title: Orders of a customer\nSELECT * FROM orders WHERE customer = 7',
    '02-totals':
      '-- title: Totals | <b>by</b> `customer`\n-- target: 1 ms\nSELECT customer, sum(amount) FROM orders GROUP BY 1',
    '03-slow': '-- title: Slow\nSELECT count(*) FROM orders a, orders b',
    '04-same': '-- title: Same\nSELECT 1',
  },
  proposals: {
    by_customer: '-- title: By customer\nCREATE INDEX by_customer ON orders (customer)',
    totals:
      '-- refresh: 1 h\nCREATE MATERIALIZED VIEW totals AS SELECT customer, sum(amount) FROM orders GROUP BY 1',
    useless: 'CREATE INDEX useless ON orders (status)',
  },
  rewrites: { '02-totals@totals': '-- from the view\nSELECT * FROM totals' },
  budgets: { productionRows: { orders: 1_000_000, totals: 1000 } },
});

/** Bits of `proposals` below. */
export const KEPT = 0b011;

const surveyed = (
  runsMs: readonly number[],
  uses: number,
  name: string,
  rest: Partial<SurveyedPlan> = {},
): SurveyedPlan => {
  const estimate = planOf(`${name}.estimated`);
  return {
    fingerprint: estimate.fingerprint,
    rewrite: undefined,
    estimate,
    tree: planOf(`${name}.analyzed`),
    configuration: uses,
    uses,
    firstMs: runsMs[0],
    runsMs,
    stopped: undefined,
    skipped: false,
    treeless: false,
    failure: undefined,
    ...rest,
  };
};

const query = (number: number, id: string, title: string, plans: readonly SurveyedPlan[]): SurveyedQuery => ({
  id,
  number,
  title,
  targetMs: number === 2 ? 1 : 1000,
  callsADay: 10,
  relevant: 0b111,
  asked: new Map(),
  // With the proposal that its second plan uses it has that plan.
  intervals: [
    ...plans.slice(1).map(({ uses }) => ({ lower: uses, upper: 0b111, plan: 1 })),
    { lower: 0, upper: 0b111, plan: 0 },
  ],
  plans,
  failure: undefined,
});

const proposal = (id: string, kind: SurveyedProposal['kind'], bytes: number): SurveyedProposal => ({
  id,
  title: id,
  kind,
  bytes,
  freedBytes: 0,
  objects: [
    {
      kind: kind === 'view' ? 'materialized view' : 'index',
      name: id,
      table: kind === 'view' ? id : 'orders',
      bytes,
      rows: kind === 'view' ? 50 : 10_000,
      usable: true,
    },
  ],
  buildMs: bytes / 1000,
  refreshMs: kind === 'view' ? 40 : 0,
  refreshHow: 'built',
  writeMs: undefined,
});

const SAME: AnswerCheck = {
  verdict: 'same',
  rows: { original: 50, rewrite: 50 },
  differing: { original: 0, rewrite: 0 },
  columns: ['customer', 'sum'],
  samples: { original: [], rewrite: [] },
  explanation: 'the same rows',
  how: 'EXCEPT ALL both ways',
};

export const SURVEY: Survey = {
  proposals: [
    proposal('by_customer', 'index', 200_000),
    proposal('totals', 'view', 8192),
    proposal('useless', 'index', 90_000),
  ],
  leftOut: [{ id: 'broken', reason: 'relation "x|y" does not exist' }],
  queries: [
    query(1, '01-orders', 'Orders of a customer', [
      surveyed([10, 11, 10.5, 10.2, 12, 10.1, 10.3, 10.4], 0, 'seq-scan'),
      surveyed([1, 1.1, 1.05, 1.02, 1.2, 1.01, 1.03, 1.04], 0b001, 'index-scan-backward'),
    ]),
    query(2, '02-totals', 'Totals | <b>by</b> `customer`', [
      surveyed([4, 4.1, 4.2, 4.3, 4.4, 4.5, 4.6, 4.7], 0, 'hash-join-batches'),
      surveyed([8, 8.1, 8.2, 8.3, 8.4, 8.5, 8.6, 8.7], 0b010, 'seq-scan', { rewrite: 'totals' }),
    ]),
    query(3, '03-slow', 'Slow', [
      surveyed([], 0, 'nested-loop-memoize', {
        stopped: { because: 'timeout', afterMs: 30_000 },
        tree: undefined,
        firstMs: undefined,
      }),
      surveyed([100, 101, 102, 103, 104, 105, 106, 107], 0b001, 'index-scan-backward'),
    ]),
    query(4, '04-same', 'Same', [surveyed([1, 1, 1, 1, 1], 0, 'index-only-scan')]),
  ],
  answers: new Map([['02-totals@totals', SAME]]),
  effort: {
    explains: 20,
    executions: 70,
    builds: 3,
    cells: 32,
    asked: 12,
    inferred: 20,
    verified: 0,
    disagreed: 0,
    elapsedMs: 61_000,
  },
  complete: true,
  configurations: [7, 6, 5, 4, 3, 2, 1, 0],
  exact: true,
  budgetSpent: false,
  weighted: true,
};

/** What the command adds. */
const REQUIREMENTS = timeRequirements(SURVEY);

export const GIVEN = {
  advice: adviceOf(SURVEY, REQUIREMENTS, 0.05),
  choice: choiceModel(SURVEY, KEPT, REQUIREMENTS),
  isRecommended: false,
  program: 'pgopt-explore 0.0.0',
  at: '2026-11-23T10:00:00Z',
  server: 'PostgreSQL 15.18',
  database: 'shop at db.example:5432',
  surroundings: [
    ['cores', '2'],
    ['work_mem', '500 MB'],
  ],
  repeat: 'pgopt-explore advise my-workload --service shop',
  requirements: [
    {
      id: 'REQ-07',
      text: 'all proposals under 2 GB',
      before: 'not applicable',
      after: 'pass',
      evidence: '203 kB',
    },
    {
      id: 'REQ-08',
      text: 'no sequential scan',
      before: 'fail',
      after: 'fail',
      evidence: 'orders | 1.2 M rows',
    },
  ],
  whyNot: new Map([['useless', 'no query reads it']]),
} as const;
