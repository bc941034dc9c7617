/**
 * The catalog's facts about functions: which ones a name may mean, and which objects they, views and types lead to.
 * Reads only; the user's texts are not planned. A node is `f`, `r` or `t` (function, relation, type) and an oid.
 */
import { asUser } from './guard.ts';
import type { Link, Row } from './link.ts';

export type Node = `${'f' | 'r' | 't'}${number}`;

/** A name in a statement, as callsIn() returns it. */
export interface Named {
  readonly kind: 'function' | 'operator' | 'relation' | 'type' | 'attribute' | 'class';
  readonly schema?: string | undefined;
  readonly name: string;
  readonly args?: number;
}

export interface CatalogFunction {
  readonly node: Node;
  readonly schema: string;
  readonly name: string;
  readonly language: string;
  /** Roles other than superusers may write functions in it. */
  readonly trustedLanguage: boolean;
  readonly volatile: boolean;
  readonly aggregate: boolean;
  readonly builtIn: boolean;
  readonly extension: string | undefined;
  /** A body in SQL that is stored as text. */
  readonly body: string | undefined;
  /** The schemas of its own search_path; undefined: the caller's. */
  readonly path: readonly string[] | undefined;
  /** In a procedural language, with EXECUTE in its body. */
  readonly buildsSql: boolean;
  /** The planner may inline a call of it in FROM. */
  readonly inlinedInFrom: boolean;
}

export interface Edge {
  readonly from: Node;
  readonly to: Node;
  /**
   * `planning`: run at most on constants while a statement on the relation is planned, or by ANALYZE (indexes,
   * constraints, statistics). `policy`: only if the relation's rows are read. `cast`: if a value of one of its columns
   * is coerced. `write`: if a row is written. `writing`: while a statement that writes is planned. `default`: if a row
   * takes the default of `column`.
   */
  readonly when: 'run' | 'planning' | 'policy' | 'cast' | 'write' | 'writing' | 'default';
  readonly column?: DefaultedColumn;
}

export interface DefaultedColumn {
  readonly name: string;
  /** Position among its table's columns, from 1. */
  readonly position: number;
}

/** The schemas in which an unqualified name is looked up, in order. */
export const SCHEMAS_ON_PATH = asUser('SELECT pg_catalog.current_schemas(true)::pg_catalog.text[] AS path');

export const schemasOf = ([row]: readonly Row[]): readonly string[] =>
  (row?.path as readonly string[] | undefined) ?? [];

/** Functions that a user-defined operator class runs. Those in C belong to the index, and are often VOLATILE by omission. */
const CLASS_FUNCTIONS = `SELECT o.oid, o.opcname AS name, o.opcnamespace AS schema, s.amproc::oid AS function FROM pg_catalog.pg_opclass o
  JOIN pg_catalog.pg_amproc s ON s.amprocfamily = o.opcfamily JOIN pg_catalog.pg_proc p ON p.oid = s.amproc
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')`;

const RESOLVE = `
  WITH named AS (
    SELECT (one.value->>'at')::int AS at, one.value->>'kind' AS kind, one.value->>'schema' AS schema,
           (one.value->>'name')::name AS name, (one.value->>'args')::int AS args
    FROM pg_catalog.jsonb_array_elements($1::jsonb) one
  ), schemas AS (
    SELECT oid, nspname::text AS name, nspname::text = ANY ($2::text[]) AS "onPath" FROM pg_catalog.pg_namespace
  )
  SELECT w.at, 'f' || p.oid AS node FROM named w JOIN pg_catalog.pg_proc p ON p.proname = w.name JOIN schemas s ON s.oid = p.pronamespace
  WHERE w.kind = 'function' AND CASE WHEN w.schema IS NULL THEN s."onPath" ELSE s.name = w.schema END
    AND w.args >= p.pronargs - p.pronargdefaults - (p.provariadic <> 0)::int AND (w.args <= p.pronargs OR p.provariadic <> 0)
  UNION ALL
  SELECT w.at, 'f' || o.oprcode::oid FROM named w JOIN pg_catalog.pg_operator o ON o.oprname = w.name JOIN schemas s ON s.oid = o.oprnamespace
  WHERE w.kind = 'operator' AND o.oid >= 16384 AND CASE WHEN w.schema IS NULL THEN s."onPath" ELSE s.name = w.schema END
  UNION ALL
  SELECT w.at, 'r' || c.oid FROM named w JOIN pg_catalog.pg_class c ON c.relname = w.name JOIN schemas s ON s.oid = c.relnamespace
  WHERE w.kind = 'relation' AND CASE WHEN w.schema IS NULL THEN s."onPath" ELSE s.name = w.schema END
  UNION ALL
  SELECT w.at, 't' || t.oid FROM named w JOIN pg_catalog.pg_type t ON t.typname = w.name JOIN schemas s ON s.oid = t.typnamespace
  WHERE w.kind = 'type' AND t.oid >= 16384 AND CASE WHEN w.schema IS NULL THEN s."onPath" ELSE s.name = w.schema END
  UNION ALL
  SELECT w.at, 'f' || o.function FROM named w JOIN (${CLASS_FUNCTIONS}) o ON o.name = w.name JOIN schemas s ON s.oid = o.schema
  WHERE w.kind = 'class' AND CASE WHEN w.schema IS NULL THEN s."onPath" ELSE s.name = w.schema END
  UNION ALL
  SELECT w.at, 'f' || p.oid FROM named w JOIN pg_catalog.pg_proc p ON p.proname = w.name JOIN schemas s ON s.oid = p.pronamespace
  JOIN pg_catalog.pg_type t ON t.oid = p.proargtypes[0]
  WHERE w.kind = 'attribute' AND s."onPath" AND p.oid >= 16384 AND p.pronargs - p.pronargdefaults <= 1 AND t.typtype IN ('c', 'p')`;

