/**
 * `--role`: queries run as a role of the application, with the settings that PostgreSQL would give it when it connects. Proposals are
 * built by the role that connected; what is built and the settings of a look are undone with its probe.
 */

import { PgoptError } from '../base/errors.ts';
import { identifier, literal } from '../base/sql.ts';
import { asUser, PLAIN_SCOPE, type UserScope, type UserText } from '../database/guard.ts';
import type { Link, Row } from '../database/link.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';
import type { Engine } from './engines/engine.ts';
import type { Hideable } from './hide.ts';

export interface RoleScope {
  readonly role: string;
  /** Before each text of a query: its settings but for the path, then the role. */
  readonly enter: readonly string[];
  readonly leave: readonly string[];
  /** undefined: the path of the role that connected. */
  readonly path: string | undefined;
  /** Settings that the role would have and that cannot be had here; clauses. */
  readonly missing: readonly string[];
}

/** What keeps the session safe, or what a running connection cannot change. */
const OWN =
  /^(role|session_authorization|transaction_|default_transaction_|statement_timeout|lock_timeout|idle_|client_|standard_conforming|.*_preload_libraries|search_path$)/;

/** The most special one wins: the role's in this database, the role's, the database's, everybody's. */
const SETTINGS = `
  SELECT DISTINCT ON (name) name, pg_catalog.substr(one, pg_catalog.length(name) + 2) AS value
  FROM (SELECT s.setrole, s.setdatabase, one, pg_catalog.split_part(one, '=', 1) AS name
        FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) one
        WHERE s.setrole IN (0, $1) AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))) found
  ORDER BY name, setrole = 0, setdatabase = 0`;

/** Those that the role which connected has of its own: the other role would not. */
const CONNECTED = `
  SELECT DISTINCT pg_catalog.split_part(one, '=', 1) AS name
  FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) one
  WHERE s.setrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user)
    AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))`;

/**
 * Call it inside a transaction, which it leaves as it was.
 * @param chosen Set for the whole session: they win.
 * @throws PgoptError 'usage' for a role that is not there, or that the one which connected may not become.
 */
export async function roleScope(
  link: Link,
  role: string,
  { whyNoRole }: Pick<Engine, 'whyNoRole'>,
  chosen: readonly SettingChoice[] = [],
): Promise<RoleScope> {
  const [found] = await link.query(
    `SELECT (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1) AS oid, pg_catalog.current_setting('role') AS current,
            session_user AS connected`,
    [role],
  );
  const become = `SET LOCAL ROLE ${identifier(role)}`;
  if (found?.oid === null || role === 'none') throw refused(role, 'there is no such role');
  if (whyNoRole !== undefined && role !== found?.connected)
    throw refused(role, whyNoRole, `connect as ${role}, or leave --role out`);
  const whyNot = await objection(link, become);
  if (whyNot !== undefined) throw refused(role, whyNot);
  const enter: string[] = [];
  const missing: string[] = [];
  let path: string | undefined;
  const settings = await link.query(SETTINGS, [found?.oid]);
  for (const { name, value } of settings.map(row => ({ name: String(row.name), value: String(row.value) }))) {
    if (chosen.some(choice => choice.name === name)) continue;
    if (name === 'search_path') path = value;
    else if (OWN.test(name)) missing.push(`${name}: the session has its own`);
    else {
      const set = settingTo(name, value);
      const why = await objection(link, set);
      if (why === undefined) enter.push(set);
      else missing.push(`${name}: ${why}`);
    }
  }
  for (const name of (await link.query(CONNECTED)).map(row => String(row.name)))
    if (!settings.some(setting => setting.name === name) && (name === 'search_path' || !OWN.test(name)))
      missing.push(`${name}: stays as the role that connected has it`);
  const before = String(found?.current);
  const leave = before === 'none' ? 'SET LOCAL ROLE NONE' : `SET LOCAL ROLE ${identifier(before)}`;
  return { role, enter: [...enter, become], leave: [leave], path, missing };
}

