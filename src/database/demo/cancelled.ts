/** The user's Ctrl-C, as the loader sees it. */
import { PgoptError } from '../../base/errors.ts';

/** @throws PgoptError 'cancelled' */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new PgoptError('cancelled', 'loading the demo shop was cancelled');
}
