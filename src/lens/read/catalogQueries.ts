/**
 * The statements that read a lens. They have no parameters, so that any connection can send them, and they run with
 * search_path = pg_catalog, except the first ones.
 */
import { asUser } from '../../database/guard.ts';
import { OF_USERS } from '../../database/parts.ts';
import { STORING } from '../../session/engines/engines.ts';
import { LENS_SETTINGS } from '../settings.ts';

/**
 * CTE `locked`: relations that another session has locked in ACCESS EXCLUSIVE mode, or waits for. Functions that print
 * definitions and sizes would wait for them.
 */
const LOCKED = `locked AS MATERIALIZED (
  SELECT DISTINCT l.relation AS oid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
  WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND d.datname = current_database()
    AND l.pid IS DISTINCT FROM pg_backend_pid())`;

/** Condition: `object` of `catalog` does not belong to an extension. */
const notOfExtension = (catalog: string, object: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalog}'::regclass AND e.objid = ${object} AND e.deptype = 'e')`;

/** Condition: another session has locked a relation that view `view` reads, or the view itself. */
const readsLocked = (view: string): string =>
  `EXISTS (SELECT FROM pg_rewrite w
     JOIN pg_depend x ON x.classid = 'pg_rewrite'::regclass AND x.objid = w.oid AND x.refclassid = 'pg_class'::regclass
     JOIN locked ON locked.oid = x.refobjid WHERE w.ev_class = ${view})`;

/** Number of blocks: unsigned in a signed column, and -1 for an analyzed partitioned table. */
const blocks = (column: string): string =>
  `CASE WHEN c.relkind IN ('p', 'I') THEN 0 ELSE ${column}::bigint & 4294967295 END::float8`;

/** Actual blocks of the main fork; NULL if the query would wait, or if the relation is gone. */
const realBlocks = (isLocked: string): string =>
  `CASE WHEN c.relkind IN ('p', 'I') THEN 0 WHEN NOT ${isLocked}
     THEN pg_relation_size(c.oid) / current_setting('block_size')::int END::float8`;

/** ICU tailoring rules (16). */
const HAS_RULES = `to_jsonb(o) ->> 'collicurules' IS NOT NULL`;

/** User-defined collations. The column of the locale was renamed twice. */
const COLLATIONS = `
  SELECT o.oid::text AS id, n.nspname AS schema, o.collname AS name,
         CASE o.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider,
         coalesce(to_jsonb(o) ->> 'colllocale', to_jsonb(o) ->> 'colliculocale', o.collcollate) AS locale,
         o.collisdeterministic AS deterministic
  FROM pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace
  WHERE NOT (${HAS_RULES}) AND ${OF_USERS} AND ${notOfExtension('pg_collation', 'o.oid')}
  ORDER BY n.nspname, o.collname`;

/** Callable in a query: no procedures, no trigger functions. */
const CALLABLE = `p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) AND p.prokind <> 'p'`;

/** The definition is NULL if its parsed body reads a table that another session has locked. */
const FUNCTIONS = `
  WITH ${LOCKED}
  SELECT p.oid::text AS id, n.nspname AS schema, p.proname AS name,
         CASE WHEN NOT EXISTS (
           SELECT FROM pg_depend x JOIN locked ON locked.oid = x.refobjid
           WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND x.refclassid = 'pg_class'::regclass)
         THEN pg_get_functiondef(p.oid) END AS definition
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
  WHERE l.lanname IN ('sql', 'plpgsql') AND p.prokind = 'f' AND ${CALLABLE}
    AND ${OF_USERS} AND ${notOfExtension('pg_proc', 'p.oid')}
  ORDER BY n.nspname, p.proname, p.oid`;

/** FirstNormalObjectId */
const FIRST_OF_USERS = 16384;

/** Catalogs of objects that others may need → letter of their keys. */
const NEEDED: Readonly<Record<string, string>> = {
  pg_proc: 'f',
  pg_operator: 'o',
  pg_opclass: 'p',
  pg_opfamily: 'y',
  pg_collation: 'l',
  pg_ts_config: 'x',
  pg_ts_dict: 'w',
};

/**
 * Dependencies as keys: `r:` a relation and `a:relation.number` one of its columns, `d:` the query of a materialized view,
 * `f:` a function, `t:` a type, `c:` a constraint, `s:` extended statistics. An array counts as its element type, a
 * multirange as its range, a row type as its table. Objects of extensions are left out: they exist.
 */
