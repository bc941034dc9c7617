/** What is known of a small workload, for judging it: queries with their plans and runs, what is built, and the tables. */
import { expect } from 'vitest';
import { requirementsOf } from '../../../src/advisor/requirements/board.ts';
import { type Known, knownFrom } from '../../../src/advisor/requirements/known.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import {
  type AnswerCheck,
  answerKey,
  type BuiltObject,
  type Measurement,
  type TableFact,
} from '../../../src/session/events.ts';
import type { Verified } from '../../../src/session/verify.ts';
import type { Budgets, Proposal, Query, Workload } from '../../../src/workload/workload.ts';
import { planOf, type Raw } from '../../plan/plans.ts';

export const MB = 1024 ** 2;
export const GB = 1024 ** 3;

export interface OneSide {
  /** Its root. */
  readonly plan?: Raw;
  /** Executed as planned, median the middle one. */
  readonly runsMs?: readonly number[];
  readonly timedOutAfterMs?: number;
  /** Stopped when it could not be the choice any more. */
  readonly boundMs?: number;
  readonly failure?: string;
  readonly missing?: readonly string[];
  /** Id of the rewrite that it reads. */
  readonly rewrite?: string;
}

export interface Situation {
  readonly queries: readonly {
    readonly query?: Partial<Query>;
    readonly before?: OneSide;
    readonly after?: OneSide;
  }[];
  /** Proposal → what was built of it; undefined where nothing was. All are on. */
  readonly proposals?: Readonly<Record<string, readonly BuiltObject[] | undefined>>;
  /** Ids of those that could not be built. */
  readonly failed?: readonly string[];
  /** Ids of those that stand for existing indexes. */
  readonly dropping?: readonly string[];
  readonly tables?: readonly Partial<TableFact>[];
  readonly answers?: Readonly<Record<string, AnswerCheck>>;
  readonly verified?: Verified;
  readonly budgets?: Partial<Budgets>;
}

export function table(name: string, rows: number, more: Partial<TableFact> = {}): TableFact {
  return { schema: 'public', name, rows, bytes: rows * 100, allVisible: 1, counted: true, ...more };
}

export function index(name: string, bytes: number, on = 'orders'): BuiltObject {
  return { kind: 'index', name, table: on, bytes, rows: 1, usable: true };
}

export function view(name: string, bytes: number, rows: number): BuiltObject {
  return { kind: 'materialized view', name, table: name, bytes, rows, usable: true };
}

export function knownOf(situation: Situation): Known {
  const {
    queries,
    proposals = {},
    dropping = [],
    tables = [],
    answers = {},
    verified,
    failed = [],
  } = situation;
  const on = Object.keys(proposals);
  const workload: Workload = {
    title: '',
    folder: '',
    callsADay: {},
    problems: [],
    queries: queries.map(({ query }, position) => ({
      id: `q${position + 1}`,
      number: position + 1,
      title: `Query ${position + 1}`,
      targetMs: 2000,
      sql: '',
      file: '',
      values: undefined,
      rewrites: [],
      ...query,
    })),
    proposals: on.map(
      (id): Proposal => ({
        id,
        title: id,
        kind: dropping.includes(id) ? 'drop' : 'index',
        statements: [],
        ddl: '',
        file: '',
      }),
    ),
    budgets: {
      storageBytes: 2 * GB,
      largeTableRows: 1_000_000,
      workMemBytes: 500 * MB,
      queryTargetMs: 2000,
      timeoutMs: 30_000,
      productionRows: {},
      productionDistinct: {},
      ...situation.budgets,
    },
  };
  const sides = new Map(
    workload.queries.flatMap(({ id }, position) => {
      const { before, after } = queries[position] ?? {};
      return [
        [`${id} `, before],
        [`${id} after`, after ?? before],
      ] as const;
    }),
  );
  const plans = new Map<OneSide, Plan>();
  const planIn = (side: OneSide): Plan | undefined => {
    if (side.plan === undefined) return undefined;
    const plan = plans.get(side) ?? planOf(side.plan);
    plans.set(side, plan);
    return plan;
  };
  const sideOf = (queryId: string, configuration: string) =>
    sides.get(`${queryId} ${configuration === '' ? '' : 'after'}`);
  return knownFrom(workload, on, {
    tables: tables.map(fact => ({ ...table('orders', 0), ...fact })),
    serverVersion: '15.18',
    verified,
    hasFailed: id => failed.includes(id),
    answer: (queryId, rewrite) => answers[answerKey(queryId, rewrite)],
    planned: (queryId, configuration) => {
      const side = sideOf(queryId, configuration);
      if (side === undefined) return undefined;
      return {
        plan: planIn(side),
        missing: side.missing ?? [],
        failure: side.failure,
        rewrite: side.rewrite,
      };
    },
    measured: (queryId, fingerprint) => {
      for (const configuration of ['', 'after']) {
        const side = sideOf(queryId, configuration);
        if (side === undefined || planIn(side)?.fingerprint !== fingerprint) continue;
        const { runsMs, timedOutAfterMs, boundMs } = side;
        if (boundMs !== undefined) return { boundMs };
        if (runsMs === undefined && timedOutAfterMs === undefined) return undefined;
        const measurement: Measurement = {
          runsMs: runsMs ?? [],
          medianMs: runsMs === undefined ? undefined : [...runsMs].sort((a, b) => a - b)[runsMs.length >> 1],
          timedOutAfterMs,
          tree: runsMs === undefined ? undefined : planIn(side),
        };
        return { measurement, configuration: configuration === '' ? '' : on.sort().join(' ') };
      }
      return undefined;
    },
    objects: id => proposals[id],
  });
}

/** The requirement with this title. */
export const requirementOf = (situation: Situation, title: RegExp) =>
  requirementsOf(knownOf(situation)).find(one => title.test(one.title)) ?? expect.fail();
