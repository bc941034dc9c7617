/**
 * Measures what a proposal costs writers: copies and changes real rows before and after the build, rolled back each
 * time. Hiding the index would not do: PostgreSQL still maintains it, and dropping it would lock the table.
 */
import { DatabaseError } from '../base/databaseError.ts';
import { identifier } from '../base/sql.ts';
import type { Link } from '../database/link.ts';
import type { TrustedFunctions } from '../workload/functions.ts';
import { parseStatements, statementAs } from '../workload/grammar.ts';
import { indexedColumns } from '../workload/indexShape.ts';
import type { Proposal, Statement } from '../workload/workload.ts';
import type { Built } from './builders/builder.ts';
import type { ProposalCost, TableWriteCost, WriteComparison } from './cost.ts';
import { whyNotWritten, writeTo } from './functions.ts';
import { measureRefresh } from './refreshCost.ts';
import { type WritableTable, writableTable } from './writableTable.ts';
import { undone, type WriteContext, type WriteRuns, writeRounds } from './writeRounds.ts';
import { freshColumns, insertStatement, updateStatement, type WriteStatement } from './writeStatements.ts';

/** Rows a round at most. The rollbacks leave this many dead rows for each round. */
const ROWS = 1000;
/** Limit for small tables, which more writes would distort. */
const SHARE = 0.05;
export const WRITE_ROUNDS = 5;

/**
 * Measures, builds, measures again. A part that cannot be measured gives its reason, and the build goes on.
 * @param build Builds the proposal over `link`.
 * @throws DatabaseError of the build, or when we were cancelled.
 */
export async function buildWithCost(
  link: Link,
  proposal: Proposal,
  options: Omit<WriteContext, 'countsWal'> & {
    readonly trusted: TrustedFunctions | undefined;
    readonly whyNotHere: (table: string) => string | undefined;
  },
  build: () => Promise<Built>,
): Promise<Built & { readonly cost: ProposalCost }> {
  const [wal] = await link.query("SELECT pg_catalog.current_setting('wal_level') <> 'minimal' AS counts");
  const context = { ...options, countsWal: wal?.counts === true };
  const trials: Trial[] = [];
  for (const indexed of await indexedTables(proposal.statements)) {
    // A table that does not exist yet is the proposal's own view: no client writes to it.
    const table = await writableTable(link, indexed.schema, indexed.table);
    if (table === undefined) continue;
    const refused =
      table.refused ??
      options.whyNotHere(table.name) ??
      (await whyNotWritten(link, [writeTo(table.name)], options.trusted));
    trials.push(await firstHalf(link, indexed, { ...table, refused }, context));
  }
  const built = await build();
  const tables: TableWriteCost[] = [];
  for (const trial of trials) tables.push(await secondHalf(link, trial, context));
  const views: ProposalCost['views'][number][] = [];
  for (const { kind, oids, schema, realName } of built.made) {
    const [oid] = oids;
    if (kind !== 'materialized view' || oid === undefined) continue;
    const qualifiedName = `${identifier(schema)}.${identifier(realName)}`;
    views.push(await measureRefresh(link, { oid, name: realName, qualifiedName }, context));
  }
  return { ...built, cost: { tables, views } };
}

interface IndexedTable {
  readonly schema: string | undefined;
  readonly table: string;
  /** Key columns, included ones, and those in expressions and the predicate; each once. */
  readonly columns: readonly string[];
}

/** The tables of all CREATE INDEX statements, from their texts: no catalog knows an index before the build. */
async function indexedTables(statements: readonly Statement[]): Promise<IndexedTable[]> {
  const found = new Map<string, IndexedTable>();
  for (const { kind, sql } of statements) {
    if (kind !== 'create-index') continue;
    const tree = statementAs((await parseStatements('', sql))[0], 'IndexStmt');
    const { schemaname: schema, relname: table = '' } = tree?.relation ?? {};
    const key = JSON.stringify([schema, table]);
    const columns = new Set([...(found.get(key)?.columns ?? []), ...indexedColumns(tree)]);
    found.set(key, { schema, table, columns: [...columns] });
  }
  return [...found.values()];
}

/** The statement and its rounds before the build, or why there are none. */
type Half =
  | { readonly sql: (round: number) => string; readonly without: WriteRuns | { readonly reason: string } }
  | { readonly reason: string };

interface Trial {
  readonly name: string;
  readonly table: WritableTable;
  readonly insert: Half;
  readonly update: Half;
}

async function firstHalf(
  link: Link,
  { table: name, columns }: IndexedTable,
  table: WritableTable,
  context: WriteContext,
): Promise<Trial> {
  const { refused } = table;
  const rows = Math.max(10, Math.min(ROWS, Math.floor(table.rows * SHARE)));
  const half = async (statement: WriteStatement): Promise<Half> =>
    'reason' in statement
      ? statement
      : { ...statement, without: await writeRounds(link, statement.sql, 1, table.oid, context) };
  if (refused !== undefined) return { name, table, insert: { reason: refused }, update: { reason: refused } };
  return {
    name,
    table,
    insert: await half(await insertFor(link, table, rows, context)),
    update: await half(updateStatement(table, columns, rows)),
  };
}

async function secondHalf(link: Link, trial: Trial, context: WriteContext): Promise<TableWriteCost> {
  const { name, table } = trial;
  const compared = async (half: Half): Promise<WriteComparison> => {
    if ('reason' in half) return half;
    const { sql, without } = half;
    if ('reason' in without) return without;
    // Numbered onwards, because the rounds before the build have filled their blocks.
    const runs = await writeRounds(link, sql, 1 + context.rounds, table.oid, context);
    return 'reason' in runs ? runs : { without, with: runs };
  };
  const insert = await compared(trial.insert);
  const update = await compared(trial.update);
  return { table: name, insert, update, deadRows: versionsOf(insert) + versionsOf(update) };
}

function versionsOf(comparison: WriteComparison): number {
  if ('reason' in comparison) return 0;
  return comparison.without.rows + comparison.with.rows;
}

/** The server may refuse to read the maxima, which fresh keys follow. */
async function insertFor(
  link: Link,
  table: WritableTable,
  rows: number,
  context: WriteContext,
): Promise<WriteStatement> {
  try {
    const maxima = await undone(link, context, () => maximaOf(link, table));
    return insertStatement(table, rows, maxima);
  } catch (error) {
    if (!(error instanceof DatabaseError) || context.wasCancelled()) throw error;
    return { reason: error.message };
  }
}

/** Only for columns whose maximum an index finds at once. */
async function maximaOf(link: Link, table: WritableTable): Promise<ReadonlyMap<string, bigint>> {
  const fresh = freshColumns(table);
  const maxima = new Map<string, bigint>();
  if ('reason' in fresh) return maxima;
  for (const { name, type, leads } of fresh) {
    if (!leads || !type.startsWith('int')) continue;
    const [row] = await link.query(
      `SELECT max(${identifier(name)})::text AS "pgopt~most" FROM ${table.name}`,
    );
    if (typeof row?.['pgopt~most'] === 'string') maxima.set(name, BigInt(row['pgopt~most']));
  }
  return maxima;
}