const dependencies = (major: number): string => `
  SELECT DISTINCT
    CASE d.classid
      WHEN 'pg_rewrite'::regclass THEN CASE WHEN v.relkind = 'm' THEN 'd:' ELSE 'r:' END || w.ev_class
      WHEN 'pg_attrdef'::regclass THEN 'a:' || g.adrelid || '.' || g.adnum
      WHEN 'pg_class'::regclass THEN CASE WHEN c.relkind = 'c' THEN 't:' || c.reltype
        WHEN d.objsubid > 0 THEN 'a:' || d.objid || '.' || d.objsubid ELSE 'r:' || d.objid END
      WHEN 'pg_proc'::regclass THEN 'f:' || d.objid
      WHEN 'pg_type'::regclass THEN 't:' || d.objid
      WHEN 'pg_constraint'::regclass THEN 'c:' || d.objid
      ELSE 's:' || d.objid END AS "from",
    CASE d.refclassid
      WHEN 'pg_class'::regclass THEN CASE WHEN d.refobjsubid > 0
        THEN 'a:' || d.refobjid || '.' || d.refobjsubid ELSE 'r:' || d.refobjid END
      WHEN 'pg_type'::regclass THEN CASE WHEN row.oid IS NOT NULL THEN 'r:' || row.oid ELSE 't:' || t.oid END
      ${Object.entries(NEEDED)
        .map(([catalog, letter]) => `WHEN '${catalog}'::regclass THEN '${letter}:' || d.refobjid`)
        .join(' ')} END AS "to"
  FROM pg_depend d
  LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
  LEFT JOIN pg_class v ON v.oid = w.ev_class
  LEFT JOIN pg_attrdef g ON d.classid = 'pg_attrdef'::regclass AND g.oid = d.objid
  LEFT JOIN pg_attribute ga ON ga.attrelid = g.adrelid AND ga.attnum = g.adnum
  LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
  LEFT JOIN pg_type named ON d.refclassid = 'pg_type'::regclass AND named.oid = d.refobjid
  ${major >= 14 ? 'LEFT JOIN pg_range m ON m.rngmultitypid = named.oid' : ''}
  LEFT JOIN pg_type t ON t.oid = CASE WHEN named.typcategory = 'A' AND named.typtype = 'b' THEN named.typelem ELSE ${major >= 14 ? 'coalesce(m.rngtypid, named.oid)' : 'named.oid'} END
  LEFT JOIN pg_class row ON row.oid = t.typrelid AND row.relkind <> 'c'
  WHERE d.refobjid >= ${FIRST_OF_USERS} AND d.deptype IN ('n', 'a')
    AND d.classid IN ('pg_rewrite'::regclass, 'pg_attrdef'::regclass, 'pg_class'::regclass, 'pg_proc'::regclass,
      'pg_type'::regclass, 'pg_constraint'::regclass, 'pg_statistic_ext'::regclass)
    AND d.refclassid IN ('pg_class'::regclass, 'pg_type'::regclass, ${Object.keys(NEEDED)
      .map(catalog => `'${catalog}'::regclass`)
      .join(', ')})
    AND (g.oid IS NULL OR ga.attgenerated <> '')
    AND (w.oid IS NULL OR w.ev_type = '1')
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.refclassid AND e.objid = d.refobjid AND e.deptype = 'e')
    AND (t.oid IS NULL OR ${notOfExtension('pg_type', 't.oid')})
  ORDER BY 1, 2`;

/** Without inherited constraints, constraint triggers and NOT NULL. */
const CONSTRAINTS = `
  WITH ${LOCKED}
  SELECT k.oid::text AS id, k.conrelid::text AS "table", k.conname AS name, k.contype AS kind,
         CASE WHEN c.oid NOT IN (SELECT oid FROM locked) THEN pg_get_constraintdef(k.oid) END AS definition
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype IN ('c', 'p', 'u', 'x', 'f') AND k.conparentid = 0 AND k.coninhcount = 0
    AND c.relpersistence <> 't' AND ${OF_USERS}
  ORDER BY k.conrelid, k.contype = 'f', k.contype NOT IN ('p', 'u'), k.conname`;

