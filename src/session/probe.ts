/** A probe: one EXPLAIN of a query under a configuration, in one round trip that is rolled back. */
import { DatabaseError } from '../base/databaseError.ts';
import { inSteps } from '../base/steps.ts';
import { asUser, type Sql } from '../database/guard.ts';
import type { Row } from '../database/link.ts';
import { planSteps } from '../plan/parse.ts';
import type { Plan } from '../plan/plan.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';
import { combined, type Switching } from './builders/builder.ts';
import type { Hiding } from './hide.ts';
import type { SessionNames } from './names.ts';
import { namesIn, type Owners, proposalSteps } from './owners.ts';
import { setStatements, tryingSql } from './settingFacts.ts';
import type { WorkTransaction } from './transaction.ts';
import type { Writing } from './writing.ts';

export type Look =
  /** The planner's estimate only. */
  | 'estimate'
  /** Executed, with the time of each node; slower than a plain run. */
  | 'tree'
  /** Executed without node times: the real run time. */
  | 'run'
  /** A run that also reports rows, buffers and spills of each node, without a clock. */
  | 'facts';

const OPTIONS: Readonly<Record<Look, string>> = {
  estimate: 'VERBOSE, SETTINGS, SUMMARY, FORMAT JSON',
  tree: 'ANALYZE, BUFFERS, VERBOSE, SETTINGS, TIMING ON, FORMAT JSON',
  run: 'ANALYZE, TIMING OFF, FORMAT JSON',
  facts: 'ANALYZE, BUFFERS, VERBOSE, SETTINGS, TIMING OFF, FORMAT JSON',
};

const explain = (look: Look): string => `EXPLAIN (${OPTIONS[look]}) `;

/** The server's error with the line of the query it points to, as psql shows it. */
function withLine(error: DatabaseError, sql: string, prefix: number): DatabaseError {
  const { position } = error.fields;
  if (position === undefined || position <= prefix) return error;
  // The server counts characters, JavaScript UTF-16 units.
  const before = [...sql].slice(0, position - 1 - prefix).join('');
  const start = before.lastIndexOf('\n') + 1;
  const line = sql.slice(start).split('\n')[0]?.trim() ?? '';
  return new DatabaseError(`${error.summary}, in: ${line}`, error.code, error.fields);
}

/**
 * The statements that precede a probe's own. Hiding writes to the catalog, so it comes first. Then the subtransaction
 * turns read-only, and the server itself refuses any write that a query might hide.
 * @param writes The statement was admitted to write.
 */
export const preamble = (
  hide: readonly Sql[],
  timeoutMs: number | undefined,
  choices: readonly SettingChoice[] = [],
  writes = false,
): Sql[] => [
  ...hide,
  // A rollback would skip deferred checks.
  writes ? 'SET CONSTRAINTS ALL IMMEDIATE' : 'SET LOCAL transaction_read_only = on',
  ...(timeoutMs === undefined ? [] : [`SET LOCAL statement_timeout = ${Math.max(1, Math.round(timeoutMs))}`]),
  // Inside the user's scope: a chosen setting overrides the role's.
  ...setStatements(choices).map(asUser),
];

/** How often this transaction began a scan of each index. A rollback does not reset these counters. */
const scansSql = (oids: Iterable<number>): string =>
  `SELECT "pgopt index".oid::int8 AS oid, pg_catalog.pg_stat_get_xact_numscans("pgopt index".oid) AS scans
   FROM pg_catalog.unnest('{${[...oids].join(',')}}'::oid[]) AS "pgopt index" (oid)`;

/**
 * Indexes that a run scans, including in the plans of triggers, which EXPLAIN does not show. The planner itself scans
 * some to read a column's extremes, as often in the EXPLAIN before: those scans are subtracted.
 */
function scannedIn([before, planned, ran]: readonly (readonly Row[] | undefined)[]): number[] {
  const count = (rows: readonly Row[] = [], oid: unknown) =>
    Number(rows.find(row => row.oid === oid)?.scans ?? 0);
  return (ran ?? [])
    .filter(({ oid }) => count(ran, oid) - count(planned, oid) > count(planned, oid) - count(before, oid))
    .map(({ oid }) => Number(oid));
}

