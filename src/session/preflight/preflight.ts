/**
 * The preflight: reads what each proposal will take, before anything is touched. One connection, one read-only
 * transaction, catalogs and EXPLAIN only.
 */
import { DatabaseError } from '../../base/databaseError.ts';
import { PgoptError } from '../../base/errors.ts';
import type { WrittenName } from '../../base/sql.ts';
import type { ConnectionSettings } from '../../database/connectionSettings.ts';
import { SCHEMAS_ON_PATH, schemasOf } from '../../database/functions.ts';
import { connect, type Link } from '../../database/link.ts';
import { resolveRelation } from '../../database/resolve.ts';
import type { Proposal, Statement, Workload } from '../../workload/workload.ts';
import { unimaginable } from '../builders/hypothetical.ts';
import { type Engine, type StoredTables, withStored } from '../engines/engine.ts';
import { findEngine } from '../engines/engines.ts';
import { FunctionCheck, proposalTexts } from '../functions.ts';
import { asQueries, inScope, roleScope, rowSecurityBypassed, scopeOfRole } from '../role.ts';
import { estimatedBuildMs, indexBytes } from './buildEstimate.ts';
import type { Preflight, PreflightProposal, PreflightServer, PreflightTable } from './facts.ts';
import { locksOf } from './locks.ts';
import { olderTransactions, preflightServer, tempLimit } from './server.ts';
import { type Looked, lookAt, namedTables, preflightTables } from './tables.ts';

/** HeapTupleHeader and its line pointer. */
const HEAP_TUPLE = 24 + 4;

/** @param views The planner's estimate of each view's query, by statement; without queries that could not be planned. */
async function preflightProposal(
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
    if (statement.creates === undefined || made.has(statement.on)) continue;
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
    buildMs: bytes === 0 ? 0 : reads === 0 ? undefined : estimatedBuildMs(reads),
    locks: cannotBuild !== undefined || hypothetical !== undefined ? [] : locksOf(proposal),
    problem: problem ?? (hypothetical === undefined ? foreign : undefined),
    hypothetical,
  };
}

/** A foreign table exists, but takes no index. */
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
    // The statistics of a partitioned table are those over all its partitions.
    `SELECT DISTINCT ON (attname) attname::text AS name, avg_width::int AS width FROM pg_catalog.pg_stats
     WHERE schemaname = $1 AND tablename = $2 ORDER BY attname, inherited`,
    [table.schema, table.name],
  );
  const words = new Set(sql.match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []);
  const named = rows.filter(({ name }) => words.has(String(name)));
  return named.length === 0 ? undefined : named.reduce((sum, { width }) => sum + Number(width), 0);
}

/** EXPLAIN takes ACCESS SHARE: another session's lock must not keep the preflight waiting. */
const PATIENCE = '2s';

/** @throws PgoptError 'connection-refused', 'session-refused' or 'cancelled'. */
export async function preflight(
  settings: ConnectionSettings,
  workload: Workload,
  signal?: AbortSignal,
  role?: string,
): Promise<Preflight> {
  const link = await connect(settings, 'pgopt-explore preflight', signal);
  try {
    await link.query('BEGIN READ ONLY');
    await link.query(`SET LOCAL lock_timeout = '${PATIENCE}'`);
    const found = await look(link, workload, role);
    await link.query('ROLLBACK');
    return found;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw new PgoptError('session-refused', `the server refused the preflight: ${error.message}`);
  } finally {
    await link.end();
  }
}

async function look(link: Link, workload: Workload, name: string | undefined): Promise<Preflight> {
  const server = await preflightServer(link);
  const engine = await findEngine(link);
  const stored = (await engine.stored?.(link)) ?? new Map();
  const names: WrittenName[] = [];
  const brokenQueries: { queryId: string; reason: string }[] = [];
  const role = name === undefined ? undefined : await roleScope(link, name, engine);
  const queryScope = role === undefined ? link.userScope : scopeOfRole(link.userScope, role, '');
  const paths = [await link.query(SCHEMAS_ON_PATH), await asQueries(link, queryScope, SCHEMAS_ON_PATH)];
  const functions = await FunctionCheck.open(link, workload, paths.flatMap(schemasOf));
  for (const { id, sql } of workload.queries) {
    const { refusal } = functions.of({ kind: 'query', sql });
    const looked = refusal ?? (await attempt(link, engine, sql, queryScope));
    if (looked instanceof Error) brokenQueries.push({ queryId: id, reason: looked.message });
    else for (const table of looked.tables) names.push(table);
  }
  const views = new Map<Statement, Looked>();
  const refused = (statement: Statement) =>
    functions.of({ kind: 'proposal', sql: statement.sql }).refusal !== undefined;
  for (const statement of workload.proposals.flatMap(({ statements }) => statements)) {
    if (refused(statement)) continue;
    if (statement.kind === 'create-materialized-view') {
      const looked = await attempt(link, engine, statement.sql);
      if (looked instanceof DatabaseError) continue;
      views.set(statement, looked);
      for (const table of looked.tables) names.push(table);
    } else if (statement.on !== undefined) names.push({ schema: statement.onSchema, name: statement.on });
  }
  const tables = withStored(await preflightTables(link, names), stored).toSorted((a, b) => b.bytes - a.bytes);
  const proposals = [];
  for (const proposal of workload.proposals) {
    const found = await preflightProposal(link, proposal, views, server, stored);
    const [refusal] = proposalTexts(proposal).flatMap(text => functions.of(text).refusal ?? []);
    proposals.push(refusal === undefined ? found : { ...found, problem: refusal.message });
  }
  return {
    server,
    tables,
    proposals,
    brokenQueries,
    unboundFunctions: functions.unbound(workload),
    role: role && { name: role.role, missing: role.missing },
    rowSecurityBypassed: await rowSecurityBypassed(link, queryScope, functions.tables),
    olderTransactions: await olderTransactions(link),
    tempLimitBytes: await tempLimit(link),
  };
}

/** A query that the server cannot plan must not stop the others. */
async function attempt(
  link: Link,
  engine: Engine,
  sql: string,
  scope = link.userScope,
): Promise<Looked | DatabaseError> {
  await link.query('SAVEPOINT look');
  let looked: Looked | DatabaseError;
  try {
    looked = await inScope(link, scope, () => lookAt(link, sql, engine));
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    looked = error;
  }
  // If the connection is gone, this throws the error to report.
  await link.query('ROLLBACK TO SAVEPOINT look');
  return looked;
}
