/**
 * The statements that compare two answers inside the database. What they return is read in compareAnswers.ts. Both texts are
 * the user's and see the user's search_path, and so does what stands around them: it qualifies every name.
 */

/** More differing rows than this are counted, but not fetched to find out why they differ. */
export const FETCHED_ROWS = 20_000;

/** Names that hide no table: the rewrite's text sees them, as it stands behind the query's in the same WITH. */
const ORIGINAL = '"pgopt~original"';
const REWRITTEN = '"pgopt~rewritten"';
const ONLY_ORIGINAL = '"pgopt~only_original"';
const ONLY_REWRITTEN = '"pgopt~only_rewritten"';

/** Both answers are computed once, in their own order, and kept. */
function both(original: string, rewrite: string, columns?: number): string {
  const names =
    columns === undefined ? '' : ` (${Array.from({ length: columns }, (_, at) => `c${at}`).join(', ')})`;
  return `WITH ${ORIGINAL}${names} AS MATERIALIZED (\n${original}\n), ${REWRITTEN}${names} AS MATERIALIZED (\n${rewrite}\n)`;
}

/** A row as [[column, value as text] …]: columns may have the same name, and numbers more digits than a double. */
const cells = (row: string): string =>
  `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(e.key, e.value)) FROM pg_catalog.json_each_text(pg_catalog.row_to_json(${row})) e)`;

const countOf = (from: string): string => `(SELECT pg_catalog.count(*) FROM ${from})`;

/** IS DISTINCT FROM would look for an equals sign on the path; this takes each column's type at its word, and NULLs as equal. */
const differ = (one: string, other: string): string => `NOT pg_catalog.record_eq(${one}, ${other})`;

/**
 * Counts, and the rows that only one of them has, as often as it has them more often.
 * @param asText For types that have no equality.
 */
export function differenceSql(original: string, rewrite: string, asText: boolean): string {
  const rows = (from: string) =>
    asText ? `SELECT r::pg_catalog.text AS "row" FROM ${from} r` : `SELECT * FROM ${from}`;
  const only = (one: string, other: string) => `(${rows(one)} EXCEPT ALL ${rows(other)})`;
  const fetched = (from: string) =>
    `(SELECT pg_catalog.json_agg(${cells('f')}) FROM (SELECT * FROM ${from} LIMIT ${FETCHED_ROWS}) f)`;
  return `${both(original, rewrite)},
  ${ONLY_ORIGINAL} AS MATERIALIZED ${only(ORIGINAL, REWRITTEN)},
  ${ONLY_REWRITTEN} AS MATERIALIZED ${only(REWRITTEN, ORIGINAL)}
SELECT ${countOf(ORIGINAL)} AS original, ${countOf(REWRITTEN)} AS rewritten,
       ${countOf(ONLY_ORIGINAL)} AS only_original, ${countOf(ONLY_REWRITTEN)} AS only_rewritten,
       coalesce((SELECT ${cells('f')} FROM (SELECT * FROM ${ORIGINAL} LIMIT 1) f),
                (SELECT ${cells('f')} FROM (SELECT * FROM ${REWRITTEN} LIMIT 1) f)) AS first,
       ${fetched(ONLY_ORIGINAL)} AS original_rows, ${fetched(ONLY_REWRITTEN)} AS rewritten_rows`;
}

/**
 * How many places have another sort key, and the first of them. Rows with equal keys may come in any order, so only the
 * keys are held side by side.
 * @param columns How many both have. @param keys Positions of the sort keys, from 0.
 */
export function orderSql(
  original: string,
  rewrite: string,
  columns: number,
  keys: readonly number[],
): string {
  // A column may be a sort key twice.
  const own = [...new Set(keys)];
  const list = own.map(key => `c${key}`).join(', ');
  const row = (of: string) => `ROW(${own.map(key => `${of}.c${key}`).join(', ')})`;
  return `${both(original, rewrite, columns)}
SELECT pg_catalog.count(*) AS places, pg_catalog.min(coalesce(o.n, r.n)) AS first
FROM (SELECT pg_catalog.row_number() OVER () AS n, ${list} FROM ${ORIGINAL}) o
FULL JOIN (SELECT pg_catalog.row_number() OVER () AS n, ${list} FROM ${REWRITTEN}) r ON o.n OPERATOR(pg_catalog.=) r.n
WHERE ${differ(row('o'), row('r'))}`;
}

/**
 * Of the rows that only one has, those that the other would not have without its LIMIT either, or that are not equal in
 * sort key to the last row that it lets through.
 * @param unlimited The same two without LIMIT.
 */
export function edgeSql(
  original: string,
  rewrite: string,
  unlimited: { readonly original: string; readonly rewrite: string },
  columns: number,
  keys: readonly number[],
): string {
  const row = (of: string) => `ROW(${keys.map(key => `${of}.c${key}`).join(', ')})`;
  const notAtEdge = (rows: string, answer: string) =>
    `(SELECT pg_catalog.count(*) FROM ${rows} d
      WHERE coalesce(${differ(row('d'), `(SELECT ${row('l')} FROM ${answer} l OFFSET greatest(${countOf(answer)} OPERATOR(pg_catalog.-) 1, 0) LIMIT 1)`)}, true))`;
  const foreign = (rows: string, all: string) =>
    countOf(`(SELECT * FROM ${rows} EXCEPT ALL SELECT * FROM (\n${all}\n) u) f`);
  return `${both(original, rewrite, columns)},
  ${ONLY_ORIGINAL} AS MATERIALIZED (SELECT * FROM ${ORIGINAL} EXCEPT ALL SELECT * FROM ${REWRITTEN}),
  ${ONLY_REWRITTEN} AS MATERIALIZED (SELECT * FROM ${REWRITTEN} EXCEPT ALL SELECT * FROM ${ORIGINAL})
SELECT ${[
    foreign(ONLY_REWRITTEN, unlimited.original),
    foreign(ONLY_ORIGINAL, unlimited.rewrite),
    notAtEdge(ONLY_ORIGINAL, ORIGINAL),
    notAtEdge(ONLY_REWRITTEN, REWRITTEN),
  ].join('\n OPERATOR(pg_catalog.+) ')} AS real`;
}