/** Names → the nodes that each may mean, by position in `names`; for overloads all that accept as many arguments. */
export async function resolveNames(
  link: Pick<Link, 'query'>,
  names: readonly Named[],
  path: readonly string[],
): Promise<ReadonlyMap<number, readonly Node[]>> {
  const found = new Map<number, Node[]>();
  if (names.length === 0) return found;
  const list = names.map(({ kind, schema, name, args }, at) => ({ at, kind, schema, name, args }));
  for (const { at, node } of await link.query(RESOLVE, [JSON.stringify(list), path]))
    found.set(Number(at), [...(found.get(Number(at)) ?? []), node as Node]);
  return found;
}

const IN_FROM = `l.lanname = 'sql' AND p.proretset AND p.provolatile <> 'v' AND NOT p.proisstrict AND NOT p.prosecdef AND p.proconfig IS NULL`;

const FACTS = `
  SELECT 'f' || p.oid AS node, n.nspname::text AS schema, p.proname::text AS name, l.lanname::text AS language,
    l.lanpltrusted OR l.lanname IN ('internal', 'c') AS "trustedLanguage", p.provolatile = 'v' AS volatile, p.prokind = 'a' AS aggregate,
    p.oid < 16384 OR n.nspname = 'pg_catalog' AS "builtIn", e.extname::text AS extension,
    CASE WHEN l.lanname = 'sql' AND pg_catalog.to_jsonb(p)->>'prosqlbody' IS NULL THEN p.prosrc END AS body,
    ARRAY(SELECT pg_catalog.substr(one, 13) FROM pg_catalog.unnest(p.proconfig) one WHERE pg_catalog.left(one, 12) = 'search_path=') AS path,
    l.lanname NOT IN ('internal', 'c', 'sql') AND p.prosrc ~* '(^|[^a-z_])execute([^a-z_]|$)' AS "buildsSql", ${IN_FROM} AS "inlinedInFrom"
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'
  LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
  WHERE p.oid = ANY ($1::oid[])`;

export async function functionFacts(
  link: Pick<Link, 'query'>,
  nodes: readonly Node[],
): Promise<readonly CatalogFunction[]> {
  const oids = oidsOf('f', nodes);
  if (oids.length === 0) return [];
  const rows = await link.query(FACTS, [oids]);
  return rows.map(row => {
    const [path] = row.path as readonly string[];
    return {
      ...(row as unknown as CatalogFunction),
      extension: (row.extension as string | null) ?? undefined,
      body: (row.body as string | null) ?? undefined,
      path: path === undefined ? undefined : ['pg_catalog', ...schemasIn(path)],
    };
  });
}

/** A search_path as the server prints it: names between commas, quoted where necessary. */
function schemasIn(path: string): string[] {
  const parts = path.match(/"(?:[^"]|"")*"|[^\s,"]+/g) ?? [];
  return parts.map(part => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part));
}

/**
 * Stored expressions are trees, printed as text with the oids of all that they call. Names in them have their blanks
 * escaped, so they cannot look like these fields. to_jsonb() reads columns that PostgreSQL 13 lacks.
 */
