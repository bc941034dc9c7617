/** Creates proposals that the document lacks on the empty tables of a lens's base, and estimates their sizes. */
import { DatabaseError } from '../../base/databaseError.ts';
import { BLOCK_BYTES } from '../../base/format.ts';
import { identifier, literal } from '../../base/sql.ts';
import type { Link, Row } from '../../database/link.ts';
import { makeObjects } from '../../session/builders/create.ts';
import { type FoundObjects, findObjects, inPlaceAmong, lacking } from '../../session/inPlace.ts';
import type { SessionNames } from '../../session/names.ts';
import type { Proposal, Statement } from '../../workload/workload.ts';
import { aligned, btreePagesFor, CUT_WIDTH, entryBytes } from '../btree.ts';
import { type LensDocument, type Omission, plainName } from '../document.ts';
import type { KeyCounter } from '../indexKeys.ts';
import type { Ends } from './ends.ts';
import type { Relation } from './files.ts';
import { relationOf, type Stored } from './relations.ts';

export interface Proposed {
  /** Proposals that could not be created → reason. */
  readonly refused: ReadonlyMap<string, string>;
  /** Objects that the database already has. */
  readonly found: FoundObjects;
  /** Proposals that exist completely → the existing objects; a clause. */
  readonly inPlace: ReadonlyMap<string, string>;
}

const NONE_PROPOSED: Proposed = { refused: new Map(), found: new Map(), inPlace: new Map() };

export async function buildProposed(
  link: Link,
  document: LensDocument,
  proposals: readonly Proposal[],
  names: SessionNames,
  known: ReadonlyMap<string, string> = new Map(),
): Promise<Proposed> {
  const there = new Set(
    document.tables.flatMap(table => [table.name, ...table.indexes.map(({ name }) => name)]),
  );
  for (const { name } of document.statistics) there.add(name);
  /** The session's own objects are in the document under its names. */
  const isThere = (statement: Statement) =>
    statement.creates !== undefined && there.has(names.real(statement));
  const missing = proposals.flatMap(proposal => {
    if (known.has(proposal.id)) return [];
    const statements = proposal.statements.filter(statement => !isThere(statement));
    const makes = statements.some(({ creates }) => creates !== undefined);
    return makes ? [{ ...proposal, statements }] : [];
  });
  const refused = new Map<string, string>();
  if (missing.length === 0) return { ...NONE_PROPOSED, inPlace: known };
  await link.query('BEGIN');
  await link.query("SELECT set_config('search_path', $1, true)", [
    [names.schema, ...document.searchPath].map(identifier).join(', '),
  ]);
  /** Rolls back if it fails or if nothing is to stay. */
  const within = async <T>(work: () => Promise<T>, stays: boolean): Promise<T> => {
    await link.query('SAVEPOINT proposal');
    let done = false;
    try {
      const result = await work();
      done = true;
      return result;
    } finally {
      if (!(done && stays)) await link.query('ROLLBACK TO SAVEPOINT proposal');
    }
  };
  const found = await findObjects({ undone: work => within(() => work(link), false) }, missing);
  for (const proposal of missing) {
    const lacks = lacking(proposal, found);
    if (lacks === undefined) continue;
    try {
      await within(() => makeObjects({ link, names, now: () => 0, starting: () => undefined }, lacks), true);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      refused.set(proposal.id, names.cleanText(error.message));
    }
  }
  await link.query('COMMIT');
  return { refused, found, inPlace: new Map([...known, ...inPlaceAmong(missing, found)]) };
}

// Sizes of proposals that were never built: rows and groups as the planner estimates them in the lens, entries as wide as
// the statistics say. Runs in the lens itself, after its tables have their length.

const PAGE_BYTES = BLOCK_BYTES - 24;
/** 16 TB. Larger estimates are cut, as their files would never end. */
const MOST_PAGES = 2 ** 31 - 1;
/** pg_class.reltuples has single precision. */
const MOST_ROWS = 1e15;
/** Tuple header with null bitmap, and line pointer. */
const ROW_BYTES = 24 + 4;

/** Counts from the document. */
export interface Counts {
  readonly keys: KeyCounter;
  /** Upper bound for a view's groups; undefined unless all its keys are columns. */
  readonly groups: (definition: string, columns: readonly string[]) => number | undefined;
  /** Name of a partial index → its share of the table's rows. */
  readonly shares: ReadonlyMap<string, number>;
}

interface Links {
  /** The reading role, as the planner may run the document's functions. */
  readonly reader: Link;
  /** Only for the catalog. */
  readonly superuser: Link;
}

/**
 * Sizes views first, then indexes, which may be on the views.
 * @returns Remarks about sizes that are only guesses.
 */
