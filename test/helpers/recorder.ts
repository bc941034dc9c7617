/** Listens to a session and lets a test wait for what it expects; never sleeps. */
import type { ExplorerSession, SessionEvent } from '../../src/session/events.ts';

export interface Recorder {
  readonly events: readonly SessionEvent[];
  /** The first event after `from` (default: from now on) that fits; rejects when the session is lost first. */
  until(fits: (event: SessionEvent) => boolean, from?: number): Promise<SessionEvent>;
  /** The first `session:idle` after `from` (default: from now on). */
  idle(from?: number): Promise<SessionEvent>;
  /** All of a type, from index `from` on. */
  ofType<T extends SessionEvent['type']>(type: T, from?: number): Extract<SessionEvent, { type: T }>[];
}

export function record(session: ExplorerSession): Recorder {
  const events: SessionEvent[] = [];
  const waiting = new Set<() => void>();
  session.subscribe(event => {
    events.push(event);
    for (const wake of [...waiting]) wake();
  });
  const until = (fits: (event: SessionEvent) => boolean, from = events.length) =>
    new Promise<SessionEvent>((resolve, reject) => {
      const look = () => {
        const found = events.slice(from).find(fits);
        const lost = events.slice(from).find(event => event.type === 'session:lost');
        if (found === undefined && lost === undefined) return;
        waiting.delete(look);
        if (found === undefined) reject(new Error(JSON.stringify(lost)));
        else resolve(found);
      };
      waiting.add(look);
      look();
    });
  return {
    events,
    until,
    idle: from => until(event => event.type === 'session:idle', from),
    ofType: <T extends SessionEvent['type']>(type: T, from = 0) =>
      events.slice(from).filter((event): event is Extract<SessionEvent, { type: T }> => event.type === type),
  };
}