/** By oid: the planner's list has this order, which decides between equal costs. */
const INDEXES = `
  WITH ${LOCKED}
  SELECT c.oid::text AS id, i.indrelid::text AS "table", n.nspname AS schema, c.relname AS name, m.amname AS method,
         CASE WHEN i.indrelid NOT IN (SELECT oid FROM locked) THEN pg_get_indexdef(c.oid) END AS definition,
         i.indisvalid AND i.indisready AND i.indislive AS valid, c.reltuples::float8 AS rows,
         ${realBlocks('(c.oid IN (SELECT oid FROM locked))')} AS pages, ${blocks('c.relpages')} AS "countedPages",
         k.oid::text AS "constraintId", k.conname AS constraint,
         h.inhparent::text AS parent,
         i.indexprs IS NOT NULL AS expressions,
         CASE WHEN i.indexprs IS NULL THEN to_json(i.indkey::int2[]) END AS columns,
         i.indnkeyatts AS "keyColumns", i.indisunique AS unique,
         has_column_privilege(c.oid, 1::smallint, 'SELECT') AND NOT row_security_active(i.indrelid) AS readable
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_am m ON m.oid = c.relam
  LEFT JOIN pg_inherits h ON h.inhrelid = c.oid
  LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
  WHERE c.relpersistence <> 't' AND ${OF_USERS}
  ORDER BY i.indrelid, c.oid`;

// The first statements, which run with the session's own settings.

