/** What a migration looks at before it begins, and when it is done. Pure. */
import { literal } from '../base/sql.ts';
import { anonymousBlock, comment } from './sqlText.ts';
import type { Made } from './types.ts';

/** Every name with what stands under it now: nothing, or an object's oid and whether it is valid. */
const found = (made: readonly Made[]): string => `
    FROM (VALUES
      ${made.map(row).join(',\n      ')}
    ) AS made (kind, schema, name)
    LEFT JOIN LATERAL (
      SELECT c.oid, coalesce(i.indisvalid, true) AS valid, c.relkind
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
      WHERE made.kind <> 'statistics' AND n.nspname = made.schema AND c.relname = made.name
      UNION ALL
      SELECT s.oid, true, NULL
      FROM pg_catalog.pg_statistic_ext s
      JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
      WHERE made.kind = 'statistics' AND n.nspname = made.schema AND s.stxname = made.name
    ) object ON true`;

const row = ({ kind, schema, name }: Made): string =>
  `(${literal(kind)}, ${schema === undefined ? 'pg_catalog.current_schema()::text' : literal(schema)}, ${literal(name)})`;

/** An invalid index that a failed CREATE INDEX CONCURRENTLY has left would be taken for the real one by IF NOT EXISTS. */
export function nothingInTheWay(made: readonly Made[]): string {
  const block = anonymousBlock(
    'before',
    `DECLARE
  taken text;
BEGIN
  SELECT string_agg(format('%s %I.%I%s', made.kind, made.schema, made.name,
                           CASE WHEN object.valid THEN '' ELSE ' (invalid: its build failed)' END), ', ')
    INTO taken${found(made)}
    WHERE object.oid IS NOT NULL;
  IF taken IS NOT NULL THEN
    RAISE EXCEPTION 'there already: %', taken
      USING HINT = 'If an earlier run of this file left them, run rollback.sql, then this file again.';
  END IF;
END`,
  );
  return `${comment(['Nothing of that name may be there, also no invalid index that a failed build has left.'])}\n${block}`;
}

export function allThere(made: readonly Made[]): readonly string[] {
  const list = `SELECT made.kind, made.schema, made.name,
       CASE WHEN object.oid IS NULL THEN 'MISSING' WHEN object.valid THEN 'valid' ELSE 'INVALID' END AS state,
       CASE WHEN object.relkind IS NOT NULL
            THEN pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(object.oid)) END AS size${found(made)}
    ORDER BY 1, 2, 3;`;
  const block = anonymousBlock(
    'after',
    `DECLARE
  wrong text;
BEGIN
  SELECT string_agg(format('%s %I.%I', made.kind, made.schema, made.name), ', ')
    INTO wrong${found(made)}
    WHERE object.oid IS NULL OR NOT object.valid;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'missing or invalid: %', wrong
      USING HINT = 'Drop what is invalid with DROP INDEX CONCURRENTLY, and build it again.';
  END IF;
END`,
  );
  return [`${comment(['What is there now. A partitioned index has no size of its own.'])}\n${list}`, block];
}
