/** Watches the work connection from the control connection, and reads the state that no rollback undoes. */
import { DatabaseError } from '../base/databaseError.ts';
import type { Link } from '../database/link.ts';
import { OF_USERS } from '../database/parts.ts';
import type { Control } from './control.ts';
import type { WorkTransaction } from './transaction.ts';
import type { Lasting } from './verify.ts';

/** A sequence stays locked until the probe ends, and the server's lock table is shared. */
const MOST = 1000;

/** A sequence that was never used has a NULL value. */
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

/** undefined where the server does not report it: a sequence may be locked. */
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

/** The session waits this long for a silent network, because a new one would have to build again. */
export const SILENCE_MS = 20_000;
const LOOKS = 5;

/** How long a silent network is tolerated: a new session would have to build everything again. */
export function watchWork(
  link: Pick<Link, 'isWaiting'>,
  control: Pick<Control, 'workState'>,
  silent: (reason: string) => void,
  silenceMs: number = SILENCE_MS,
): () => void {
  let since: { readonly at: number; readonly what: string } | undefined;
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    if (!link.isWaiting()) {
      since = undefined;
      return;
    }
    looking = true;
    const at = performance.now();
    const state = await control.workState().catch(() => 'unreachable' as const);
    looking = false;
    if (!link.isWaiting()) return;
    if (state === undefined) return silent('the server process of this session is gone');
    const what = state === 'unreachable' ? state : state.isIdle ? `idle since ${state.since}` : undefined;
    if (what === undefined) since = undefined;
    else if (since?.what !== what) since = { at, what };
    else if (performance.now() - since.at >= silenceMs)
      silent(
        state === 'unreachable'
          ? 'the server does not answer any more'
          : 'the server has answered, but the answer did not arrive',
      );
  };
  const timer = setInterval(() => void look(), silenceMs / LOOKS);
  return () => clearInterval(timer);
}
