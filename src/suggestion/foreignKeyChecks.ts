/**
 * Foreign-key checks, which no plan shows: for each row that a DELETE or an UPDATE of a key touches, PostgreSQL looks for
 * referring rows in every referring table. Each lookup is planned as the statement that PostgreSQL sends.
 */
import { plain } from '../base/sql.ts';
import { asUser } from '../database/guard.ts';
import { hasIndexOfKey } from '../database/parts.ts';
import type { Plan } from '../plan/plan.ts';
import { flattenPlan } from '../plan/tree.ts';
import type { ExplorerSession } from '../session/events.ts';
import { parseStatements } from '../workload/grammar.ts';
import { beginsWith } from '../workload/indexShape.ts';
import type { Query } from '../workload/workload.ts';
import { type WrittenTable, writtenTables } from '../workload/writtenTables.ts';
import type { IndexCandidate } from './indexCandidates.ts';
import { CHEAPER, type Planner, type Screened } from './screening.ts';
import type { Suggested } from './suggested.ts';

interface NamedTable {
  /** undefined if the search path finds the table. */
  readonly schema: string | undefined;
  readonly table: string;
  readonly oid: number;
}

export interface ForeignKey {
  readonly name: string;
  readonly referenced: NamedTable & { readonly itsSchema: string; readonly columns: readonly string[] };
  readonly referring: NamedTable & { readonly partitioned: boolean; readonly columns: readonly string[] };
  /** For each column: the type of the referenced one, and the comparison operator, as SQL. */
  readonly types: readonly string[];
  readonly operators: readonly string[];
  /** ON DELETE CASCADE. */
  readonly cascades: boolean;
  /** An index serves its lookups. */
  readonly indexed: boolean;
}

/** A lookup in a table that refers to the rows of another. */
export interface Check {
  readonly key: ForeignKey;
  /** The lookup as a query: only planned, and not part of the workload. */
  readonly query: Query;
  /** Lookups for each row that this one deletes by ON DELETE CASCADE. */
  readonly inTurn: readonly Check[];
}

const ofColumns = (table: string, numbers: string, what = 'a.attname::text') =>
  `ARRAY(SELECT ${what} FROM pg_catalog.unnest(${numbers}) WITH ORDINALITY AS one (number, place)
     JOIN pg_catalog.pg_attribute a ON a.attrelid = ${table} AND a.attnum = one.number ORDER BY one.place)`;

const KEYS = `
  SELECT k.oid::int8 AS oid, k.conname::text AS name, k.confdeltype = 'c' AS cascades, k.confrelid::int8 AS referenced_oid,
    rn.nspname::text AS referenced_schema, r.relname::text AS referenced_table, ${ofColumns('k.confrelid', 'k.confkey')} AS referenced_columns,
    k.conrelid::int8 AS referring_oid, n.nspname::text AS referring_schema, c.relname::text AS referring_table, c.relkind = 'p' AS partitioned,
    ${ofColumns('k.conrelid', 'k.conkey')} AS referring_columns,
    ${ofColumns('k.confrelid', 'k.confkey', 'pg_catalog.format_type(a.atttypid, a.atttypmod)')} AS types,
    ARRAY(SELECT 'OPERATOR(' || pg_catalog.quote_ident(s.nspname) || '.' || o.oprname || ')'
      FROM pg_catalog.unnest(k.conpfeqop) WITH ORDINALITY AS one (oid, place) JOIN pg_catalog.pg_operator o ON o.oid = one.oid
      JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace ORDER BY one.place) AS operators,
    ${hasIndexOfKey('k')} AS indexed
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class r ON r.oid = k.confrelid JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype = 'f' AND k.conparentid = 0
  ORDER BY n.nspname, c.relname, k.conname`;

/** Safe under any search path: no operators, and every function has its schema. */
const VISIBLE = asUser(
  'SELECT c.oid::pg_catalog.int8 AS oid FROM pg_catalog.pg_class c WHERE pg_catalog.pg_table_is_visible(c.oid)',
);

/** @returns Empty if the session has ended or may not read the catalog. */
export async function readForeignKeys(
  session: Pick<ExplorerSession, 'background'>,
  signal: AbortSignal,
): Promise<readonly ForeignKey[]> {
  const answer = await session.background({ kind: 'read', statements: [VISIBLE, KEYS] }, signal);
  if (answer.kind !== 'read') return [];
  const [seen = [], keys = []] = answer.answers;
  const visible = new Set(seen.map(({ oid }) => Number(oid)));
  return keys.map((row): ForeignKey => {
    const side = (which: 'referenced' | 'referring') => {
      const oid = Number(row[`${which}_oid`]);
      const schema = String(row[`${which}_schema`]);
      const columns = row[`${which}_columns`] as readonly string[];
      const table = String(row[`${which}_table`]);
      return { oid, table, schema: visible.has(oid) ? undefined : schema, itsSchema: schema, columns };
    };
    return {
      name: String(row.name),
      referenced: side('referenced'),
      referring: { ...side('referring'), partitioned: row.partitioned === true },
      types: row.types as readonly string[],
      operators: row.operators as readonly string[],
      cascades: row.cascades === true,
      indexed: row.indexed === true,
    };
  });
}

/** @returns Statement that writes → the tables that it writes; none for FOR UPDATE. */
export async function writtenBy(
  queries: readonly Query[],
): Promise<ReadonlyMap<string, readonly WrittenTable[]>> {
  const found = new Map<string, readonly WrittenTable[]>();
  for (const { id, sql, writes } of queries) {
    if (writes === undefined) continue;
    const [statement] = await parseStatements('', sql);
    found.set(id, statement === undefined ? [] : writtenTables(statement.type, statement.tree));
  }
  return found;
}

