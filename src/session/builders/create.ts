/** Builds a proposal inside the transaction and reads the created objects back from the catalog. */

import { DatabaseError } from '../../base/databaseError.ts';
import { asWritten, identifier, type NameInSchema } from '../../base/sql.ts';
import { asUser } from '../../database/guard.ts';
import type { Link, Row } from '../../database/link.ts';
import { rowsOf, treeOf } from '../../database/parts.ts';
import { resolveRelation } from '../../database/resolve.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import { isSent, unanalyzed } from '../../workload/statementKinds.ts';
import type { Proposal, Statement } from '../../workload/workload.ts';
import { isApproximate } from '../approximate.ts';
import type { StoredTables } from '../engines/engine.ts';
import type { BuiltObject } from '../events.ts';
import { hideableOf } from '../hide.ts';
import { describe, lacking } from '../inPlace.ts';
import type { SessionNames } from '../names.ts';
import { UNUSABLE_ON, usability } from '../unusable.ts';
import { type BuildContext, type Builder, type Built, builtNothing } from './builder.ts';

export const CREATES: Builder = {
  imaginable: true,
  async build(context, proposal) {
    const { found, isLens, withCost } = context;
    const lacks = lacking(proposal, found);
    if (lacks === undefined) return builtNothing(describe(proposal, found));
    return isLens
      ? { buildMs: 0, changedStatistics: false, ...(await readBackProposal(context, lacks)) }
      : withCost(lacks, () => createObjects(context, lacks));
  },
};

/** @throws DatabaseError; the caller's savepoint undoes the changes. */
export async function createObjects(
  context: Pick<BuildContext, 'link' | 'names' | 'now' | 'starting' | 'engine' | 'stored'>,
  proposal: Proposal,
): Promise<Built> {
  return { ...(await makeObjects(context, proposal)), ...(await readBackProposal(context, proposal)) };
}

/** Like createObjects(), but does not read the objects back. */
export async function makeObjects(
  { link, names, now, starting }: Pick<BuildContext, 'link' | 'names' | 'now' | 'starting'>,
  proposal: Proposal,
): Promise<Pick<Built, 'buildMs' | 'changedStatistics'>> {
  const startedAt = now();
  const views = new Map<string, string>();
  if (factsOf(proposal).addsViews) await enterOwnSchema(link, names);
  let changedStatistics = false;
  const statements = proposal.statements.filter(isSent);
  for (const [position, statement] of statements.entries()) {
    starting(position, statements.length);
    if (statement.kind === 'create-materialized-view') await refuseTaken(link, statement, names);
    await link.query(asUser(names.rewrite(statement)));
    if (statement.kind === 'create-materialized-view' && statement.creates !== undefined) {
      views.set(statement.creates, asWritten({ schema: statement.createsSchema, name: statement.creates }));
    }
    if (statement.kind === 'analyze' && !views.has(statement.on ?? '')) changedStatistics = true;
  }
  // Extended statistics are empty, and without effect, until their table is analyzed.
  for (const table of unanalyzed(proposal.statements)) {
    await link.query(asUser(`ANALYZE ${asWritten(table)}`));
    changedStatistics = true;
  }
  // A view has no statistics until it is analyzed, so its plans would be guesses.
  for (const view of views.values()) await link.query(asUser(`ANALYZE ${view}`));
  return { buildMs: now() - startedAt, changedStatistics };
}

/** The objects that a proposal created, from the catalog. */
async function readBackProposal(
  { link, names, engine, stored }: Pick<BuildContext, 'link' | 'names' | 'engine' | 'stored'>,
  proposal: Proposal,
): Promise<Pick<Built, 'objects' | 'made' | 'switch' | 'approximate'>> {
  const rows: Row[] = [];
  // A view's statement precedes those of its indexes.
  const viewOids: unknown[] = [];
  for (const statement of proposal.statements) {
    if (statement.creates === undefined) continue;
    const real = names.real(statement);
    const oid =
      statement.kind === 'create-materialized-view'
        ? await resolveRelation(link, { schema: statement.createsSchema, name: real })
        : undefined;
    const found = await link.query(...readBack(statement, real, oid, viewOids));
    for (const part of found.flatMap(row => (row.names as readonly string[] | undefined) ?? [])) {
      names.alias(part, statement.creates);
    }
    if (statement.kind === 'create-materialized-view') {
      viewOids.push(...found.flatMap(row => row.oids as readonly unknown[]));
    }
    for (const row of found) {
      const size = row.kind === 'index' ? await engine.indexSize(link, indexNameOf(row), stored) : undefined;
      rows.push({ ...row, ...size, ...rowsStored(row, stored) });
    }
  }
  const made = rows.map(hideableOf);
  return {
    objects: rows.map(row => ({
      ...objectOf(row),
      name: names.original(String(row.name)),
      ...(row.atLeast === true ? { atLeast: true as const } : {}),
      ...(Array.isArray(row.skipped) && row.skipped.length > 0 ? { skipped: row.skipped } : {}),
    })),
    made,
    ...(rows.some(row => isApproximate(row.method)) ? { approximate: true as const } : {}),
    // Views need no hiding: while they are off, no rewrite that reads them is planned.
    switch: { on: {}, off: { hide: made } },
  };
}

export const objectOf = (row: Row): BuiltObject => ({
  kind: row.kind as BuiltObject['kind'],
  name: String(row.name),
  table: String(row.table),
  bytes: Number(row.bytes),
  rows: Math.max(0, Number(row.rows)),
  ...usability(row),
});

