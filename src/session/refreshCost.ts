/**
 * Measures the cost of refreshing a materialized view: time, blocks that its query reads, and whether CONCURRENTLY is
 * possible.
 */

import { DatabaseError } from '../base/databaseError.ts';
import { sum } from '../base/statistics.ts';
import { asUser } from '../database/guard.ts';
import type { Link } from '../database/link.ts';
import type { RefreshCost } from './cost.ts';
import { undone, type WriteContext } from './writeRounds.ts';

/** No further REFRESH starts once they together took this long, ms. */
const LONG_ENOUGH_MS = 3000;

interface BuiltView {
  readonly oid: number;
  readonly name: string;
  readonly qualifiedName: string;
}

interface Explained {
  readonly Plan: Readonly<Record<string, number | undefined>>;
}

/** @param view Built in this transaction. @throws DatabaseError when we were cancelled. */
export async function measureRefresh(
  link: Link,
  view: BuiltView,
  context: WriteContext,
): Promise<RefreshCost> {
  const concurrently = await mayRefreshConcurrently(link, view.oid);
  const runsMs: number[] = [];
  let reads: Pick<RefreshCost, 'blocksRead' | 'blocksHit' | 'temporaryBlocks'> | undefined;
  let reason: string | undefined;
  try {
    reads = await undone(link, context, () => readsOf(link, view.oid));
    while (runsMs.length < context.rounds && sum(runsMs) < LONG_ENOUGH_MS) {
      runsMs.push(
        await undone(link, context, async () => {
          const startedAt = context.now();
          await link.query(asUser(`REFRESH MATERIALIZED VIEW ${view.qualifiedName}`));
          return context.now() - startedAt;
        }),
      );
    }
  } catch (error) {
    if (!(error instanceof DatabaseError) || context.wasCancelled()) throw error;
    reason = error.message;
  }
  return {
    view: view.name,
    runsMs,
    blocksRead: reads?.blocksRead,
    blocksHit: reads?.blocksHit,
    temporaryBlocks: reads?.temporaryBlocks,
    concurrently,
    reason,
  };
}

/** EXPLAIN takes no REFRESH, so this explains the view's query, which REFRESH runs. */
async function readsOf(link: Link, oid: number) {
  // Under our own search_path pg_get_viewdef() qualifies every name that is not PostgreSQL's own.
  const [row] = await link.query('SELECT pg_catalog.pg_get_viewdef($1::oid) AS query', [oid]);
  await link.query('SET LOCAL transaction_read_only = on');
  const [answer] = await link.query(
    `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${String(row?.query)}`,
  );
  const [explained] = (answer?.['QUERY PLAN'] ?? []) as readonly Explained[];
  const blocks = (key: string) => explained?.Plan[key] ?? 0;
  return {
    blocksRead: blocks('Shared Read Blocks'),
    blocksHit: blocks('Shared Hit Blocks'),
    temporaryBlocks: blocks('Temp Read Blocks') + blocks('Temp Written Blocks'),
  };
}

/** CONCURRENTLY requires a unique index on plain columns over all rows. */
async function mayRefreshConcurrently(link: Link, oid: number): Promise<boolean> {
  const rows = await link.query(
    `SELECT 1 FROM pg_catalog.pg_index
     WHERE indrelid = $1 AND indisunique AND indisvalid AND indimmediate AND indpred IS NULL AND indexprs IS NULL`,
    [oid],
  );
  return rows.length > 0;
}