export async function sizeProposed(
  { reader: link, superuser }: Links,
  made: readonly Stored[],
  { keys, groups, shares }: Counts,
  ends: Ends,
  extend: (relations: readonly Relation[]) => void,
): Promise<readonly Omission[]> {
  const hidden: Omission[] = [];
  const indexes = made.filter(({ kind }) => kind === 'i');
  const valid = (yes: boolean) =>
    superuser.query(`UPDATE pg_index SET indisvalid = ${yes} WHERE indexrelid = ANY ($1::oid[])`, [
      indexes.map(({ oid }) => oid),
    ]);
  // Otherwise the planner would read their height, and pages would be in shared buffers while their file changes.
  await valid(false);
  for (const view of made.filter(({ kind }) => kind === 'm')) {
    const [row] = await superuser.query(
      `SELECT pg_get_viewdef($1::oid) AS definition,
         (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0) AS columns`,
      [view.oid],
    );
    const definition = String(row?.definition).replace(/;\s*$/, '');
    const plan = await explained(link, definition);
    // The planner assumes independent columns.
    const most = groups(definition, (row?.columns ?? []) as readonly string[]) ?? Number.POSITIVE_INFINITY;
    const rows = Math.round(Math.min(plan.rows, most));
    const bytes = rows * (ROW_BYTES + aligned(Math.max(0, plan.width)));
    const pages = Math.min(MOST_PAGES, Math.ceil(bytes / PAGE_BYTES));
    await setSize(superuser, view.oid, rows, pages);
    extend([relationOf(view, { pages }, 0, ends)]);
    hidden.push({
      what: view.name,
      why: 'it was never filled: its rows are the planner’s estimate, and its columns have no statistics',
    });
  }
  for (const one of indexes) {
    const [index] = await superuser.query(INDEX, [one.oid]);
    if (index === undefined) continue;
    const where = index.predicate === null ? '' : ` WHERE ${String(index.predicate)}`;
    const share = shares.get(one.name);
    const read = await explained(
      link,
      `SELECT 1 FROM ${String(index.on_table)}${share === undefined ? where : ''}`,
    );
    const rows = Math.round(read.rows * (share ?? 1));
    const pages = Math.min(MOST_PAGES, await pagesFor(link, keys, one.method, index, rows, where));
    await setSize(superuser, one.oid, rows, pages);
    extend([relationOf(one, { pages }, Number(index.table_pages), ends)]);
    if (one.method !== 'btree')
      hidden.push({
        what: one.name,
        why: `the size of a ${one.method} index is a guess until one is built`,
      });
  }
  await valid(true);
  return hidden;
}

async function pagesFor(
  link: Link,
  keyCounter: KeyCounter,
  method: string | undefined,
  index: Row,
  rows: number,
  where: string,
): Promise<number> {
  const bytes = entryBytes(index.widths as readonly (readonly [number, number])[]);
  if (method === 'brin') return Math.ceil(Number(index.table_pages) / 128 / 200) + 2;
  if (method !== 'btree') return Math.ceil((rows * (aligned(8 + bytes) + 4)) / (PAGE_BYTES * 0.75)) + 1;
  const table = plainName({ schema: String(index.schema), name: String(index.table) });
  const numbers = (index.columns as readonly number[]).map(Number);
  // Expressions and columns without statistics: the planner's estimate.
  const keys =
    keyCounter(table, numbers, rows) ??
    (
      await explained(
        link,
        `SELECT 1 FROM ${String(index.on_table)}${where} GROUP BY ${(index.keys as readonly string[]).join(', ')}`,
      )
    ).rows;
  const deduplicates = index.deduplicates === true;
  const fillFactor = Number(/\bfillfactor=(\d+)/.exec(String(index.options ?? ''))?.[1] ?? 90);
  return btreePagesFor({ rows, keys, bytes, deduplicates, fillFactor });
}

async function explained(
  link: Link,
  sql: string,
): Promise<{ readonly rows: number; readonly width: number }> {
  const [answer] = await link.query(`EXPLAIN (FORMAT JSON, COSTS ON) ${sql}`);
  const [document] = (answer?.['QUERY PLAN'] ?? []) as readonly { readonly Plan?: Record<string, unknown> }[];
  return {
    rows: Math.min(MOST_ROWS, Number(document?.Plan?.['Plan Rows'] ?? 0)),
    width: Number(document?.Plan?.['Plan Width'] ?? 8),
  };
}

async function setSize(link: Link, oid: string, rows: number, pages: number): Promise<void> {
  await link.query(
    `UPDATE pg_class SET reltuples = ${rows}, relpages = ${pages},
       relallvisible = CASE WHEN relkind = 'm' THEN ${pages} ELSE 0 END WHERE oid = ${literal(oid)}::oid`,
  );
}

/** Facts about an index. `plain` types have equal bytes for equal values, so their entries are deduplicated. */
const INDEX = `
  SELECT c.reloptions::text AS options,
    i.indrelid::regclass::text AS on_table, n.nspname AS schema, t.relname AS "table",
    (i.indkey::int2[])[0:i.indnkeyatts - 1] AS columns, pg_get_expr(i.indpred, i.indrelid) AS predicate,
    pg_relation_size(i.indrelid) / 8192 AS table_pages,
    columns.widths, columns.keys,
    NOT i.indisunique AND i.indnatts = i.indnkeyatts AND columns.plain AS deduplicates
  FROM pg_class c
  JOIN pg_index i ON i.indexrelid = c.oid
  JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
  CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array(width, align) ORDER BY k) AS widths,
           array_agg(definition ORDER BY k) FILTER (WHERE k <= i.indnkeyatts) AS keys, bool_and(plain) AS plain
    FROM (
      SELECT k, pg_get_indexdef(c.oid, k, true) AS definition,
        coalesce(s.stawidth + CASE WHEN a.attlen < 0 THEN ${CUT_WIDTH} ELSE 0 END, CASE WHEN a.attlen > 0 THEN a.attlen ELSE 16 END) AS width,
        -- Short values of variable length begin anywhere.
        CASE WHEN a.attlen < 0 THEN 1 WHEN a.attalign = 'd' THEN 8 WHEN a.attalign = 'i' THEN 4
             WHEN a.attalign = 's' THEN 2 ELSE 1 END AS align,
        a.atttypid NOT IN ('numeric'::regtype, 'float4'::regtype, 'float8'::regtype, 'jsonb'::regtype) AS plain
      FROM generate_series(1, i.indnatts) AS k
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k
      LEFT JOIN LATERAL (
        SELECT max(stawidth) AS stawidth FROM pg_statistic
        WHERE starelid = i.indrelid AND staattnum = i.indkey[k - 1] AND i.indkey[k - 1] <> 0
      ) s ON true
    ) parts
  ) columns
  WHERE c.oid = $1`;
