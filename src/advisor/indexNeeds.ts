/**
 * What else needs an index: a foreign key, uniqueness, or the last of several identical indexes. The advice shows
 * when dropping an index would lose one of these, and never recommends it for its bytes.
 */
import { identifier, literal } from '../base/sql.ts';
import type { SessionNames } from '../session/names.ts';
import { rowsOf, treeOf } from '../session/parts.ts';
import type { IndexName, Proposal } from '../workload/workload.ts';
import type { Mask } from './masks.ts';
import { maskOf, type Survey } from './survey.ts';

export interface IndexNeed {
  /** 'copies': identical indexes, one of which must stay. */
  readonly kind: 'foreign key' | 'unique' | 'copies';
  /** Name of the constraint, or of the index. */
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly foreignKey: ForeignKey | undefined;
  readonly indexes: readonly KeptIndex[];
}

interface KeptIndex {
  readonly name: string;
  readonly droppedBy: readonly string[];
  /** Id of the proposal that creates it; undefined: the index existed before. */
  readonly addedBy: string | undefined;
}

interface ForeignKey {
  readonly parent: string;
  /** What a DELETE of a parent row does to the rows that reference it: `CASCADE`. */
  readonly onDelete: string;
  /** Rows of the referencing table after its last VACUUM or ANALYZE. */
  readonly rows: number;
  readonly bytes: number;
  /** The planner's cost to find the rows that reference one parent row; undefined: EXPLAIN failed. */
  readonly lookup: { readonly withIndex: number; readonly without: number } | undefined;
}

/** Needs that have an index in the baseline and none under this configuration. */
export function lostUnder(
  survey: Pick<Survey, 'proposals' | 'indexNeeds'>,
  configuration: Mask,
): readonly IndexNeed[] {
  const isOn = (ids: readonly string[]) => (maskOf(survey, ids) & configuration) !== 0;
  return (survey.indexNeeds ?? []).filter(({ indexes }) =>
    indexes.every(({ droppedBy, addedBy }) => (addedBy === undefined ? isOn(droppedBy) : !isOn([addedBy]))),
  );
}

type Row = Readonly<Record<string, unknown>>;

const droppedBy = (proposals: readonly Proposal[]): readonly (IndexName & { readonly by: string })[] =>
  proposals.flatMap(({ id, statements }) =>
    statements.flatMap(({ drops = [] }) => drops.map(index => ({ ...index, by: id }))),
  );

/** Reads all indexes and foreign keys of the tables that lose an index. */
export function indexNeedStatements(proposals: readonly Proposal[]): string[] {
  const names = [...new Set(droppedBy(proposals).map(({ name }) => literal(name)))].join(', ');
  const tables = `
    SELECT i.indrelid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    WHERE c.relname IN (${names})`;
  return [
    `SELECT n.nspname AS schema, c.relname AS name, i.indrelid::text AS "table", t.relname AS "tableName",
            i.indisunique AS "unique", i.indpred IS NULL AS "all", m.amname AS method,
            (SELECT pg_catalog.json_agg(key) FROM (
               SELECT k.attnum AS key FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, at)
               WHERE k.at <= i.indnkeyatts ORDER BY k.at) keys) AS keys,
            (SELECT pg_catalog.json_agg(a.attname ORDER BY k.at)
             FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, at)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
             WHERE k.at <= i.indnkeyatts) AS columns,
            pg_catalog.concat_ws('|', c.relam, i.indkey, i.indclass, i.indcollation, i.indoption, i.indnkeyatts, i.indisunique,
              pg_catalog.pg_get_expr(i.indexprs, i.indrelid), pg_catalog.pg_get_expr(i.indpred, i.indrelid)) AS shape
     FROM pg_catalog.pg_index i
     JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     JOIN pg_catalog.pg_am m ON m.oid = c.relam
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
     WHERE i.indisvalid AND i.indrelid IN (${tables})
     ORDER BY c.relname`,
    `SELECT k.conname AS name, k.conrelid::text AS "table", c.relname AS "tableName", n.nspname AS schema,
            p.relname AS parent, pn.nspname AS "parentSchema", k.confdeltype AS "onDelete", c.relkind = 'p' AS partitioned,
            pg_catalog.to_json(k.conkey) AS keys,
            (SELECT pg_catalog.json_agg(a.attname ORDER BY u.at) FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (attnum, at)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) AS columns,
            (SELECT pg_catalog.json_agg(a.attname ORDER BY u.at) FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS u (attnum, at)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum) AS referenced,
            ${rowsOf('c.oid')} AS rows,
            (SELECT sum(pg_catalog.pg_relation_size(part.oid)) FROM ${treeOf('c.oid')})::float8 AS bytes
     FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
     JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
     WHERE k.contype = 'f' AND k.conrelid IN (${tables})
     ORDER BY k.conname`,
  ];
}

interface Index extends KeptIndex {
  readonly table: string;
  readonly tableName: string;
  readonly unique: boolean;
  /** It finds all rows of a key by equality. */
  readonly searches: boolean;
  readonly keys: readonly number[];
  readonly columns: readonly string[];
  readonly shape: string;
}

/** A need with the statements that ask the planner for the cost of its lookups. */
export interface FoundIndexNeed extends IndexNeed {
  /** For a foreign key; their results go to lookupOf(). */
  readonly lookups: readonly string[];
}