/** Query → its lookups; queries without any are left out. */
export function checksOf(
  writtenTo: ReadonlyMap<string, readonly WrittenTable[]>,
  keys: readonly ForeignKey[],
): ReadonlyMap<string, readonly Check[]> {
  const found = new Map<string, readonly Check[]>();
  for (const [id, written] of writtenTo) {
    const checked = keys.filter(key => written.some(table => isChecked(key, table)));
    if (checked.length > 0)
      found.set(
        id,
        checked.map(key => checkOf(key, written.some(({ deletes }) => deletes) ? keys : [], [])),
      );
  }
  return found;
}

function isChecked({ referenced }: ForeignKey, { schema, name, deletes, sets }: WrittenTable): boolean {
  if (name !== referenced.table) return false;
  if (schema === undefined ? referenced.schema !== undefined : schema !== referenced.itsSchema) return false;
  return deletes || (sets ?? []).some(column => referenced.columns.includes(column));
}

/** @param above Keys on the way here: a table may refer to itself. */
function checkOf(key: ForeignKey, keys: readonly ForeignKey[], above: readonly ForeignKey[]): Check {
  const path = [...above, key];
  const next = key.cascades
    ? keys.filter(one => one.referenced.oid === key.referring.oid && !path.includes(one))
    : [];
  return { key, query: lookup(key), inTurn: next.map(one => checkOf(one, keys, path)) };
}

/** The value is unknown to the planner, as in the trigger, which sends a parameter. */
function lookup({ name, referring, types, operators }: ForeignKey): Query {
  const { schema, table } = referring;
  const written = schema === undefined ? plain(table) : `${plain(schema)}.${plain(table)}`;
  const conditions = referring.columns.map(
    (column, at) => `(SELECT NULL::${types[at]}) ${operators[at]} x.${plain(column)}`,
  );
  const only = referring.partitioned ? '' : 'ONLY ';
  return {
    id: `check ${name} ${referring.oid}`,
    number: 0,
    title: name,
    targetMs: 0,
    sql: `SELECT 1 FROM ${only}${written} x WHERE ${conditions.join(' AND ')} FOR KEY SHARE OF x`,
    writes: 'FOR UPDATE',
    file: '',
    values: undefined,
    rewrites: [],
  };
}

/** Every lookup once, with those of cascades. */
export function allChecks(checks: ReadonlyMap<string, readonly Check[]>): readonly Check[] {
  const found = new Map<string, Check>();
  const queue = [...checks.values()].flat();
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    found.set(next.query.id, next);
    queue.push(...next.inTurn);
  }
  return [...found.values()];
}

/** Names of foreign keys without an index whose lookups this index would serve. */
function keysServedBy(index: IndexCandidate | undefined, checks: readonly Check[]): readonly string[] {
  if (index === undefined || index.method !== 'btree' || index.where.length > 0) return [];
  const { schema, table, keys } = index;
  return checks
    .filter(
      ({ key: { indexed, referring } }) =>
        !indexed &&
        referring.table === table &&
        referring.schema === schema &&
        beginsWith(keys, referring.columns.map(plain)),
    )
    .map(({ key }) => key.name)
    .sort();
}

/** Adds to each index the foreign keys without an index that it serves. */
export const withForeignKeys = (
  found: Suggested,
  indexes: ReadonlyMap<string, IndexCandidate>,
  checks: ReadonlyMap<string, readonly Check[]>,
): Suggested => ({
  ...found,
  suggestions: found.suggestions.map(one => ({
    ...one,
    foreignKeys: keysServedBy(indexes.get(one.proposal.id), allChecks(checks)),
  })),
});

/** Adds the lookups to the plans of their statements, once for each row that the planner expects to change. */
export function withChecks(planner: Planner, checks: ReadonlyMap<string, readonly Check[]>): Planner {
  const add = async (
    on: readonly string[],
    whole: Screened,
    { query, inTurn }: Check,
    rows: number,
  ): Promise<Screened> => {
    const one = await planner.plan(query.id, on);
    if (one === undefined) return whole;
    const { root } = whole.plan;
    const below = one.plan.root;
    let sum: Screened = {
      ...whole,
      needs: [...new Set([...whole.needs, ...one.needs])],
      plan: {
        ...whole.plan,
        totalCost: whole.plan.totalCost + rows * one.plan.totalCost,
        root: {
          ...root,
          totalCost: root.totalCost + rows * below.totalCost,
          children: [...root.children, below],
        },
      },
    };
    for (const next of inTurn) sum = await add(on, sum, next, rows * below.planRows);
    return sum;
  };
  const whole = async (queryId: string, on: readonly string[]) => {
    let planned = await planner.plan(queryId, on);
    for (const check of checks.get(queryId) ?? [])
      planned &&= await add(on, planned, check, changedRows(planned.plan, check.key.referenced.table));
    return planned;
  };
  return {
    plan: async (queryId, on) => {
      let best = await whole(queryId, on);
      if (best === undefined || !checks.has(queryId)) return best;
      // An index that makes no lookup cheaper is not needed.
      for (const id of best.needs.length > 1 ? best.needs : []) {
        const less = await whole(
          queryId,
          best.needs.filter(one => one !== id),
        );
        if (less !== undefined && less.plan.totalCost * CHEAPER <= best.plan.totalCost) best = less;
      }
      return best;
    },
  };
}

/** Rows of the table that the planner expects to change. */
const changedRows = (plan: Plan, table: string): number =>
  flattenPlan(plan)
    .filter(({ nodeType, relation }) => nodeType === 'ModifyTable' && relation === table)
    .flatMap(({ children }) => children.filter(({ subplanName }) => subplanName === undefined))
    .reduce((sum, { planRows }) => sum + planRows, 0);
