/** The keys of an index with the properties that the planner considers, from PostgreSQL's catalog. */
import { literal } from '../base/sql.ts';
import { asUser, type UserText } from '../database/guard.ts';
import type { Row } from '../database/link.ts';
import { columnsIn, peeled } from '../workload/conditions.ts';

export interface Key {
  /** A column or an expression, as pg_get_indexdef prints it. */
  readonly text: string;
  /** As a person would write it. */
  readonly shown: string;
  readonly columns: readonly string[];
  /** With its schema. */
  readonly operatorClass: string;
  readonly collation: string | null;
  readonly columnCollation: string | null;
  /** DESC, NULLS FIRST. */
  readonly order: string;
  readonly operators: readonly string[];
  /** Operator classes of the same type, of any access method. */
  readonly others: readonly { readonly method: string; readonly name: string; readonly shown: string }[];
}

export interface Shape {
  readonly method: string;
  readonly keys: readonly Key[];
  readonly predicate: string | null;
  readonly shownPredicate: string;
}

export const collated = (collation: string): string =>
  plain(collation) === 'default' ? "the database's collation" : `the collation ${plain(collation)}`;

/** Without the schema and the quotes that a person would leave out. */
export const plain = (name: string): string =>
  name.replace(/^(?:"(?:[^"]|"")*"|[^."]*)\./, '').replaceAll('"', '');

const named = (schema: string, name: string) =>
  `pg_catalog.quote_ident(${schema}) || '.' || pg_catalog.quote_ident(${name})`;

const collation = (oid: string) =>
  `(SELECT ${named('n.nspname', 'l.collname')} FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace WHERE l.oid = ${oid})`;

/** Runs in the program's own scope, so that names have their schemas. @param copy The table, which has one index. */
export const describing = (copy: string): string => `
  SELECT m.amname AS method, pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
         (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
             'text', pg_catalog.pg_get_indexdef(i.indexrelid, k, false),
             'operatorClass', ${named('s.nspname', 'c.opcname')},
             'collation', ${collation('i.indcollation[k - 1]')},
             'columnCollation', (SELECT ${collation('a.attcollation')} FROM pg_catalog.pg_attribute a
                                 WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1]),
             'order', CASE WHEN m.amname = 'btree' THEN
                 CASE i.indoption[k - 1] WHEN 1 THEN ' DESC NULLS LAST' WHEN 2 THEN ' NULLS FIRST' WHEN 3 THEN ' DESC' ELSE '' END
               ELSE '' END,
             'operators', (SELECT pg_catalog.jsonb_agg(DISTINCT o.oprname) FROM pg_catalog.pg_amop p
                           JOIN pg_catalog.pg_operator o ON o.oid = p.amopopr WHERE p.amopfamily = c.opcfamily),
             'others', (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                            'method', m2.amname, 'name', ${named('s2.nspname', 'c2.opcname')}, 'shown', c2.opcname)
                          ORDER BY m2.oid <> m.oid, m2.amname = 'brin', m2.amname, c2.opcname)
                        FROM pg_catalog.pg_opclass c2 JOIN pg_catalog.pg_am m2 ON m2.oid = c2.opcmethod
                        JOIN pg_catalog.pg_namespace s2 ON s2.oid = c2.opcnamespace
                        WHERE c2.oid <> c.oid AND c2.opcintype = c.opcintype)) ORDER BY k)
          FROM pg_catalog.generate_series(1, i.indnkeyatts::int) k
          JOIN pg_catalog.pg_opclass c ON c.oid = i.indclass[k - 1]
          JOIN pg_catalog.pg_namespace s ON s.oid = c.opcnamespace) AS keys
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class r ON r.oid = i.indexrelid
  JOIN pg_catalog.pg_am m ON m.oid = r.relam
  WHERE i.indrelid = ${literal(copy)}::pg_catalog.regclass`;

/** Names as the user's search_path shows them. Safe under any path. */
export const showing = (copy: string): UserText =>
  asUser(`SELECT pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) AS predicate,
      ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, k, true) FROM pg_catalog.generate_series(1, i.indnkeyatts::pg_catalog.int4) AS k) AS keys
    FROM pg_catalog.pg_index AS i
    WHERE i.indrelid OPERATOR(pg_catalog.=) ${literal(copy)}::pg_catalog.regclass::pg_catalog.oid`);

export function shapeOf(row: Row | undefined, shown: Row | undefined): Shape {
  const keys = (row?.keys ?? []) as readonly (Omit<Key, 'columns' | 'shown'> & {
    readonly others: Key['others'] | null;
  })[];
  const shownKeys = (shown?.keys ?? []) as readonly string[];
  return {
    method: String(row?.method),
    predicate: typeof row?.predicate === 'string' ? row.predicate : null,
    shownPredicate: String(shown?.predicate),
    keys: keys.map((key, position) => ({
      ...key,
      shown: peeled(shownKeys[position] ?? key.text),
      operators: key.operators ?? [],
      others: key.others ?? [],
      columns: columnsIn(key.text),
    })),
  };
}
