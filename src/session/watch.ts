/**
 * Notices that an answer will never come. A network that swallows packets is silent: TCP gives up after a quarter of
 * an hour, and a long build looks just the same until then. The control connection knows the difference.
 */
import type { Link } from '../database/link.ts';
import type { Control } from './control.ts';

/** A hiccup of the network this long is waited for: what was built would have to be built again. */
export const SILENCE_MS = 20_000;
const LOOKS = 5;

/**
 * Looks while a statement is under way, and calls `silent` with the reason when for `silenceMs` the server could not be
 * asked, or had its work done while we heard nothing of it; at once when there is no such server process.
 * @returns The way to stop.
 */
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
          : 'the server has answered, and the answer never came',
      );
  };
  const timer = setInterval(() => void look(), silenceMs / LOOKS);
  return () => clearInterval(timer);
}
