/** What each proposal will take: bytes, time, locks, and whether it can be built at all. */
import type { Link } from '../../database/link.ts';
import { resolveRelation } from '../../database/resolve.ts';
import type { Proposal, Statement } from '../../workload/types.ts';
import { unimaginable } from '../builders/hypothetical.ts';
import { type StoredTables, withStored } from '../engines/engine.ts';
import { estimatedBuildMs, indexBytes } from './build-estimate.ts';
import type { Looked } from './concerned.ts';
import { locksOf } from './locks.ts';
import { namedTables } from './tables.ts';
import type { PreflightProposal, PreflightServer, PreflightTable } from './types.ts';

/** HeapTupleHeader and its line pointer. */
const HEAP_TUPLE = 24 + 4;

/** @param views What the planner says of each view's query, by statement; what could not be planned is not there. */
export async function preflightProposal(
  link: Link,
  proposal: Proposal,
  views: ReadonlyMap<Statement, Looked>,
  { cannotBuild, hypopg }: PreflightServer,
  stored: StoredTables,
): Promise<PreflightProposal> {
  const made = new Set(proposal.statements.map(({ creates }) => creates));
  let bytes: number | undefined = 0;
  let reads = 0;
  let problem: string | undefined;
  let foreign: string | undefined;
  for (const statement of proposal.statements) {
    if (statement.kind === 'create-materialized-view') {
      const looked = views.get(statement);
      if (looked === undefined) bytes = undefined;
      else {
        bytes = add(bytes, looked.rows * (looked.width + HEAP_TUPLE));
        const read = (await namedTables(link, looked.tables)).filter(one => one !== undefined);
        for (const { bytes: own } of withStored(read, stored)) reads += own;
      }
      continue;
    }
    if (statement.kind === 'analyze' || statement.kind === 'drop-index' || made.has(statement.on)) continue;
    const [found] = await namedTables(link, [{ schema: statement.onSchema, name: statement.on ?? '' }]);
    const [table] = withStored(found === undefined ? [] : [found], stored);
    if (table === undefined) problem ??= await whyNoTable(link, statement);
    else if (!table.owned)
      foreign ??= `${table.name} belongs to another role: only its owner may build on it`;
    if (table === undefined || statement.kind !== 'create-index') continue;
    reads += table.bytes;
    const width = await widthOf(link, table, statement.sql);
    bytes = width === undefined ? undefined : add(bytes, indexBytes(table.rows, width));
  }
  const imaginable =
    hypopg !== undefined && hypopg.refusal === undefined && unimaginable(proposal) === undefined;
  const hypothetical = imaginable && problem === undefined ? foreign : undefined;
  // Nothing will be on disk.
  if (cannotBuild !== undefined || hypothetical !== undefined) bytes = 0;
  return {
    id: proposal.id,
    bytes,
    reads: reads === 0 ? undefined : reads,
    buildMs: bytes === 0 ? 0 : reads === 0 ? undefined : estimatedBuildMs(reads),
    locks: cannotBuild !== undefined || hypothetical !== undefined ? [] : locksOf(proposal),
    problem: problem ?? (hypothetical === undefined ? foreign : undefined),
    hypothetical,
  };
}

/** A foreign table is one, but not for an index. */
async function whyNoTable(link: Link, { on = '', onSchema: schema }: Statement): Promise<string> {
  const [row] = await link.query("SELECT FROM pg_catalog.pg_class WHERE oid = $1 AND relkind = 'f'", [
    await resolveRelation(link, { schema, name: on }),
  ]);
  return row === undefined
    ? `there is no table ${on}`
    : `${on} is a foreign table: nothing can be built on it here, only where its rows are`;
}

const add = (sum: number | undefined, more: number): number | undefined =>
  sum === undefined ? undefined : sum + more;

/** Average widths of the columns that the statement names; undefined for a table that was never analyzed. */
async function widthOf(link: Link, table: PreflightTable, sql: string): Promise<number | undefined> {
  const rows = await link.query(
    // A partitioned table has none but those of all its partitions.
    `SELECT DISTINCT ON (attname) attname::text AS name, avg_width::int AS width FROM pg_catalog.pg_stats
     WHERE schemaname = $1 AND tablename = $2 ORDER BY attname, inherited`,
    [table.schema, table.name],
  );
  const words = new Set(sql.match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []);
  const named = rows.filter(({ name }) => words.has(String(name)));
  return named.length === 0 ? undefined : named.reduce((sum, { width }) => sum + Number(width), 0);
}