/** `exact`: the role may read pg_statistic itself, which decides about later statements. */
const SOURCE = `
  SELECT pg_catalog.current_setting('server_version') AS version,
         pg_catalog.current_setting('server_version_num')::int AS number,
         d.datname AS database, pg_catalog.current_setting('block_size')::int AS "blockBytes",
         pg_catalog.to_char(pg_catalog.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "takenAt",
         pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
         coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale', d.datcollate) AS collation,
         CASE pg_catalog.to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END AS "collationProvider",
         pg_catalog.has_table_privilege('pg_catalog.pg_statistic', 'SELECT')
           AND pg_catalog.has_table_privilege('pg_catalog.pg_statistic_ext_data', 'SELECT') AS exact,
         ${STORING} AS storing
  FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;

const SEARCH_PATH = asUser(`SELECT pg_catalog.to_json(pg_catalog.current_schemas(false)) AS "searchPath"`);

const SETTINGS = `
  SELECT pg_catalog.lower(name) AS name, pg_catalog.current_setting(name) AS value FROM pg_catalog.pg_settings
  WHERE pg_catalog.lower(name) IN (${LENS_SETTINGS.map(name => `'${name}'`).join(', ')}) ORDER BY 1`;

/** Settings for the later statements, so that every server can read the values. */
export const LENS_PREPARATION: readonly string[] = [
  "SET LOCAL datestyle = 'ISO, YMD'",
  "SET LOCAL intervalstyle = 'postgres'",
  "SET LOCAL timezone = 'UTC'",
  "SET LOCAL bytea_output = 'hex'",
  'SET LOCAL extra_float_digits = 1',
  "SET LOCAL lc_monetary = 'C'",
  'SET LOCAL quote_all_identifiers = off',
  'SET LOCAL standard_conforming_strings = on',
];

/** Columns of pg_stats and similar views. Lists of values are array literals, lists of numbers JSON. */
const SLOTS = `
  s.null_frac AS "nullFraction", s.avg_width AS "averageWidth", s.n_distinct AS "distinct",
  s.most_common_vals::text AS "commonValues", to_json(s.most_common_freqs) AS "commonFrequencies",
  s.histogram_bounds::text AS histogram, s.correlation,
  s.most_common_elems::text AS "commonElements", to_json(s.most_common_elem_freqs) AS "elementFrequencies",
  to_json(s.elem_count_histogram) AS "elementCounts"`;

const RANGES = `, s.range_length_histogram::text AS "rangeLengths", s.range_empty_frac AS "rangeEmpty",
  s.range_bounds_histogram::text AS "rangeBounds"`;

/** pg_stats shows what the role may read, and an index's expressions under the index's name. */
const statistics = (major: number): string => `
  SELECT c.oid::text AS relation, a.attnum AS number, s.inherited, ${SLOTS}${major >= 17 ? RANGES : ''}
  FROM pg_stats s
  JOIN pg_namespace n ON n.nspname = s.schemaname
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
  WHERE ${OF_USERS} AND c.relpersistence <> 't'
  ORDER BY c.oid, a.attnum, s.inherited`;

/** Kind 6 is the histogram of lengths, 7 of bounds; pg_stats has them from 17 on. */
const slot = (kind: number, value: (slot: number) => string, row = 's'): string =>
  `CASE ${kind} ${[1, 2, 3, 4, 5].map(n => `WHEN ${row}.stakind${n} THEN ${value(n)}`).join(' ')} END`;

const RANGE_STATISTICS = `
  SELECT s.starelid::text AS relation, s.staattnum AS number, s.stainherit AS inherited,
         ${slot(6, n => `s.stavalues${n}::text`)} AS "rangeLengths", (${slot(6, n => `s.stanumbers${n}`)})[1] AS "rangeEmpty",
         ${slot(7, n => `s.stavalues${n}::text`)} AS "rangeBounds"
  FROM pg_statistic s
  JOIN pg_class c ON c.oid = s.starelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE 6 IN (s.stakind1, s.stakind2, s.stakind3, s.stakind4, s.stakind5)
    AND NOT row_security_active(c.oid) AND ${OF_USERS}`;

const OF_TABLES = `
  FROM pg_statistic_ext e
  JOIN pg_namespace n ON n.oid = e.stxnamespace
  JOIN pg_class c ON c.oid = e.stxrelid`;

/** Before 15 an object has one set of figures: with children for a partitioned table, without for others. */
const inherited = (major: number, from: string): string => (major >= 15 ? from : `c.relkind = 'p'`);

/** `readable` is false if the role may not see the figures. */
const extendedStatistics = (major: number, exact: boolean): string => `
  WITH ${LOCKED}
  SELECT e.oid::text AS id, n.nspname AS schema, e.stxname AS name, e.stxrelid::text AS "table",
         CASE WHEN e.stxrelid NOT IN (SELECT oid FROM locked) THEN pg_get_statisticsobjdef(e.oid) END AS definition,
         ${exact ? `true AS readable, ${inherited(major, 's.stxdinherit')} AS inherited, s.stxdndistinct::text AS "distinct", s.stxddependencies::text AS dependencies, s.stxdmcv IS NOT NULL AS combinations` : `s.statistics_name IS NOT NULL AS readable, ${inherited(major, 's.inherited')} AS inherited, s.n_distinct::text AS "distinct", s.dependencies::text AS dependencies, s.most_common_freqs IS NOT NULL AS combinations`},
         ${major >= 14 ? 'e.stxexprs IS NOT NULL' : 'false'} AS expressions
  ${OF_TABLES}
  LEFT JOIN ${exact ? 'pg_statistic_ext_data s ON s.stxoid = e.oid' : 'pg_stats_ext s ON s.statistics_schemaname = n.nspname AND s.statistics_name = e.stxname'}
  WHERE ${OF_USERS} AND c.relpersistence <> 't'
  ORDER BY n.nspname, e.stxname, 6`;

/** From 14 on. Without `exact` it uses pg_stats_ext_exprs, which prints expressions and may wait for a lock. */
const expressionStatistics = (major: number, exact: boolean): string =>
  exact
    ? `
  SELECT e.oid::text AS id, ${inherited(major, 'd.stxdinherit')} AS inherited, u.number,
         u.stanullfrac AS "nullFraction", u.stawidth AS "averageWidth", u.stadistinct AS "distinct",
         ${valuesOf(1)} AS "commonValues", ${numbersOf(1)} AS "commonFrequencies", ${valuesOf(2)} AS histogram,
         ((${numbersOf(3)}) ->> 0)::float4 AS correlation,
         ${valuesOf(4)} AS "commonElements", ${numbersOf(4)} AS "elementFrequencies", ${numbersOf(5)} AS "elementCounts"
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

const valuesOf = (kind: number): string => slot(kind, n => `u.stavalues${n}::text`, 'u');
const numbersOf = (kind: number): string => slot(kind, n => `to_json(u.stanumbers${n})`, 'u');

/** The planner ignores a partition that is being detached. */
const parents = (major: number): string => `
  SELECT json_agg(i.inhparent::text ORDER BY i.inhseqno) FROM pg_inherits i
  WHERE i.inhrelid = c.oid${major >= 14 ? ' AND NOT i.inhdetachpending' : ''}`;