/** Rows of our own SELECT around a query's text, safe under any path. @throws DatabaseError 57014 also after a timeout. */
export async function ask(
  transaction: WorkTransaction,
  sql: Sql,
  timeoutMs: number,
  { change, locks, set, restore }: ReturnType<typeof combined>,
): Promise<readonly Row[]> {
  const statements = [...preamble([...restore, ...change], timeoutMs, set), sql];
  const answers = await transaction.probe(statements, { after: restore, locks, scope: 'queries' });
  return answers.at(-1) ?? [];
}

interface ProbeOptions {
  readonly hiding?: Hiding;
  /** One entry for each thing that can be switched, on or off. */
  readonly switchings?: readonly Switching[];
  readonly timeoutMs?: number | undefined;
  /** Functions plan their queries again: their cached plans do not see that an index was hidden. */
  readonly replans?: boolean;
  /** Proposals by the objects that a plan may read. */
  readonly owners?: Owners;
  /** For a run of a statement that writes: the locks it takes first, and its indexes' proposals. */
  readonly writing?:
    | (ReturnType<Writing['runOf']> & { readonly indexes: ReadonlyMap<number, string> })
    | undefined;
}

/** @throws DatabaseError the server's; 57014 when cancelled or timed out. */
export async function probe(
  transaction: WorkTransaction,
  names: SessionNames,
  sql: string,
  look: Look,
  { hiding = 'drop', switchings = [], timeoutMs, replans, owners = new Map(), writing }: ProbeOptions = {},
): Promise<Plan> {
  const { change, set, imagine, restore, ...combination } = combined(
    hiding,
    switchings,
    writing !== undefined,
  );
  const locks = [...combination.locks, ...(writing?.locks ?? [])];
  // EXPLAIN ANALYZE ignores hypothetical indexes: it would time another plan.
  const imagined = look === 'estimate' ? imagine : [];
  const make = imagined.map(index => index.make);
  // A Citus worker that refuses a value reports only a failed connection.
  const asked = transaction.engine.storesElsewhere ? set.map(choice => asUser(tryingSql(choice))) : [];
  const before = [...restore, ...make, ...asked, ...change, ...(replans === true ? ['DISCARD PLANS'] : [])];
  const scans = writing === undefined ? [] : [scansSql(writing.indexes.keys())];
  // Switching empties the caches of its tables, so the first planning afterwards is not the one to measure.
  const first = look === 'estimate' ? [] : [asUser(`EXPLAIN ${sql}`)];
  const sent = [...preamble(before, timeoutMs, set, writing !== undefined), ...scans, ...first, ...scans];
  const answers = await transaction
    .probe([...sent, asUser(explain(look) + sql), ...scans], {
      after: restore,
      locks,
      scope: 'queries',
      admit: writing?.admit,
    })
    .catch((error: unknown) => {
      throw error instanceof DatabaseError ? withLine(error, sql, explain(look).length) : error;
    });
  const [row] = (answers[sent.length] ?? []) as readonly Row[];
  const scanned =
    writing === undefined
      ? []
      : scannedIn([answers[sent.length - 3], answers[sent.length - 1], answers.at(-1)]);
  const plan = row?.['QUERY PLAN'];
  const made = answers
    .slice(restore.length, restore.length + make.length)
    .map(([index]) => String(index?.name));
  await inSteps(transaction.engine.tidy(plan));
  const read = namesIn(plan, made);
  const uses = [
    ...(await inSteps(proposalSteps(plan, owners))),
    ...imagined.filter((_, position) => read.has(made[position] ?? '')).map(({ proposalId }) => proposalId),
    ...scanned.flatMap(oid => writing?.indexes.get(oid) ?? []),
  ];
  // HypoPG numbers its indexes anew in each probe, so each alias replaces the previous one.
  for (const [position, name] of made.entries()) names.alias(name, imagined[position]?.name ?? name);
  const cleaned = await inSteps(names.cleanSteps(plan));
  const parsed = { ...(await inSteps(planSteps(cleaned))), uses: [...new Set(uses)] };
  return read.size > 0 ? { ...parsed, hypothetical: true } : parsed;
}
