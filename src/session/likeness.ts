/**
 * Likeness of a proposed index to existing ones: a copy, a prefix that serves the same conditions, or an index that
 * makes another needless. PostgreSQL itself describes the statement's index, on an empty copy of the table.
 */
import { DatabaseError } from '../base/databaseError.ts';
import { asWritten, identifier, literal } from '../base/sql.ts';
import { asUser } from '../database/guard.ts';
import type { Row } from '../database/link.ts';
import { resolveRelations } from '../database/resolve.ts';
import type { Proposal } from '../workload/workload.ts';
import { copyOf, type FoundObjects, indexOn } from './inPlace.ts';
import type { WorkTransaction } from './transaction.ts';

export interface IndexKeys {
  readonly name: string;
  readonly method: string;
  readonly unique: boolean;
  /** A constraint depends on it. */
  readonly constrained: boolean;
  /** Column or expression, operator class, collation and order of each key. */
  readonly keys: readonly string[];
  readonly includes: readonly string[];
  readonly predicate: string | undefined;
}

/** A condition on pg_index `i` follows. */
const KEYS = `
  SELECT c.relname AS name, m.amname AS method, i.indisunique AS "unique",
         EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = c.oid) AS constrained,
         ARRAY(SELECT pg_catalog.concat_ws(' ', pg_catalog.pg_get_indexdef(c.oid, k, true), i.indclass[k - 1],
                                           i.indcollation[k - 1], i.indoption[k - 1])
               FROM pg_catalog.generate_series(1, i.indnkeyatts::int) k ORDER BY k) AS keys,
         ARRAY(SELECT pg_catalog.pg_get_indexdef(c.oid, k, true)
               FROM pg_catalog.generate_series(i.indnkeyatts + 1, i.indnatts::int) k ORDER BY k) AS includes,
         pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) AS predicate
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_am m ON m.oid = c.relam`;

const on = (table: string): string =>
  `${KEYS} WHERE i.indrelid = ${table}::pg_catalog.regclass AND i.indisvalid ORDER BY 1`;

/**
 * Proposal → its indexes' likeness to existing ones; proposals without any are left out. One round trip an index.
 * @throws DatabaseError only when the connection is lost.
 */
export async function likenesses(
  transaction: Pick<WorkTransaction, 'link' | 'probe'>,
  proposals: readonly Proposal[],
  found: FoundObjects,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const wanted = proposals.flatMap(({ id, statements }) =>
    statements.flatMap(statement => {
      const { kind, on: name, onSchema: schema } = statement;
      if (kind !== 'create-index' || name === undefined || found.has(statement)) return [];
      return [{ id, statement, table: { schema, name } }];
    }),
  );
  const names = wanted.map(({ table }) => table);
  const oids = await resolveRelations(transaction.link, names);
  const notes = new Map<string, string[]>();
  for (const [position, { id, statement, table }] of wanted.entries()) {
    const oid = oids[position];
    if (oid === undefined) continue;
    const copy = copyOf(table.name);
    const answers = await transaction
      .probe([
        asUser(`CREATE TEMPORARY TABLE ${identifier(table.name)} (LIKE ${asWritten(table)})`),
        asUser(await indexOn(copy, statement.sql)),
        on(literal(copy)),
        on(String(oid)),
      ])
      // The build reports the server's refusal.
      .catch((error: unknown) => {
        if (error instanceof DatabaseError) return [];
        throw error;
      });
    const [, , [proposed] = [], existing = []] = answers;
    if (proposed === undefined) continue;
    const said = likeness(keysOf(proposed), existing.map(keysOf));
    if (said.length > 0) notes.set(id, [...(notes.get(id) ?? []), ...said]);
  }
  return notes;
}

const keysOf = (row: Row): IndexKeys => ({
  name: String(row.name),
  method: String(row.method),
  unique: row.unique === true,
  constrained: row.constrained === true,
  keys: row.keys as readonly string[],
  includes: row.includes as readonly string[],
  predicate: row.predicate === null ? undefined : String(row.predicate),
});

/** Clauses about the proposal, without a subject: `the same as orders_by_date, which exists`. Pure. */
export function likeness(proposed: IndexKeys, existing: readonly IndexKeys[]): string[] {
  return existing.flatMap(other => {
    if (other.method !== proposed.method || other.predicate !== proposed.predicate) return [];
    if (isSame(proposed, other)) return [`the same as ${other.name}, which exists`];
    if (proposed.method !== 'btree') return [];
    if (!proposed.unique && isServedBy(proposed, other))
      return [`its keys are the first of ${other.name}, which exists and serves the same conditions`];
    if (!other.unique && !other.constrained && isServedBy(other, proposed))
      return [`makes ${other.name} redundant, whose keys are the first of this index`];
    return [];
  });
}

const isSame = (a: IndexKeys, b: IndexKeys): boolean =>
  a.unique === b.unique && equal(a.keys, b.keys) && equal([...a.includes].sort(), [...b.includes].sort());

/** `other` serves every condition that `one` serves: it begins with the same keys and has at least the same columns. */
function isServedBy(one: IndexKeys, other: IndexKeys): boolean {
  const has = (column: string) =>
    other.includes.includes(column) || other.keys.some(key => key.startsWith(`${column} `));
  return equal(one.keys, other.keys.slice(0, one.keys.length)) && one.includes.every(has);
}

const equal = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, at) => value === b[at]);
