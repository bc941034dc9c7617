/** Makes a session remove what it owns, such as a lens or a server, once it has closed. */
import type { ExplorerSession } from './events.ts';

/** @param more Called after each close(). */
export function alsoClosing(session: ExplorerSession, more: () => Promise<unknown>): void {
  const close = session.close.bind(session);
  session.close = async () => {
    await close();
    await more();
  };
}