export function indexNeedsOf(
  [indexRows = [], keyRows = []]: readonly (readonly Row[])[],
  proposals: readonly Proposal[],
  names: Pick<SessionNames, 'real' | 'original'>,
): FoundIndexNeed[] {
  const indexes = indexesOf(indexRows, proposals, names);
  const mayGo = (some: readonly Index[]) => some.some(index => index.droppedBy.length > 0);
  const found: FoundIndexNeed[] = [];
  for (const row of keyRows) {
    const keys = row.keys as readonly number[];
    const servers = serving(
      indexes.filter(({ table }) => table === row.table),
      keys,
    );
    if (!mayGo(servers)) continue;
    found.push({
      kind: 'foreign key',
      name: String(row.name),
      table: String(row.tableName),
      columns: row.columns as readonly string[],
      foreignKey: foreignKeyOf(row),
      indexes: servers,
      lookups: lookupStatements(row),
    });
  }
  const seen = new Set<string>();
  for (const index of indexes.filter(one => one.droppedBy.length > 0)) {
    const { table, shape, unique, columns, name, tableName } = index;
    const key = `${table} ${shape}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const same = indexes.filter(
      other => other.table === table && other.shape === shape && other.addedBy === undefined,
    );
    if (!unique && same.length < 2) continue;
    const kind = unique ? 'unique' : 'copies';
    found.push({ kind, name, table: tableName, columns, foreignKey: undefined, indexes: same, lookups: [] });
  }
  return found;
}

function indexesOf(
  rows: readonly Row[],
  proposals: readonly Proposal[],
  names: Pick<SessionNames, 'real' | 'original'>,
): Index[] {
  const drops = droppedBy(proposals);
  const added = new Map(
    proposals.flatMap(({ id, statements }) =>
      statements.filter(({ kind }) => kind === 'create-index').map(one => [names.real(one), id] as const),
    ),
  );
  return rows.flatMap((row): Index[] => {
    const name = String(row.name);
    const addedBy = added.get(name);
    // The index of a removed proposal stays hidden.
    if (addedBy === undefined && names.original(name) !== name) return [];
    return [
      {
        name: names.original(name),
        addedBy,
        droppedBy: drops
          .filter(drop => drop.name === name && (drop.schema ?? row.schema) === row.schema)
          .map(({ by }) => by),
        table: String(row.table),
        tableName: String(row.tableName),
        unique: row.unique === true,
        searches: row.all === true && (row.method === 'btree' || row.method === 'hash'),
        keys: row.keys as readonly number[],
        columns: (row.columns ?? []) as readonly string[],
        shape: String(row.shape),
      },
    ];
  });
}

/**
 * Indexes whose first keys are the columns, in any order; without one, indexes whose first key is one of the columns.
 */
function serving(indexes: readonly Index[], columns: readonly number[]): readonly Index[] {
  const able = indexes.filter(({ searches }) => searches);
  const whole = able.filter(({ keys }) =>
    columns.every(column => keys.slice(0, columns.length).includes(column)),
  );
  if (whole.some(({ addedBy }) => addedBy === undefined)) return whole;
  return able.filter(({ keys }) => keys[0] !== undefined && columns.includes(keys[0]));
}

const ON_DELETE: Readonly<Record<string, string>> = {
  a: 'NO ACTION',
  r: 'RESTRICT',
  c: 'CASCADE',
  n: 'SET NULL',
  d: 'SET DEFAULT',
};

const foreignKeyOf = (row: Row): ForeignKey => ({
  parent: String(row.parent),
  onDelete: ON_DELETE[String(row.onDelete)] ?? 'NO ACTION',
  rows: Number(row.rows),
  bytes: Number(row.bytes),
  lookup: undefined,
});

/** Plans PostgreSQL's search for the rows that reference a parent row: with today's indexes, then without any. */
function lookupStatements(row: Row): string[] {
  const only = row.partitioned === true ? '' : 'ONLY ';
  const named = (schema: unknown, name: unknown) =>
    `${identifier(String(schema))}.${identifier(String(name))}`;
  const referenced = row.referenced as readonly string[];
  const conditions = (row.columns as readonly string[]).map(
    (column, at) =>
      `x.${identifier(column)} OPERATOR(pg_catalog.=) (SELECT p.${identifier(referenced[at] ?? '')} FROM ${named(row.parentSchema, row.parent)} p LIMIT 1)`,
  );
  const explain = `EXPLAIN (FORMAT JSON) SELECT 1 FROM ${only}${named(row.schema, row.tableName)} x WHERE ${conditions.join(' AND ')}`;
  const off = ['enable_indexscan', 'enable_indexonlyscan', 'enable_bitmapscan'];
  return [explain, ...off.map(name => `SET LOCAL ${name} = off`), explain];
}

export function lookupOf(answers: readonly (readonly Row[])[]): ForeignKey['lookup'] {
  const cost = (rows: readonly Row[] | undefined) => {
    const [plan] = (rows?.[0]?.['QUERY PLAN'] ?? []) as readonly { Plan?: { 'Total Cost'?: number } }[];
    return plan?.Plan?.['Total Cost'];
  };
  const [withIndex, without] = [cost(answers[0]), cost(answers.at(-1))];
  return withIndex === undefined || without === undefined ? undefined : { withIndex, without };
}
