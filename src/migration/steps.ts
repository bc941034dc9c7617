/** Two kept objects may not have one name: a session builds under names of its own, a migration cannot. Pure. */
import { PgoptError } from '../base/errors.ts';
import { formatBytes, formatMs } from '../base/format.ts';
import { asWritten, writtenKey } from '../base/sql.ts';
import type { ChangeFacts } from '../database/changeFacts.ts';
import type { Statement } from '../workload/workload.ts';
import { dropSteps } from './dropSteps.ts';
import { indexSteps } from './indexSteps.ts';
import { type Kept, LOCKS, PHASES, type Step } from './plannedStep.ts';
import { PartitionNames, serverName } from './sqlText.ts';
import { isOnView } from './statementsOf.ts';
import { viewSteps } from './viewSteps.ts';

/** @throws PgoptError 'workload-invalid' before anything is written: the migration would fail halfway. */
function refuseClashes(steps: readonly Step[]): void {
  const seen = new Set<string>();
  for (const { makes } of steps) {
    if (makes === undefined) continue;
    // Indexes and views share pg_class.
    const key = `${makes.kind === 'statistics'}|${asWritten(makes)}`;
    if (seen.has(key))
      throw new PgoptError(
        'workload-invalid',
        `two of the proposals that are kept create ${asWritten(makes)}`,
        {
          next: 'name them apart in schema/proposals',
        },
      );
    seen.add(key);
  }
}

/**
 * What is kept → the steps that bring it about, in a safe order. Pure.
 *
 * Statistics and indexes on tables first, the smallest index first: each helps as soon as it is there, and if the disk
 * fills up or you have to stop, most is done. Then ANALYZE, which extended statistics and indexes on expressions are
 * empty without, and which views' queries are planned by. Then views. Dropping comes last, when all else is in place.
 */

/** @throws PgoptError 'workload-invalid' where two of them create the same name. */
export async function stepsFor(kept: readonly Kept[], facts: ChangeFacts): Promise<readonly Step[]> {
  const names = new PartitionNames();
  const proposals = kept.map(({ proposal }) => proposal);
  const indexes: { readonly bytes: number; readonly steps: readonly Step[] }[] = [];
  const steps: Step[] = [];
  for (const one of kept) {
    const { statements } = one.proposal;
    steps.push(...(await dropSteps(one, facts)));
    const onTables = statements.filter(statement => !isOnView(statement, proposals));
    for (const statement of onTables.filter(({ kind }) => kind === 'create-index')) {
      const bytes = bytesOf(one, statement);
      const made = await indexSteps(statement, facts, names, saidOf(one, bytes));
      indexes.push({ bytes: bytes ?? Number.POSITIVE_INFINITY, steps: made });
    }
    steps.push(...statisticsSteps(onTables, one, facts));
    steps.push(...(await viewSteps(one, proposals, facts)));
  }
  const smallestFirst = indexes.toSorted((a, b) => (a.bytes === b.bytes ? 0 : a.bytes - b.bytes));
  steps.push(...smallestFirst.flatMap(index => index.steps));
  refuseClashes(steps);
  return withoutTwice(PHASES.flatMap(phase => steps.filter(step => step.phase === phase)));
}

/** `From idx.sql: Title`, `46 MB here; the whole proposal was built in 1.2 s`. */
function saidOf({ proposal, built }: Kept, bytes: number | undefined): string[] {
  const several = proposal.statements.length > 1 ? 'its whole file ' : '';
  return [
    `${proposal.id}: ${proposal.title}`,
    ...(built === undefined || bytes === undefined
      ? []
      : [`${formatBytes(bytes)} here; ${several}built in ${formatMs(built.buildMs)}, not CONCURRENTLY.`]),
  ];
}

function bytesOf({ built }: Kept, { creates }: Statement): number | undefined {
  return built?.objects.find(({ kind, name }) => kind === 'index' && name === creates)?.bytes;
}

/** Extended statistics are empty until their table is analyzed: where the file does not do it, the session did. */
function statisticsSteps(statements: readonly Statement[], { proposal }: Kept, facts: ChangeFacts): Step[] {
  const steps: Step[] = [];
  const unanalyzed = new Map<string, string>();
  const analyze = (sql: string): Step => ({
    phase: 'analyze',
    comment: LOCKS.analyze,
    sql,
    waits: 'patiently',
    undo: [],
  });
  for (const { kind, sql, creates = '', createsSchema, on = '', onSchema } of statements) {
    if (kind === 'create-statistics') {
      const table = { schema: onSchema, name: on };
      // Made where search_path says, not where its table is.
      const made = { schema: createsSchema ?? facts.currentSchema, name: serverName(creates) };
      unanalyzed.set(on, asWritten(facts.relations.get(writtenKey(table)) ?? table));
      const undo = `DROP STATISTICS IF EXISTS ${asWritten(made)}`;
      steps.push({
        phase: 'statistics',
        comment: [`${proposal.id}: ${proposal.title}`, ...LOCKS.statistics],
        sql,
        waits: 'briefly',
        makes: { kind: 'statistics', ...made },
        undo: [{ comment: LOCKS.statistics, sql: undo, waits: 'briefly' }],
      });
    }
    if (kind === 'analyze') {
      unanalyzed.delete(on);
      steps.push(analyze(sql));
    }
  }
  return [...steps, ...[...unanalyzed.values()].map(table => analyze(`ANALYZE ${table}`))];
}

/** Several proposals may ask for the same ANALYZE. */
function withoutTwice(steps: readonly Step[]): readonly Step[] {
  return steps.filter(
    ({ phase, sql }, index) =>
      phase !== 'analyze' || steps.findIndex(other => other.phase === phase && other.sql === sql) === index,
  );
}