/** The bound is printed for no relation (0), so nothing is opened. Children come by age, as the planner appends them. */
const tables = (major: number): string => `
  WITH ${LOCKED}
  SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
         ${major < 14 ? 'CASE WHEN c.reltuples = 0 AND c.relpages = 0 THEN -1 ELSE c.reltuples END' : 'c.reltuples'}::float8 AS rows,
         ${realBlocks('locked')} AS pages, ${blocks('c.relpages')} AS "countedPages",
         ${blocks('c.relallvisible')} AS "allVisiblePages",
         CASE WHEN c.reltoastrelid <> 0 AND NOT locked AND c.reltoastrelid NOT IN (SELECT oid FROM locked)
           THEN pg_total_relation_size(c.reltoastrelid) ELSE 0 END::float8 AS "toastBytes",
         to_json(c.reloptions) AS options,
         CASE WHEN c.relkind = 'p' AND NOT locked THEN pg_get_partkeydef(c.oid) END AS "partitionKey",
         pg_get_expr(c.relpartbound, 0) AS "partitionBound",
         (${parents(major)}) AS parents,
         CASE WHEN c.relkind = 'm' AND NOT ${readsLocked('c.oid')} THEN pg_get_viewdef(c.oid) END AS definition,
         locked, m.amname AS method
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT c.oid IN (SELECT oid FROM locked) AS locked) AS held
  CROSS JOIN LATERAL (SELECT CASE WHEN NOT c.relispartition AND EXISTS (
    SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) THEN c.oid END AS age) AS heir
  LEFT JOIN pg_am m ON m.oid = c.relam
  WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
    AND ${OF_USERS} AND ${notOfExtension('pg_class', 'c.oid')}
  ORDER BY c.relkind = 'm', heir.age NULLS FIRST, n.nspname, c.relname`;

/** Without NOT NULL constraints that are not validated (18). */
const NOT_NULL = `a.attnotnull AND NOT EXISTS (
  SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND NOT k.convalidated AND k.conkey = ARRAY[a.attnum])`;

const COLUMNS = `
  WITH ${LOCKED}
  SELECT c.oid::text AS "table", a.attnum AS number, a.attisdropped AS dropped, a.attname AS name,
         CASE WHEN NOT a.attisdropped THEN format_type(a.atttypid, a.atttypmod) END AS type,
         ${NOT_NULL} AS "notNull",
         CASE WHEN a.attcollation <> t.typcollation THEN (
           SELECT quote_ident(cn.nspname) || '.' || quote_ident(l.collname)
           FROM pg_collation l JOIN pg_namespace cn ON cn.oid = l.collnamespace WHERE l.oid = a.attcollation) END AS collation,
         a.attgenerated AS generated,
         CASE WHEN a.attgenerated <> '' AND c.oid NOT IN (SELECT oid FROM locked) THEN pg_get_expr(d.adbin, d.adrelid) END AS expression,
         has_column_privilege(c.oid, a.attnum, 'SELECT') AND NOT row_security_active(c.oid) AS readable
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attnum > 0 AND c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND ${OF_USERS}
  ORDER BY c.oid, a.attnum`;

const EXTENSIONS = `
  SELECT x.extname AS name, n.nspname AS schema, x.extversion AS version
  FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname <> 'plpgsql' ORDER BY x.extname`;

/** Enums, domains, composites, ranges. Ranges with a canonical function are left out, as it needs the range first. */
const TYPES = `
  SELECT t.oid::text AS id, n.nspname AS schema, t.typname AS name, t.typtype AS kind,
         CASE t.typtype WHEN 'e' THEN (
           SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) END AS labels,
         CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base,
         t.typnotnull AS "notNull",
         CASE t.typtype WHEN 'd' THEN (
           SELECT json_agg(json_build_object('id', k.oid::text, 'name', k.conname, 'definition', pg_get_constraintdef(k.oid)) ORDER BY k.conname)
           FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') END AS checks,
         CASE t.typtype WHEN 'c' THEN (
           SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
           FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END AS attributes,
         CASE t.typtype WHEN 'r' THEN format_type(r.rngsubtype, NULL) END AS subtype,
         CASE WHEN r.rngsubdiff::oid BETWEEN 1 AND 16383 THEN r.rngsubdiff::text END AS difference
  FROM pg_type t
  JOIN pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_class c ON c.oid = t.typrelid
  LEFT JOIN pg_range r ON r.rngtypid = t.oid
  WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))
    AND (r.rngcanonical IS NULL OR r.rngcanonical::oid = 0)
    AND ${OF_USERS} AND ${notOfExtension('pg_type', 't.oid')}
  ORDER BY n.nspname, t.typname`;

