/** Ready for index-only scans: every table analyzed and all-visible. Checked, because one VACUUM may not be enough. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PgoptError } from '../../base/errors.ts';
import type { Link } from '../link.ts';
import { stopIfAborted } from './cancelled.ts';
import { type Rows, TABLES, type Table } from './demo.ts';
import { vacuum } from './tasks.ts';

const ATTEMPTS = 20;
const PAUSE_MS = 250;

/** Tables that VACUUM (ANALYZE) has not finished with. */
export async function unreadyTables(link: Link): Promise<Table[]> {
  const rows = await link.query(
    `SELECT c.relname FROM pg_class AS c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
       AND (c.relallvisible < c.relpages OR c.reltuples < 0
            OR NOT EXISTS (SELECT FROM pg_statistic AS s WHERE s.starelid = c.oid))`,
  );
  const names = new Set(rows.map(row => row.relname));
  return TABLES.filter(table => names.has(table));
}

/**
 * Vacuums again what needs it: another session's snapshot may have held the horizon back.
 * @throws PgoptError 'demo-load-failed' when that does not help.
 */
export async function makeReady(link: Link, rows: Rows, signal: AbortSignal | undefined): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const unready = await unreadyTables(link);
    if (unready.length === 0) return;
    stopIfAborted(signal);
    if (attempt > 0) await sleep(PAUSE_MS);
    for (const table of unready) await link.query(vacuum(table, rows).sql);
  }
  throw new PgoptError(
    'demo-load-failed',
    `VACUUM leaves pages of ${(await unreadyTables(link)).join(', ')} not all-visible`,
  );
}