const EDGES = `
  WITH f AS (SELECT p.*, l.lanname, pg_catalog.to_jsonb(p)->>'prosqlbody' AS atomic FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE p.oid = ANY ($1::oid[]) AND p.oid >= 16384),
  r AS (SELECT c.* FROM pg_catalog.pg_class c WHERE c.oid = ANY ($2::oid[])),
  t AS (SELECT y.* FROM pg_catalog.pg_type y WHERE y.oid = ANY ($3::oid[]) AND y.oid >= 16384),
  columns AS (
    SELECT a.*, 'r' || r.oid AS source,
      'default ' || pg_catalog.row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum) || ' ' || a.attname AS "byDefault"
    FROM r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  ),
  -- A row written to a partition is checked with the keys of all partitioned tables above it.
  keys AS (SELECT 'r' || r.oid AS source, k.* FROM r, pg_catalog.pg_partition_ancestors(r.oid) above
    JOIN pg_catalog.pg_partitioned_table k ON k.partrelid = above),
  classes AS (
    SELECT 'r' || i.indrelid AS source, 'write' AS "when", one AS oid FROM r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid, pg_catalog.unnest(i.indclass::oid[]) one
    UNION ALL SELECT k.source, 'write', one FROM keys k, pg_catalog.unnest(k.partclass::oid[]) one
    UNION ALL SELECT 't' || t.oid, 'run', o.oid FROM t JOIN pg_catalog.pg_opclass o ON o.opcintype = t.oid AND o.opcdefault
  ),
  trees AS (
    SELECT 'f' || f.oid AS source, 'run' AS "when", pg_catalog.concat_ws(' ', f.proargdefaults::text, f.atomic) AS tree FROM f
    UNION ALL SELECT 'r' || r.oid, 'run', w.ev_action::text FROM r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid WHERE r.relkind = 'v' AND w.ev_type = '1'
    UNION ALL SELECT 'r' || r.oid, 'policy', o.polqual::text FROM r JOIN pg_catalog.pg_policy o ON o.polrelid = r.oid
    -- Further expressions that a statement that writes is planned with.
    UNION ALL SELECT 'r' || r.oid, 'writing', o.polwithcheck::text FROM r JOIN pg_catalog.pg_policy o ON o.polrelid = r.oid
    UNION ALL SELECT c.source, CASE c.attgenerated WHEN '' THEN c."byDefault" ELSE 'writing' END, d.adbin::text
      FROM columns c JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.attrelid AND d.adnum = c.attnum
    UNION ALL SELECT c.source, c."byDefault", y.typdefaultbin::text FROM columns c JOIN pg_catalog.pg_type y ON y.oid = c.atttypid
    UNION ALL SELECT 'r' || r.oid, 'writing', pg_catalog.concat_ws(' ', w.ev_qual::text, w.ev_action::text) FROM r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid WHERE w.ev_type <> '1'
    UNION ALL SELECT 'r' || r.oid, CASE a.attgenerated WHEN 'v' THEN 'run' ELSE 'write' END, d.adbin::text
      FROM r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attgenerated <> ''
      JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    UNION ALL SELECT 'r' || r.oid, 'planning', pg_catalog.concat_ws(' ', i.indexprs::text, i.indpred::text) FROM r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid
    UNION ALL SELECT 'r' || r.oid, 'planning', o.conbin::text FROM r JOIN pg_catalog.pg_constraint o ON o.conrelid = r.oid
    UNION ALL SELECT k.source, 'planning', k.partexprs::text FROM keys k
    UNION ALL SELECT 'r' || r.oid, 'planning', pg_catalog.to_jsonb(x)->>'stxexprs' FROM r JOIN pg_catalog.pg_statistic_ext x ON x.stxrelid = r.oid
    UNION ALL SELECT 't' || t.oid, 'run', o.conbin::text FROM t JOIN pg_catalog.pg_constraint o ON o.contypid = t.oid
  ), fields AS (
    SELECT source, "when", m[1] AS field, m[2]::oid AS oid
    FROM trees, pg_catalog.regexp_matches(tree, ':(funcid|aggfnoid|winfnoid|opno|relid|resulttype) ([0-9]+)', 'g') m
    UNION ALL SELECT source, "when", 'opno', one::oid
    FROM trees, pg_catalog.regexp_matches(tree, ':opnos [(]o ([0-9 ]+)[)]', 'g') m, pg_catalog.unnest(pg_catalog.string_to_array(m[1], ' ')) one
  ), edges AS (
    SELECT source, "when", 'f' AS kind, oid FROM fields WHERE field IN ('funcid', 'aggfnoid', 'winfnoid')
    UNION ALL SELECT source, "when", 'f', o.oprcode::oid FROM fields JOIN pg_catalog.pg_operator o ON o.oid = fields.oid WHERE field = 'opno' AND o.oid >= 16384
    UNION ALL SELECT source, "when", 'r', oid FROM fields WHERE field = 'relid'
    UNION ALL SELECT source, "when", 't', oid FROM fields WHERE field = 'resulttype'
    UNION ALL SELECT c.source, c."byDefault", 'f', 'pg_catalog.nextval(regclass)'::pg_catalog.regprocedure::oid FROM columns c WHERE c.attidentity <> ''
    UNION ALL SELECT 'f' || f.oid, 'run', 'f', one FROM f JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = f.oid, pg_catalog.unnest(ARRAY[a.aggtransfn::oid,
      a.aggfinalfn::oid, a.aggcombinefn::oid, a.aggserialfn::oid, a.aggdeserialfn::oid, a.aggmtransfn::oid, a.aggminvtransfn::oid, a.aggmfinalfn::oid]) one
    UNION ALL SELECT 'f' || f.oid, 'run', 't', one FROM f, pg_catalog.unnest(f.prorettype || f.proargtypes::oid[]) one
    -- An alias of a function in C does the same.
    UNION ALL SELECT 'f' || f.oid, 'run', 'f', b.oid FROM f JOIN pg_catalog.pg_proc b ON b.prolang = f.prolang AND b.prosrc = f.prosrc
      AND b.probin IS NOT DISTINCT FROM f.probin AND b.oid <> f.oid WHERE f.lanname IN ('internal', 'c') AND f.prokind = 'f'
    UNION ALL SELECT 'r' || r.oid, 'planning', 'r', h.inhrelid FROM r JOIN pg_catalog.pg_inherits h ON h.inhparent = r.oid
    UNION ALL SELECT 'r' || r.oid, 'planning', 't', a.atttypid FROM r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0
    UNION ALL SELECT 't' || t.oid, 'run', 't', one FROM t, pg_catalog.unnest(ARRAY[t.typbasetype, t.typelem]) one
    UNION ALL SELECT 't' || t.oid, 'run', 't', a.atttypid FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0 WHERE t.typtype = 'c'
    -- A cast may be applied implicitly.
    UNION ALL SELECT 't' || t.oid, 'run', 'f', k.castfunc FROM t JOIN pg_catalog.pg_cast k ON t.oid IN (k.castsource, k.casttarget)
    UNION ALL SELECT 'r' || r.oid, 'cast', 'f', k.castfunc FROM r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0
      JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
      JOIN pg_catalog.pg_cast k ON k.castsource IN (y.oid, y.typbasetype, y.typelem, r.reltype) WHERE k.castsource >= 16384
    -- A superuser may add a cast between types of PostgreSQL.
    UNION ALL SELECT 'r' || a.attrelid, 'write', 'f', k.castfunc FROM r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0
      JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
      JOIN pg_catalog.pg_cast k ON k.casttarget IN (y.oid, y.typbasetype, y.typelem) AND k.castcontext <> 'e'
      WHERE k.castsource < 16384 AND k.castfunc >= 16384
    UNION ALL SELECT c.source, c."when", 'f', o.function FROM classes c JOIN (${CLASS_FUNCTIONS}) o ON o.oid = c.oid
    -- PostgreSQL 13 has no multiranges.
    UNION ALL SELECT 't' || t.oid, 'run', x.kind, x.oid FROM t
      JOIN pg_catalog.pg_range g ON t.oid IN (g.rngtypid, (pg_catalog.to_jsonb(g)->>'rngmultitypid')::oid),
      LATERAL (VALUES ('f', g.rngsubdiff::oid), ('f', g.rngcanonical::oid), ('t', g.rngsubtype)) x (kind, oid)
  )
  SELECT DISTINCT source AS "from", kind || oid AS "to", "when" FROM edges WHERE oid <> 0 AND (kind <> 't' OR oid >= 16384)`;

/** The edges from these nodes, one step. */
export async function edgesOf(link: Pick<Link, 'query'>, nodes: readonly Node[]): Promise<readonly Edge[]> {
  if (nodes.length === 0) return [];
  const rows = await link.query(EDGES, [oidsOf('f', nodes), oidsOf('r', nodes), oidsOf('t', nodes)]);
  return rows.map(row => {
    const [, position, name] = /^default (\d+) (.*)$/s.exec(String(row.when)) ?? [];
    const edge = row as unknown as Edge;
    return name === undefined
      ? edge
      : { from: edge.from, to: edge.to, when: 'default', column: { name, position: Number(position) } };
  });
}

const oidsOf = (kind: string, nodes: readonly Node[]): string[] =>
  nodes.filter(node => node.startsWith(kind)).map(node => node.slice(1));