/** User-defined objects of a catalog whose rows have a name and a schema. */
const named = (kind: string, letter: string, catalog: string, prefix: string, where = 'true'): string => `
  SELECT '${kind}' AS kind, '${letter}:' || o.oid AS key, n.nspname AS schema, o.${prefix}name::text AS name
  FROM ${catalog} o JOIN pg_namespace n ON n.oid = o.${prefix}namespace
  WHERE ${where} AND ${OF_USERS} AND ${notOfExtension(catalog, 'o.oid')}`;

/** Objects that a lens lacks, by kind (schemaObjects.ts explains them). Without a key nothing can need them. */
const UNSUPPORTED = [
  `SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'sequence' END AS kind, 'r:' || c.oid AS key, n.nspname AS schema, c.relname::text AS name
   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('f', 'S') AND ${OF_USERS} AND ${notOfExtension('pg_class', 'c.oid')}`,
  `SELECT 'table of an extension', 'r:' || c.oid, n.nspname, c.relname::text
   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm') AND ${OF_USERS} AND NOT ${notOfExtension('pg_class', 'c.oid')}`,
  `SELECT CASE WHEN p.prokind = 'a' THEN 'aggregate' ELSE 'function' END, 'f:' || p.oid, n.nspname, p.proname || '()'
   FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
   WHERE NOT (l.lanname IN ('sql', 'plpgsql') AND p.prokind = 'f') AND ${CALLABLE} AND ${OF_USERS} AND ${notOfExtension('pg_proc', 'p.oid')}
     AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')`,
  `SELECT 'type', 't:' || t.oid, n.nspname, t.typname::text
   FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_range r ON r.rngtypid = t.oid
   WHERE ((t.typtype = 'b' AND t.typcategory <> 'A') OR r.rngcanonical::oid <> 0) AND ${OF_USERS} AND ${notOfExtension('pg_type', 't.oid')}`,
  named('operator', 'o', 'pg_operator', 'opr'),
  named('operator class', 'p', 'pg_opclass', 'opc'),
  named('operator family', 'y', 'pg_opfamily', 'opf'),
  named('collation', 'l', 'pg_collation', 'coll', HAS_RULES),
  named('text search configuration', 'x', 'pg_ts_config', 'cfg'),
  named('text search dictionary', 'w', 'pg_ts_dict', 'dict'),
  `SELECT DISTINCT 'rule', NULL, n.nspname, c.relname::text
   FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE w.ev_type <> '1' AND ${OF_USERS} AND ${notOfExtension('pg_class', 'c.oid')}`,
  `SELECT 'row security', NULL, n.nspname, c.relname::text
   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relrowsecurity AND ${OF_USERS} AND ${notOfExtension('pg_class', 'c.oid')}`,
]
  .join('\n  UNION ALL ')
  .concat('\n  ORDER BY 1, 3, 4');

const VIEWS = `
  WITH ${LOCKED}
  SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name, to_json(c.reloptions) AS options,
         CASE WHEN NOT ${readsLocked('c.oid')} THEN pg_get_viewdef(c.oid) END AS definition
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'v' AND c.relpersistence <> 't' AND ${OF_USERS} AND ${notOfExtension('pg_class', 'c.oid')}
  ORDER BY n.nspname, c.relname`;

// The statements in the order in which they run.

/** Run first, with the session's own settings. */
export const FIRST_STATEMENTS = { source: SOURCE, path: SEARCH_PATH, settings: SETTINGS } as const;

/** From the answer to `source`. */
export interface Reader {
  /** 13 … 18 */
  readonly major: number;
  /** The role may read pg_statistic itself. */
  readonly exact: boolean;
}

/** Run next, in any order. */
export const lensStatements = ({ major, exact }: Reader) => ({
  extensions: EXTENSIONS,
  collations: COLLATIONS,
  types: TYPES,
  functions: FUNCTIONS,
  tables: tables(major),
  columns: COLUMNS,
  constraints: CONSTRAINTS,
  indexes: INDEXES,
  views: VIEWS,
  statistics: statistics(major),
  ranges: exact && major < 17 ? RANGE_STATISTICS : 'SELECT 1 WHERE false',
  extended: extendedStatistics(major, exact),
  dependencies: dependencies(major),
  unsupported: UNSUPPORTED,
});

/** Run last, in a savepoint: it may wait for a lock, and its answer is optional. */
export const lastStatement = ({ major, exact }: Reader): string | undefined =>
  major >= 14 ? expressionStatistics(major, exact) : undefined;
