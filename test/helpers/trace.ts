/**
 * Everything of a database that must be the same before and after a session, however it ended, and everything of a
 * session that must be gone: its connections, locks, prepared transactions, temporary files.
 *
 * What is left out, because PostgreSQL itself does not undo it (tried on 15, see docs/safety.md):
 * - pg_class.relpages, reltuples, relallvisible: CREATE INDEX and ANALYZE write them in place, outside the transaction;
 * - pg_class.relhasindex: set in place by the first index of a table, taken back by the next VACUUM;
 * - dead rows, in the catalog and (after a view's query that writes) in tables, until VACUUM;
 * - counters of the cumulative statistics (pg_stat_*), transaction ids and oids that were used up, what is cached.
 */
import type { Link, Row } from '../../src/database/link.ts';

/** One line a row; the statement gives the whole of it as one text column, `line`. */
const CATALOG: Readonly<Record<string, string>> = {
  pg_class: `concat_ws(' ', oid, relname, relnamespace, relowner, reltype, relam, relfilenode, reltablespace, reltoastrelid,
    relkind, relpersistence, relnatts, relchecks, relhasrules, relhastriggers, relrowsecurity, relispopulated, relispartition,
    relreplident, reloptions, relacl)`,
  pg_index: `concat_ws(' ', indexrelid, indrelid, indisunique, indisprimary, indisvalid, indisready, indislive, indcheckxmin,
    indisclustered, indisreplident, indimmediate, indkey)`,
  pg_attribute: `concat_ws(' ', attrelid, attnum, attname, atttypid, attstattarget, attnotnull, attisdropped)`,
  pg_namespace: `concat_ws(' ', oid, nspname, nspowner, nspacl)`,
  // Of shared catalogs they name roles of other tests, which are shown by their oid once they are dropped.
  pg_statistic: `CASE WHEN starelid NOT IN (SELECT oid FROM pg_class WHERE relisshared)
    THEN concat_ws(' ', starelid, staattnum, stanullfrac, stawidth, stadistinct, md5(concat(stavalues1, stanumbers1))) END`,
  pg_statistic_ext: `concat_ws(' ', oid, stxname, stxrelid, stxkind)`,
  pg_statistic_ext_data: `stxoid::text`,
  pg_constraint: `concat_ws(' ', oid, conname, conrelid, conindid)`,
  pg_proc: `concat_ws(' ', oid, proname, provolatile)`,
  pg_type: `concat_ws(' ', oid, typname, typrelid)`,
  pg_rewrite: `concat_ws(' ', oid, rulename, ev_class)`,
  pg_trigger: `concat_ws(' ', oid, tgname, tgrelid, tgenabled)`,
  pg_depend: `concat_ws(' ', classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)`,
  pg_description: `concat_ws(' ', objoid, classoid, objsubid, md5(description))`,
  pg_largeobject_metadata: `oid::text`,
  pg_extension: `concat_ws(' ', oid, extname)`,
  // The whole server's: what another test sets for its own database or role changes at any time.
  pg_db_role_setting: `CASE WHEN setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
      OR setdatabase = 0 AND setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
    THEN concat_ws(' ', setdatabase, setrole, setconfig) END`,
  // Tuple and transaction counters aside, these have no business to change either.
  pg_prepared_xacts: `gid`,
  pg_replication_slots: `slot_name::text`,
};

export interface Trace {
  /** Catalog → its rows in order, as one text. */
  readonly catalog: Readonly<Record<string, string>>;
  /** Table, view or sequence → its rows: how many, and a checksum; last_value and is_called. */
  readonly data: Readonly<Record<string, string>>;
}

/** Compare with `toEqual`: what differs is then shown by name. */
export async function traceOf(link: Link): Promise<Trace> {
  const names = Object.keys(CATALOG);
  const columns = names.map(
    name =>
      `(SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (SELECT ${CATALOG[name]} AS line FROM ${name}) x) AS ${name}`,
  );
  const [row] = await link.query(`SELECT ${columns.join(', ')}`);
  const relations = await link.query(
    `SELECT oid::regclass::text AS name, relkind FROM pg_class
     WHERE relkind IN ('r', 'm', 'S') AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
       AND relnamespace::regnamespace::text !~ '^pg_toast' ORDER BY 1`,
  );
  const data: Record<string, string> = {};
  for (const { name, relkind } of relations) {
    const [found] = await link.query(
      relkind === 'S'
        ? `SELECT concat_ws(' ', last_value, is_called) AS rows FROM ${name}`
        : `SELECT concat_ws(' ', count(*), sum(hashtextextended(t::text, 0))) AS rows FROM ${name} t`,
    );
    data[String(name)] = String(found?.rows);
  }
  return { catalog: row as Record<string, string>, data };
}

/** What a session has running or holds in this database: nothing, once it has ended. */
export function remainsOf(link: Link): Promise<readonly Row[]> {
  return link.query(
    `SELECT 'connection' AS what, concat_ws(' ', pid, application_name, state, query) AS which FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'pgopt-explore%'
     UNION ALL SELECT 'lock', concat_ws(' ', l.pid, locktype, l.relation::regclass, mode) FROM pg_locks l
       WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.pid <> pg_backend_pid()
         AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.pid = l.pid AND a.application_name NOT LIKE 'pgopt-explore%')
     -- Of a process that is there no more: those of others are their own.
     UNION ALL SELECT 'temporary file', name FROM pg_ls_tmpdir()
       WHERE substring(name FROM '^pgsql_tmp(\\d+)') NOT IN (SELECT pid::text FROM pg_stat_activity)`,
  );
}

/**
 * Waits until nothing of any session is left in this database: the server lets go a moment after its client.
 * @param patienceMs A client that was killed while its statement ran is noticed within client_connection_check_interval, 2 s.
 */
export async function untilNothingRemains(link: Link, patienceMs = 10_000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const left = await remainsOf(link);
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`left after ${patienceMs} ms: ${JSON.stringify(left)}`);
    await link.query('SELECT pg_sleep(0.01)');
  }
}
