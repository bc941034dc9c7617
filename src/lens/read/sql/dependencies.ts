import { notOfExtension } from './parts.ts';

/** pg_depend names 16384 is the first object of the users. */
const FIRST_OF_USERS = 16384;

/** Catalogs of things that something in a lens may need, with the letter of their keys. */
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
 * What needs what, as keys: `r:` a relation and `a:relation.number` one of its columns, `d:` the query of a materialized
 * view, `f:` a function, `t:` a type, `c:` a constraint, `s:` extended statistics. An array is its elements' type, a
 * multirange its range, a row type its table; what an extension brings counts as there.
 */
export const dependencies = (major: number): string => `
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
