/**
 * The question that `advise` answers, by hand: each configuration built anew in a transaction of its own, each query
 * planned and run there as often as a plan is run at the first look, and all of it rolled back.
 */

import { LOOKS } from '../src/advisor/verdict.ts';
import { median } from '../src/base/statistics.ts';
import type { ConnectionSettings } from '../src/database/connectionSettings.ts';
import { connectTrusted as connect } from '../src/database/link.ts';
import { parsePlan } from '../src/plan/parse.ts';
import type { Plan } from '../src/plan/plan.ts';
import { Configuration } from '../src/session/configuration.ts';
import { sqlOf, textsFor } from '../src/session/knowledge.ts';
import type { Workload } from '../src/workload/workload.ts';
import { buildStatements } from './bare.ts';

export interface BruteForce {
  readonly explains: number;
  readonly executions: number;
  readonly builds: number;
  readonly ms: number;
  /** Configuration (bit i is the i-th proposal) → query id → plan and median, ms. */
  readonly cells: ReadonlyMap<
    number,
    ReadonlyMap<string, { readonly fingerprint: string; readonly ms: number }>
  >;
}

/** One run fills the caches and is not counted. */
const RUNS = 1 + LOOKS[0].rounds;

export async function bruteForce(settings: ConnectionSettings, workload: Workload): Promise<BruteForce> {
  const startedAt = performance.now();
  const link = await connect(settings, 'bench brute force');
  const counts = { explains: 0, executions: 0, builds: 0 };
  const cells = new Map<number, ReadonlyMap<string, { fingerprint: string; ms: number }>>();
  const explained = async (options: string, sql: string): Promise<Plan> => {
    const [row] = await link.query(`EXPLAIN (${options}, FORMAT JSON) ${sql}`);
    return parsePlan(row?.['QUERY PLAN']);
  };
  try {
    await link.query(`SET work_mem = '${Math.round(workload.budgets.workMemBytes / 1024)}kB'`);
    for (let configuration = 0; configuration < 2 ** workload.proposals.length; configuration++) {
      const on = workload.proposals.filter((_, position) => ((configuration >> position) & 1) === 1);
      await link.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      for (const statement of buildStatements({ proposals: on })) await link.query(statement);
      counts.builds += on.length;
      const found = new Map<string, { fingerprint: string; ms: number }>();
      for (const query of workload.queries) {
        const sql = sqlOf(query, textsFor(query, Configuration.of(on.map(({ id }) => id)))[0]?.rewrite);
        const { fingerprint } = await explained('VERBOSE, SETTINGS', sql);
        counts.explains++;
        const runs: number[] = [];
        for (let run = 0; run < RUNS; run++) {
          const { planningMs = 0, executionMs = 0 } = await explained('ANALYZE, TIMING OFF', sql);
          counts.executions++;
          if (run > 0) runs.push(planningMs + executionMs);
        }
        found.set(query.id, { fingerprint, ms: median(runs) ?? 0 });
      }
      await link.query('ROLLBACK');
      cells.set(configuration, found);
    }
    return { ...counts, ms: performance.now() - startedAt, cells };
  } finally {
    await link.end();
  }
}