const indexNameOf = (row: Row): NameInSchema => ({
  schema: String(row.schema),
  name: String(row.name),
});

/** Indexes as hideableOf() and objectOf() read them. @param more Further columns. @param where On pg_class `c`. */
export const indexRows = (more: string, where: string): string =>
  `SELECT 'index' AS kind, n.nspname AS schema, c.relname AS name, t.relname AS table, ${rowsOf('t.oid')} AS rows,
          t.oid::int8 AS table_oid, tn.nspname AS table_schema, t.relname AS table_name, t.relkind = 'p' AS partitioned,
          i.indisunique OR i.indexprs IS NOT NULL AS informs, tree.*, ${more}
   FROM pg_catalog.pg_class c
   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
   JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
   JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
   -- A partitioned index is empty itself: its size is that of its partitions' indexes.
   CROSS JOIN LATERAL (
     SELECT array_agg(p.oid) AS oids, array_agg(p.relname::text) AS names, array_agg(pn.nspname || '.' || p.relname) AS planned_as,
            sum(pg_catalog.pg_relation_size(p.oid)) AS bytes, ${UNUSABLE_ON}
     FROM ${treeOf('c.oid')}
     JOIN pg_catalog.pg_class p ON p.oid = part.oid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
     JOIN pg_catalog.pg_index pi ON pi.indexrelid = p.oid JOIN pg_catalog.pg_class pt ON pt.oid = pi.indrelid
   ) tree
   WHERE ${where}`;

/** The rows of a distributed table or hypertable, which its own catalog row does not count. */
export function rowsStored(row: Row, stored: StoredTables): { readonly rows?: number } {
  const found = stored.get(`${row.table_schema}.${row.table_name}`);
  return found === undefined ? {} : { rows: found.rows };
}

/** Frees the name of a view whose proposal changed. */
export async function dropRetiredViews(link: Link, retired: readonly Built[]): Promise<void> {
  for (const { schema, realName } of retired.flatMap(({ made }) =>
    made.filter(({ kind }) => kind === 'materialized view'),
  ))
    await link.query(`DROP MATERIALIZED VIEW ${asWritten({ schema, name: realName })}`);
}

/** In the session's own schema the view would shadow the existing relation for every query. So fail as the server would. */
async function refuseTaken(
  link: Link,
  { creates, createsSchema }: Statement,
  names: SessionNames,
): Promise<void> {
  if (createsSchema !== undefined || creates === undefined) return;
  const taken = await link.query(
    `SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = $1 AND n.nspname <> $2`,
    [await resolveRelation(link, { schema: undefined, name: creates }), names.schema],
  );
  if (taken.length > 0) throw new DatabaseError(`relation "${creates}" already exists`, '42P07');
}

/**
 * Puts the session's own schema first in search_path, so that views are created and read there. A role that may not
 * create schemas builds views where its search_path says, under their own names.
 */
async function enterOwnSchema(link: Link, names: SessionNames): Promise<void> {
  const [row] = await link.query(
    `SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may,
            pg_catalog.to_regnamespace($1) IS NULL AS missing`,
    [names.schema],
  );
  if (row?.may !== true || row.missing !== true) return;
  await link.query(`CREATE SCHEMA ${identifier(names.schema)}`);
  const [path] = await link.query(asUser('SHOW search_path'));
  const { enter, leave } = link.userScope;
  link.userScope = {
    enter: [...enter, `SET LOCAL search_path = ${pathBehind(names.schema, String(path?.search_path ?? ''))}`],
    leave,
  };
}

/** SHOW prints the path as SET takes it; an empty path has no list to extend. */
const pathBehind = (schema: string, path: string): string =>
  path.trim() === '' ? identifier(schema) : `${identifier(schema)}, ${path}`;

function readBack(
  { kind }: Statement,
  realName: string,
  viewOid: number | undefined,
  viewOids: readonly unknown[],
): [string, unknown[]] {
  if (kind === 'create-index') {
    // The name contains this session's token, so it is unique in all schemas.
    return [
      indexRows(
        `t.oid = ANY ($2::oid[]) AS on_view, (SELECT m.amname FROM pg_catalog.pg_am m WHERE m.oid = c.relam) AS method,
         ARRAY(SELECT f.relname::text FROM ${treeOf('t.oid')} JOIN pg_catalog.pg_class f ON f.oid = part.oid
               WHERE f.relkind = 'f' ORDER BY 1) AS skipped`,
        'c.relname = $1',
      ),
      [realName, viewOids],
    ];
  }
  if (kind === 'create-statistics') {
    return [
      `SELECT 'statistics' AS kind, ARRAY[s.oid] AS oids, n.nspname AS schema, s.stxname AS name, t.relname AS table,
              false AS on_view, ARRAY[]::text[] AS planned_as, true AS informs, 0 AS bytes, ${rowsOf('t.oid')} AS rows
       FROM pg_catalog.pg_statistic_ext s
       JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
       JOIN pg_catalog.pg_class t ON t.oid = s.stxrelid
       WHERE s.stxname = $1`,
      [realName],
    ];
  }
  return [
    `SELECT 'materialized view' AS kind, ARRAY[c.oid] AS oids, n.nspname AS schema, c.relname AS name, c.relname AS table,
            true AS on_view, ARRAY[n.nspname || '.' || c.relname] AS planned_as, false AS informs,
            pg_catalog.pg_table_size(c.oid) AS bytes, c.reltuples AS rows
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = $1`,
    [viewOid],
  ];
}
