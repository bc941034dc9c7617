/**
 * `--role`: queries run as a role of the application, with the settings that PostgreSQL would give it at connection.
 * The connected role builds the proposals. Each probe undoes the role's settings.
 */

import { PgoptError } from '../base/errors.ts';
import { identifier, literal } from '../base/sql.ts';
import { asUser, PLAIN_SCOPE, type Sql, type UserScope, type UserText } from '../database/guard.ts';
import type { Answer, Link, Row } from '../database/link.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';
import type { Engine } from './engines/engine.ts';
import type { Hideable } from './hide.ts';

export interface RoleScope {
  readonly role: string;
  /** Sent before each query: the role's settings except the path, then the role. */
  readonly enter: readonly string[];
  readonly leave: readonly string[];
  /** undefined: the path of the connected role. */
  readonly path: string | undefined;
  /** Settings of the role that cannot be applied here; clauses. */
  readonly missing: readonly string[];
}

/** Settings that keep the session safe, or that a running connection cannot change. */
const OWN =
  /^(role|session_authorization|transaction_|default_transaction_|statement_timeout|lock_timeout|idle_|client_|standard_conforming|.*_preload_libraries|search_path$)/;

/** The most specific one wins: role in this database, role, database, all roles. */
const SETTINGS = `
  SELECT DISTINCT ON (name) name, pg_catalog.substr(one, pg_catalog.length(name) + 2) AS value
  FROM (SELECT s.setrole, s.setdatabase, one, pg_catalog.split_part(one, '=', 1) AS name
        FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) one
        WHERE s.setrole IN (0, $1) AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))) found
  ORDER BY name, setrole = 0, setdatabase = 0`;

/** Settings of the connected role's own, which the other role would not have. */
const CONNECTED = `
  SELECT DISTINCT pg_catalog.split_part(one, '=', 1) AS name
  FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) one
  WHERE s.setrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user)
    AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))`;

/**
 * Call it inside a transaction, which it leaves unchanged.
 * @param chosen Settings for the whole session; they take precedence.
 * @throws PgoptError 'usage' for a role that does not exist, or that the connected one may not become.
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
      missing.push(`${name}: keeps the value of the role that connected`);
  const before = String(found?.current);
  const leave = before === 'none' ? 'SET LOCAL ROLE NONE' : `SET LOCAL ROLE ${identifier(before)}`;
  return { role, enter: [...enter, become], leave: [leave], path, missing };
}

/** The answer to a statement, which is rolled back. */
const undone = (link: Link, sql: Sql): Promise<Answer | undefined> =>
  link
    .batch(['SAVEPOINT role', sql, 'ROLLBACK TO SAVEPOINT role', 'RELEASE SAVEPOINT role'])
    .then(answers => answers[1]);

/** The catalog stores values in the notation of set_config(). */
const settingTo = (name: string, value: string): string =>
  `SELECT pg_catalog.set_config(${literal(name)}, ${literal(value)}, true)`;

/** The server's objection to a statement; undefined where it accepts it. */
async function objection(link: Link, statement: string): Promise<string | undefined> {
  const answer = await undone(link, statement);
  if (answer === undefined || !('error' in answer)) return undefined;
  if (/^(08|57)/.test(answer.error.code)) throw answer.error;
  return answer.error.message;
}

function refused(
  role: string,
  why: string,
  next = 'name a role that the connected role is a member of',
): PgoptError {
  return new PgoptError('usage', `--role ${role} is refused: ${why}`, { next });
}

/**
 * Derives the scope of queries from that of proposals.
 * @param ownSchema The schema of the session's views, used once it exists.
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

/** Statements that `send` sends synchronously run under `scope`. */
export function inScope<T>(link: Link, scope: UserScope, send: () => Promise<T>): Promise<T> {
  const before = link.userScope;
  link.userScope = scope;
  try {
    return send();
  } finally {
    link.userScope = before;
  }
}

/** Rows of a statement that sees what the queries see; the role's settings are undone. @throws DatabaseError */
export async function asQueries(link: Link, scope: UserScope, sql: UserText): Promise<readonly Row[]> {
  const answer = await inScope(link, scope, () => undone(link, sql));
  if (answer === undefined) return [];
  if ('error' in answer) throw answer.error;
  return answer.rows;
}

/**
 * Those of the tables whose row security does not bind the role that runs the queries: a superuser, BYPASSRLS, or the
 * owner without FORCE. Safe under any path.
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

/** The application may read its views after a migration, so the role may read them here. */
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
