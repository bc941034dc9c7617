/** A session with things of its own (a lens, a server): they are removed once it has closed. */
import type { ExplorerSession } from './events.ts';

/** @param more Called once the session is closed, at each close(). */
export function alsoClosing(session: ExplorerSession, more: () => Promise<unknown>): void {
  const close = session.close.bind(session);
  session.close = async () => {
    await close();
    await more();
  };
}
