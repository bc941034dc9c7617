import { OF_USERS } from '../../../database/schemas.ts';
import { LOCKED } from './parts.ts';

/** Of a view such as pg_stats. Lists of values are literals of array types; lists of numbers are JSON. */
const SLOTS = `
  s.null_frac AS "nullFraction", s.avg_width AS "averageWidth", s.n_distinct AS "distinct",
  s.most_common_vals::text AS "commonValues", to_json(s.most_common_freqs) AS "commonFrequencies",
  s.histogram_bounds::text AS histogram, s.correlation,
  s.most_common_elems::text AS "commonElements", to_json(s.most_common_elem_freqs) AS "elementFrequencies",
  to_json(s.elem_count_histogram) AS "elementCounts"`;

const RANGES = `, s.range_length_histogram::text AS "rangeLengths", s.range_empty_frac AS "rangeEmpty",
  s.range_bounds_histogram::text AS "rangeBounds"`;

/** pg_stats shows what the role may read; the statistics of an index's expressions are there under the index's name. */
export const statistics = (major: number): string => `
  SELECT c.oid::text AS relation, a.attnum AS number, s.inherited, ${SLOTS}${major >= 17 ? RANGES : ''}
  FROM pg_stats s
  JOIN pg_namespace n ON n.nspname = s.schemaname
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
  WHERE ${OF_USERS} AND c.relpersistence <> 't'
  ORDER BY c.oid, a.attnum, s.inherited`;

/** Kind 6 is the histogram of lengths, 7 that of bounds: pg_stats has no columns for them before 17. */
const slot = (kind: number, column: string): string =>
  `CASE ${kind} ${[1, 2, 3, 4, 5].map(n => `WHEN s.stakind${n} THEN s.${column}${n}::text`).join(' ')} END`;

export const RANGE_STATISTICS = `
  SELECT s.starelid::text AS relation, s.staattnum AS number, s.stainherit AS inherited,
         ${slot(6, 'stavalues')} AS "rangeLengths", (${slot(6, 'stanumbers')}::float4[])[1] AS "rangeEmpty",
         ${slot(7, 'stavalues')} AS "rangeBounds"
  FROM pg_statistic s
  JOIN pg_class c ON c.oid = s.starelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE 6 IN (s.stakind1, s.stakind2, s.stakind3, s.stakind4, s.stakind5)
    AND NOT row_security_active(c.oid) AND ${OF_USERS}`;

const OF_TABLES = `
  FROM pg_statistic_ext e
  JOIN pg_namespace n ON n.oid = e.stxnamespace
  JOIN pg_class c ON c.oid = e.stxrelid`;

/** Before 15 there is one set of figures for an object: of a partitioned table with its partitions, of others without. */
const inherited = (major: number, from: string): string =>
  major >= 15 ? `${from}` : `CASE WHEN c.relkind = 'p' THEN true ELSE false END`;

/** `readable` is false where the figures were not shown. */
export const extendedStatistics = (major: number, exact: boolean): string => `
  WITH ${LOCKED}
  SELECT e.oid::text AS id, n.nspname AS schema, e.stxname AS name, e.stxrelid::text AS "table",
         CASE WHEN e.stxrelid NOT IN (SELECT oid FROM locked) THEN pg_get_statisticsobjdef(e.oid) END AS definition,
         ${exact ? `true AS readable, ${inherited(major, 's.stxdinherit')} AS inherited, s.stxdndistinct::text AS "distinct", s.stxddependencies::text AS dependencies, s.stxdmcv IS NOT NULL AS combinations` : `s.statistics_name IS NOT NULL AS readable, ${inherited(major, 's.inherited')} AS inherited, s.n_distinct::text AS "distinct", s.dependencies::text AS dependencies, s.most_common_freqs IS NOT NULL AS combinations`},
         ${major >= 14 ? 'e.stxexprs IS NOT NULL' : 'false'} AS expressions
  ${OF_TABLES}
  LEFT JOIN ${exact ? 'pg_statistic_ext_data s ON s.stxoid = e.oid' : 'pg_stats_ext s ON s.statistics_schemaname = n.nspname AND s.statistics_name = e.stxname'}
  WHERE ${OF_USERS} AND c.relpersistence <> 't'
  ORDER BY n.nspname, e.stxname, 6`;

/** Of 14 and newer, of the catalog's own rows; with pg_stats_ext_exprs, which prints the expressions, it may wait for a lock. */
export const expressionStatistics = (major: number, exact: boolean): string =>
  exact
    ? `
  SELECT e.oid::text AS id, ${inherited(major, 'd.stxdinherit')} AS inherited, u.number,
         u.stanullfrac AS "nullFraction", u.stawidth AS "averageWidth", u.stadistinct AS "distinct",
         ${value(1, 'values')} AS "commonValues", ${numbers(1)} AS "commonFrequencies", ${value(2, 'values')} AS histogram,
         ((${numbers(3)}) ->> 0)::float4 AS correlation,
         ${value(4, 'values')} AS "commonElements", ${numbers(4)} AS "elementFrequencies", ${numbers(5)} AS "elementCounts"
  ${OF_TABLES}
  JOIN pg_statistic_ext_data d ON d.stxoid = e.oid
  CROSS JOIN LATERAL unnest(d.stxdexpr) WITH ORDINALITY AS u (${[
    ...['starelid', 'staattnum', 'stainherit', 'stanullfrac', 'stawidth', 'stadistinct'],
    ...['stakind', 'staop', 'stacoll', 'stanumbers', 'stavalues'].flatMap(name =>
      [1, 2, 3, 4, 5].map(n => `${name}${n}`),
    ),
    'number',
  ].join(', ')})
  WHERE d.stxdexpr IS NOT NULL AND ${OF_USERS} ORDER BY 1, 2, 3`
    : `
  SELECT e.oid::text AS id, ${inherited(major, 's.inherited')} AS inherited, p.number, ${SLOTS}
  ${OF_TABLES}
  CROSS JOIN LATERAL unnest(pg_get_statisticsobjdef_expressions(e.oid)) WITH ORDINALITY AS p (text, number)
  JOIN pg_stats_ext_exprs s ON s.statistics_schemaname = n.nspname AND s.statistics_name = e.stxname AND s.expr = p.text
  WHERE e.stxexprs IS NOT NULL AND ${OF_USERS} ORDER BY 1, 2, 3`;

function value(kind: number, what: 'values'): string {
  return `CASE ${kind} ${[1, 2, 3, 4, 5].map(n => `WHEN u.stakind${n} THEN u.sta${what}${n}::text`).join(' ')} END`;
}

function numbers(kind: number): string {
  return `CASE ${kind} ${[1, 2, 3, 4, 5].map(n => `WHEN u.stakind${n} THEN to_json(u.stanumbers${n})`).join(' ')} END`;
}
