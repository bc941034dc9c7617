/** Kept proposals → steps in a safe order. */
import { PgoptError } from '../base/errors.ts';
import { formatBytes, formatMs } from '../base/format.ts';
import { asWritten, writtenKey } from '../base/sql.ts';
import type { ChangeFacts } from '../database/changeFacts.ts';
import { type StatementKind, unanalyzed } from '../workload/statementKinds.ts';
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
    for (const statement of onTables) {
      const made = await ON_TABLES[statement.kind](statement, { one, facts, names });
      if (statement.kind !== 'create-index') steps.push(...made);
      else indexes.push({ bytes: bytesOf(one, statement) ?? Number.POSITIVE_INFINITY, steps: made });
    }
    steps.push(...analyzeSteps(onTables, facts));
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

interface Making {
  readonly one: Kept;
  readonly facts: ChangeFacts;
  readonly names: PartitionNames;
}

/** What a statement about a table becomes; viewSteps() and dropSteps() make those about views and the drops. */
const ON_TABLES: Readonly<
  Record<StatementKind, (statement: Statement, making: Making) => readonly Step[] | Promise<readonly Step[]>>
> = {
  'create-index': (statement, { one, facts, names }) =>
    indexSteps(statement, facts, names, notesOf(one, bytesOf(one, statement))),
  'create-statistics': ({ sql, creates = '', createsSchema }, { one: { proposal }, facts }) => {
    // CREATE STATISTICS uses search_path, not the schema of its table.
    const made = { schema: createsSchema ?? facts.currentSchema, name: serverName(creates) };
    return [
      {
        phase: 'statistics',
        ...briefly(sql, [`${proposal.id}: ${proposal.title}`, ...LOCKS.statistics]),
        makes: { kind: 'statistics', ...made },
        undo: [briefly(`DROP STATISTICS IF EXISTS ${asWritten(made)}`, LOCKS.statistics)],
      },
    ];
  },
  analyze: ({ sql }) => [analyze(sql)],
  'create-materialized-view': () => [],
  'drop-index': () => [],
};

const analyze = (sql: string): Step => ({ phase: 'analyze', ...patiently(sql, LOCKS.analyze), undo: [] });

/** The ANALYZE that extended statistics need, as the session did, if the file has none. */
const analyzeSteps = (statements: readonly Statement[], { relations }: ChangeFacts): Step[] =>
  unanalyzed(statements).map(table =>
    analyze(`ANALYZE ${asWritten(relations.get(writtenKey(table)) ?? table)}`),
  );

/** Several proposals may have the same ANALYZE. */
function withoutDuplicates(steps: readonly Step[]): readonly Step[] {
  return steps.filter(
    ({ phase, sql }, index) =>
      phase !== 'analyze' || steps.findIndex(other => other.phase === phase && other.sql === sql) === index,
  );
}
