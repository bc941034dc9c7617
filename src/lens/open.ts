/** A session on a lens: what a database would plan with any of the proposals, in which nothing can be run. */
import { formatCount } from '../base/format.ts';
import { alsoClosing } from '../session/closing.ts';
import type { ExplorerSession, LensFacts } from '../session/events.ts';
import type { SessionNames } from '../session/names.ts';
import { openSession } from '../session/opening.ts';
import type { SessionOptions } from '../session/options.ts';
import type { Workload } from '../workload/workload.ts';
import type { Hidden, LensDocument } from './document.ts';
import { type LensServer, makeLens } from './make/make.ts';
import { redactedColumns } from './redact.ts';

export interface LensSessionOptions {
  readonly workload: Workload;
  /** What proposals that are in the document already are called in it. */
  readonly names: SessionNames;
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
  /** What the database that the document is of is known to have already. */
  readonly inPlace?: ReadonlyMap<string, string> | undefined;
  /** Settings of the planner for the whole session. */
  readonly planner?: SessionOptions['planner'];
  /** Proposal → the part of its table's rows that its partial index has. */
  readonly shares?: ReadonlyMap<string, number> | undefined;
}

export interface LensSession {
  /** Its close() closes all of it: the database is dropped. */
  readonly session: ExplorerSession;
  /** What of the document is not in the lens, or not as it was. */
  readonly hidden: readonly Hidden[];
}

/** @throws PgoptError 'lens-failed', 'cancelled', and what a session throws. */
export async function openLens(
  server: LensServer,
  document: LensDocument,
  { workload, names, now, signal, inPlace, planner, shares }: LensSessionOptions,
): Promise<LensSession> {
  const { proposals } = workload;
  const lens = await makeLens(server, document, { proposals, names, inPlace, shares, signal });
  try {
    const session = await openSession({
      settings: lens.settings,
      workload,
      eager: true,
      hiding: 'lens',
      lens: { ...lens, names, facts: factsOf(document, lens.hidden) },
      now,
      ...(planner === undefined ? {} : { planner }),
      ...(signal === undefined ? {} : { signal }),
    });
    // They are there from the start: what the session does not know of it could not hide.
    for (const { id } of workload.proposals)
      await session.background({ kind: 'build', proposalId: id }, signal);
    alsoClosing(session, () => lens.drop());
    return { session, hidden: lens.hidden };
  } catch (error) {
    await lens.drop();
    throw error;
  }
}

/** @param cost jit_above_cost */
export const jitNote = (cost: number): Hidden => ({
  what: 'JIT',
  why: `the lens shows none: where the server has a compiler, it compiles plans that cost more than ${formatCount(cost)} (jit_above_cost)`,
});

function factsOf(document: LensDocument, more: readonly Hidden[]): LensFacts {
  const { source, hidden, settings } = document;
  const { database, serverVersion, takenAt, redacted } = source;
  const redaction = redacted ? ', redacted' : '';
  return {
    of: `${database}, PostgreSQL ${serverVersion}, of ${takenAt.slice(0, 10)}${redaction}`,
    hidden: [
      ...hidden,
      ...more,
      ...(settings.jit === 'on' && Number(settings.jit_above_cost) >= 0
        ? [jitNote(Number(settings.jit_above_cost))]
        : []),
      ...redactedColumns(document),
    ],
  };
}
