/** Kept proposals → steps in a safe order. */
import { PgoptError } from '../base/errors.ts';
import { formatBytes, formatMs } from '../base/format.ts';
import { asWritten, writtenKey } from '../base/sql.ts';
import type { ChangeFacts } from '../database/changeFacts.ts';
import type { Statement } from '../workload/workload.ts';
import { dropSteps } from './dropSteps.ts';
import { indexSteps } from './indexSteps.ts';
import { briefly, type Kept, LOCKS, PHASES, patiently, type Step } from './plannedStep.ts';
import { PartitionNames, serverName } from './sqlText.ts';
import { isOnView } from './statementsOf.ts';
import { viewSteps } from './viewSteps.ts';

/** A session uses names of its own, a migration does not. @throws PgoptError 'workload-invalid' for equal names. */
function refuseClashes(steps: readonly Step[]): void {
  const seen = new Set<string>();
  for (const { makes } of steps) {
    if (makes === undefined) continue;
    // Indexes and views share pg_class.
    const key = `${makes.kind === 'statistics'}|${asWritten(makes)}`;
    if (seen.has(key))
      throw new PgoptError('workload-invalid', `two kept proposals create ${asWritten(makes)}`, {
        next: 'give them different names in schema/proposals',
      });
    seen.add(key);
  }
}

/**
 * Statistics and indexes on tables come first, the smallest index first: each helps at once, and if the disk fills up
 * or you have to stop, most is done. Then ANALYZE, which fills extended statistics and those of index expressions, and
 * which the queries of views need. Then views. Drops come last, when everything else is in place.
 * @throws PgoptError 'workload-invalid' if two proposals create the same name.
 */
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
      const made = await indexSteps(statement, facts, names, notesOf(one, bytes));
      indexes.push({ bytes: bytes ?? Number.POSITIVE_INFINITY, steps: made });
    }
    steps.push(...statisticsSteps(onTables, one, facts));
    steps.push(...(await viewSteps(one, proposals, facts)));
  }
  const smallestFirst = indexes.toSorted((a, b) => (a.bytes === b.bytes ? 0 : a.bytes - b.bytes));
  steps.push(...smallestFirst.flatMap(index => index.steps));
  refuseClashes(steps);
  return withoutDuplicates(PHASES.flatMap(phase => steps.filter(step => step.phase === phase)));
}

/** `idx: Title`, `46 MB here; its whole file built in 1.2 s, not CONCURRENTLY.` */
function notesOf({ proposal, built }: Kept, bytes: number | undefined): string[] {
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

/** Adds the ANALYZE that extended statistics need, as the session did, if the file has none. */
function statisticsSteps(statements: readonly Statement[], { proposal }: Kept, facts: ChangeFacts): Step[] {
  const steps: Step[] = [];
  const unanalyzed = new Map<string, string>();
  const analyze = (sql: string): Step => ({ phase: 'analyze', ...patiently(sql, LOCKS.analyze), undo: [] });
  for (const { kind, sql, creates = '', createsSchema, on = '', onSchema } of statements) {
    if (kind === 'create-statistics') {
      const table = { schema: onSchema, name: on };
      // CREATE STATISTICS uses search_path, not the schema of its table.
      const made = { schema: createsSchema ?? facts.currentSchema, name: serverName(creates) };
      unanalyzed.set(on, asWritten(facts.relations.get(writtenKey(table)) ?? table));
      steps.push({
        phase: 'statistics',
        ...briefly(sql, [`${proposal.id}: ${proposal.title}`, ...LOCKS.statistics]),
        makes: { kind: 'statistics', ...made },
        undo: [briefly(`DROP STATISTICS IF EXISTS ${asWritten(made)}`, LOCKS.statistics)],
      });
    }
    if (kind === 'analyze') {
      unanalyzed.delete(on);
      steps.push(analyze(sql));
    }
  }
  return [...steps, ...[...unanalyzed.values()].map(table => analyze(`ANALYZE ${table}`))];
}

/** Several proposals may have the same ANALYZE. */
function withoutDuplicates(steps: readonly Step[]): readonly Step[] {
  return steps.filter(
    ({ phase, sql }, index) =>
      phase !== 'analyze' || steps.findIndex(other => other.phase === phase && other.sql === sql) === index,
  );
}