const SAVEPOINT = 'SAVEPOINT role';
const BACK = 'ROLLBACK TO SAVEPOINT role';
const RELEASE = 'RELEASE SAVEPOINT role';

/** Values are lists in the notation of set_config(), as the catalog has them. */
const settingTo = (name: string, value: string): string =>
  `SELECT pg_catalog.set_config(${literal(name)}, ${literal(value)}, true)`;

/** The server's objection to a statement; undefined where it accepts it. */
async function objection(link: Link, statement: string): Promise<string | undefined> {
  const [, answer] = await link.batch([SAVEPOINT, statement, BACK, RELEASE]);
  if (answer === undefined || !('error' in answer)) return undefined;
  if (/^(08|57)/.test(answer.error.code)) throw answer.error;
  return answer.error.message;
}

function refused(
  role: string,
  why: string,
  next = 'name a role that the one which connects is a member of',
): PgoptError {
  return new PgoptError('usage', `--role ${role} is refused: ${why}`, { next });
}

/**
 * The scope of queries, made of that of proposals.
 * @param ownSchema Where the session builds its views, if it has such a schema by now.
 */
export function scopeOfRole(
  plain: UserScope,
  { enter, leave, path }: RoleScope,
  ownSchema: string,
): UserScope {
  const schema = plain === PLAIN_SCOPE ? '' : `${identifier(ownSchema)}, `;
  const own = path === undefined ? [] : [settingTo('search_path', schema + path)];
  return { enter: [...plain.enter, ...own, ...enter], leave: [...leave, ...plain.leave] };
}

/** What `send` sends at once, runs under `scope`. */
export function inScope<T>(link: Link, scope: UserScope, send: () => Promise<T>): Promise<T> {
  const before = link.userScope;
  link.userScope = scope;
  try {
    return send();
  } finally {
    link.userScope = before;
  }
}

/** The rows of a statement that sees what the queries see; settings of the role do not stay. @throws DatabaseError */
export async function asQueries(link: Link, scope: UserScope, sql: UserText): Promise<readonly Row[]> {
  const tried = [SAVEPOINT, sql, BACK, RELEASE];
  const [, answer] = await inScope(link, scope, () => link.batch(tried));
  if (answer === undefined) return [];
  if ('error' in answer) throw answer.error;
  return answer.rows;
}

/**
 * Safe under any path. Of these tables, those with row security that does not bind the role that runs the queries: a superuser, one with
 * BYPASSRLS, or the owner without FORCE.
 */
const bypassed = (tables: readonly number[]): UserText =>
  asUser(`SELECT c.relname::pg_catalog.text AS name FROM pg_catalog.pg_class c
    JOIN pg_catalog.unnest('{${tables.join(',')}}'::pg_catalog.oid[]) AS wanted (oid) ON c.oid OPERATOR(pg_catalog.=) wanted.oid
    WHERE c.relrowsecurity AND NOT pg_catalog.row_security_active(c.oid)`);

export async function rowSecurityBypassed(
  link: Link,
  scope: UserScope,
  tables: readonly number[],
): Promise<readonly string[]> {
  if (tables.length === 0) return [];
  return (await asQueries(link, scope, bypassed(tables))).map(({ name }) => String(name)).sort();
}

/** After a migration the application may read its views: so the role may, here. */
export async function grantViews(
  link: Link,
  objects: readonly Hideable[],
  { scope, ownSchema }: { readonly scope: RoleScope; readonly ownSchema: string },
): Promise<void> {
  const role = identifier(scope.role);
  for (const { kind, schema, realName } of objects) {
    if (kind !== 'materialized view') continue;
    if (schema === ownSchema) await link.query(`GRANT USAGE ON SCHEMA ${identifier(schema)} TO ${role}`);
    await link.query(`GRANT SELECT ON ${identifier(schema)}.${identifier(realName)} TO ${role}`);
  }
}
