/** Looks before anything is touched: one connection, one read-only transaction, catalogs and EXPLAIN only. */
import { DatabaseError } from '../../base/databaseError.ts';
import { PgoptError } from '../../base/errors.ts';
import { SCHEMAS_ON_PATH, schemasOf } from '../../database/functions.ts';
import { connect, type Link } from '../../database/link.ts';
import type { ConnectionSettings } from '../../database/proposalObject.ts';
import type { Statement, Workload } from '../../workload/types.ts';
import { type Engine, withStored } from '../engines/engine.ts';
import { findEngine } from '../engines/engines.ts';
import { FunctionCheck, proposalTexts } from '../functions.ts';
import { asQueries, inScope, roleScope, rowSecurityBypassed, scopeOfRole } from '../role.ts';
import { type Looked, lookAt } from './concerned.ts';
import { preflightProposal } from './proposals.ts';
import { olderTransactions, preflightServer, tempLimit } from './server.ts';
import { preflightTables, type TableName } from './tables.ts';
import type { Preflight } from './types.ts';

/** A lock that another session holds must not keep the preflight waiting: EXPLAIN takes ACCESS SHARE. */
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
  const names: TableName[] = [];
  const brokenQueries: { queryId: string; reason: string }[] = [];
  const role = name === undefined ? undefined : await roleScope(link, name);
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
  const tables = withStored(await preflightTables(link, unique(names)), stored).toSorted(
    (a, b) => b.bytes - a.bytes,
  );
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

/** One that the server cannot plan does not keep us from the others. */
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
  // Where the connection is gone this throws, and that is then the error to tell.
  await link.query('ROLLBACK TO SAVEPOINT look');
  return looked;
}

function unique(names: readonly TableName[]): TableName[] {
  return [...new Map(names.map(name => [`${name.schema ?? ''}.${name.name}`, name])).values()];
}
