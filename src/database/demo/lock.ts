/** One load of a shop at a time on a server: an advisory lock in the database `postgres`, gone with its session. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Link } from '../link.ts';
import { stopIfAborted } from './cancelled.ts';

const POLL_MS = 200;

/** True when no other explorer is loading this shop; then none will until `unlock` or the end of this connection. */
export async function tryLock(link: Link, shop: string): Promise<boolean> {
  const [row] = await link.query('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked', [shop]);
  return row?.locked === true;
}

/** Waits as long as it takes; `onWait` is called once, when there is something to wait for. */
export async function lock(
  link: Link,
  shop: string,
  signal: AbortSignal | undefined,
  onWait: () => void,
): Promise<void> {
  for (let told = false; !(await tryLock(link, shop)); ) {
    if (!told) onWait();
    told = true;
    await sleep(POLL_MS);
    stopIfAborted(signal);
  }
}

export async function unlock(link: Link, shop: string): Promise<void> {
  await link.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [shop]);
}
