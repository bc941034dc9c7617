/** Reads what no rollback undoes: when the transaction begins, and again when the session verifies itself. */
import { DatabaseError } from '../base/databaseError.ts';
import { OF_USERS } from '../database/schemas.ts';
import type { WorkTransaction } from './transaction.ts';
import type { Lasting } from './verify.ts';

/** Reading a sequence takes a lock on it until the probe ends, and the server's table of locks is shared. */
const MOST = 1000;

/** The value of a sequence that was never used is null. */
const LASTING = `
  WITH sequences AS (
    SELECT c.oid, n.nspname || '.' || c.relname AS name, pg_catalog.has_sequence_privilege(c.oid, 'SELECT,USAGE') AS readable,
           pg_catalog.row_number() OVER (ORDER BY c.oid) AS number
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND ${OF_USERS}
  ), wanted AS (SELECT oid, name FROM sequences WHERE readable AND number <= ${MOST})
  SELECT (SELECT pg_catalog.jsonb_object_agg(name, coalesce(pg_catalog.pg_sequence_last_value(oid)::text, 'unused')) FROM wanted) AS sequences,
    (SELECT count(*) FROM sequences)::int - (SELECT count(*) FROM wanted)::int AS unread,
    ARRAY(SELECT slot_name::text FROM pg_catalog.pg_replication_slots WHERE NOT temporary ORDER BY 1) AS slots,
    coalesce((SELECT pg_catalog.pg_stat_get_db_stat_reset_time(oid) FROM pg_catalog.pg_database
      WHERE datname = pg_catalog.current_database())::text, '') AS "statisticsReset",
    pg_catalog.pg_conf_load_time()::text AS "settingsRead"`;

/** undefined where the server does not say: a sequence may be locked. */
export async function readLasting(transaction: WorkTransaction): Promise<Lasting | undefined> {
  try {
    const answers = await transaction.probe([
      "SET LOCAL lock_timeout = '200ms'",
      'SELECT pg_catalog.pg_stat_clear_snapshot()',
      LASTING,
    ]);
    const [row] = answers.at(-1) ?? [];
    if (row === undefined) return undefined;
    const lasting = row as unknown as Lasting;
    return { ...lasting, sequences: lasting.sequences ?? {} };
  } catch (error) {
    if (error instanceof DatabaseError && transaction.link.transactionStatus() === 'T') return undefined;
    throw error;
  }
}
