/** The rows of a view of groups and of its input: estimated by the planner, and counted in a sample. */
import type { Node } from '@pgsql/types';
import { deparseSync } from 'pgsql-deparser';
import { asUser } from '../database/guard.ts';
import type { Row } from '../database/link.ts';
import type { ExplorerSession } from '../session/events.ts';
import { functionName, type ServerFacts, stringNode } from './blockShape.ts';
import { type Definition, groupingOf, largestOf } from './viewDefinition.ts';
import { castTo, rangeOf, WIDENED } from './viewReading.ts';

/** Runs SELECTs and EXPLAINs as the role of the queries; undefined if one fails. */
export type Ask = (statements: readonly string[]) => Promise<readonly (readonly Row[])[] | undefined>;

/** Limit for counting a candidate's sample, ms. */
const LONGEST_COUNT = 500;

export function askThrough(
  session: Pick<ExplorerSession, 'background'>,
  signal: AbortSignal,
  count: (explains: number) => void,
): Ask {
  return async statements => {
    const limited = [`SET LOCAL statement_timeout = ${LONGEST_COUNT}`, ...statements.map(asUser)];
    const answer = await session.background({ kind: 'read', statements: limited }, signal);
    count(statements.filter(sql => sql.startsWith('EXPLAIN')).length);
    return answer.kind === 'read' ? answer.answers.slice(1) : undefined;
  };
}

export interface Server {
  readonly facts: ServerFacts;
  readonly ask: Ask;
  /** Rows of a table here. */
  readonly rowsOf: (table: string) => number;
  /** Its rows in production, divided by those here. */
  readonly growthOf: (table: string) => number;
  /** A lens: it has no rows to count. */
  readonly isEmpty: boolean;
  /** Whether there is no time to estimate another view. */
  readonly isSpent: () => boolean;
}

/**
 * The TABLESAMPLE method for about `size` rows.
 * @param mostRead Above this many rows it draws whole pages.
 */
export function sampleOf(rows: number, size: number, mostRead: number): string {
  const percent = Math.min(100, (100 * size) / Math.max(1, rows));
  return `${rows > mostRead ? 'SYSTEM' : 'BERNOULLI'} (${percent})`;
}

/** Enough sampled rows to see whether groups have several rows. */
const SAMPLE = 20_000;
/**
 * Above this many rows the sample draws whole pages: reading every row takes too long. But rows of one page may belong to one
 * group.
 */
const MOST_READ = 5_000_000;

/**
 * The planner limits the groups over several columns of a table to a tenth of its rows, and treats an expression as varied as
 * its columns. A sample knows better, except for one column in a table's physical order.
 */
export async function sizeOf(definition: Definition, { ask, rowsOf, isEmpty }: Server) {
  const one = [['n', { A_Const: { ival: { ival: 1 } } }]] as const;
  const columns = [...definition.keys].filter(([, key]) => isEmpty || 'ColumnRef' in key);
  const grouped = groupingOf({ ...definition, keys: new Map(columns) }, one);
  const rows = groupingOf({ ...definition, keys: new Map() }, one);
  const answers = await ask([rows, grouped].map(sql => `EXPLAIN (FORMAT JSON) ${sql}`));
  const [all, groups] = (answers ?? []).map(answer => rowsExpected(answer[0]?.['QUERY PLAN']));
  if (all === undefined || groups === undefined) return undefined;
  const planned = columns.length === 0 ? 1 : groups;
  // A sample could only find more groups.
  const isKnown = isEmpty || definition.keys.size === 0 || planned > all / 2;
  if (isKnown || (definition.keys.size === 1 && columns.length === 1)) return { rows: all, groups: planned };
  const method = sampleOf(rowsOf(largestOf(definition, rowsOf)), SAMPLE, MOST_READ);
  const counted = groupingOf(definition, [['n', { FuncCall: COUNT }]]);
  const [drawn] = await sampled(counted, method, definition, { ask, rowsOf });
  return { rows: all, groups: Math.max(planned, drawn === undefined ? 0 : groupsOf(drawn, all)) };
}

const COUNT = {
  funcname: [stringNode('count')],
  agg_star: true,
  funcformat: 'COERCE_EXPLICIT_CALL' as const,
};

async function sampled(
  sql: string,
  method: string,
  definition: Definition,
  { ask, rowsOf }: Pick<Server, 'ask' | 'rowsOf'>,
): Promise<readonly Row[]> {
  const [first] = definition.uses;
  const name = first?.use.tables.find(({ table }) => table === largestOf(definition, rowsOf));
  const alias = name && first?.use.names.get(name.alias);
  const named = name && deparseSync(rangeOf({ ...name, alias: alias ?? '' }));
  if (named === undefined) return [];
  const from = sql.lastIndexOf('FROM ');
  const sample = sql.slice(0, from) + sql.slice(from).replace(named, `${named} TABLESAMPLE ${method}`);
  const answers = await ask([
    `SELECT count(*) AS groups, coalesce(sum(n), 0) AS rows, count(*) FILTER (WHERE n = 1) AS once FROM (${sample}) g`,
  ]);
  return answers?.[0] ?? [];
}

/** ANALYZE's estimator (Haas and Stokes): the groups seen once show how many were not seen. */
function groupsOf({ groups, rows, once }: Row, all: number): number {
  const [distinct, drawn, single] = [Number(groups), Number(rows), Number(once)];
  if (drawn === 0) return 0;
  return (drawn * distinct) / (drawn - single + (single * drawn) / Math.max(all, drawn));
}

function rowsExpected(plan: unknown): number | undefined {
  const [entry] = (typeof plan === 'string' ? JSON.parse(plan) : plan) as {
    Plan?: Record<string, unknown>;
  }[];
  const rows = Number(entry?.Plan?.['Plan Rows']);
  return Number.isFinite(rows) ? rows : undefined;
}

/** Column types of the aggregates: a sum of sums has another type than a sum of integers. */
export async function typesOf(
  definition: Definition,
  ask: Ask,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { aggregates, columns } = definition;
  if (aggregates.size === 0) return new Map();
  const typeOf = (node: Node): Node => ({
    FuncCall: { funcname: [{ String: { sval: 'pg_typeof' } }], args: [node] },
  });
  const targets = [...aggregates].map(([id, node]) => [columns.get(id) ?? '', typeOf(node)] as const);
  const never: Node = { A_Const: { boolval: { boolval: false } } };
  const conditions = new Map([...definition.conditions, ['', never] as const]);
  const sql = groupingOf({ ...definition, keys: new Map(), conditions }, targets);
  const answers = await ask([sql]);
  const row = answers?.[0]?.[0];
  return row === undefined
    ? undefined
    : new Map(Object.entries(row).map(([name, type]) => [name, String(type)]));
}

/** A sum of `real` that only averages need is stored in double precision. */
export function widened(
  { uses, aggregates, columns }: Definition,
  known: ReadonlyMap<string, string>,
): Pick<Definition, 'aggregates' | 'types'> {
  const types = new Map(known);
  const nodes = new Map(aggregates);
  for (const [id, node] of aggregates) {
    const column = columns.get(id) ?? '';
    const isAveraged = uses.every(({ use }) => use.averaged.has(id) || !use.aggregates.has(id));
    if (!isAveraged || known.get(column) !== 'real' || !('FuncCall' in node)) continue;
    if (functionName(node.FuncCall) !== 'sum') continue;
    const args = (node.FuncCall.args ?? []).map(arg => castTo(arg, 'float8'));
    nodes.set(id, { FuncCall: { ...node.FuncCall, args } });
    types.set(column, WIDENED);
  }
  return { aggregates: nodes, types };
}
