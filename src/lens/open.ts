/** Opens a session on a lens, which plans as the database would and cannot execute. */
import { formatCount } from '../base/format.ts';
import { alsoClosing } from '../session/closing.ts';
import type { ExplorerSession, LensFacts } from '../session/events.ts';
import type { SessionNames } from '../session/names.ts';
import { openSession } from '../session/opening.ts';
import type { SessionOptions } from '../session/options.ts';
import type { Workload } from '../workload/workload.ts';
import type { LensDocument, Omission } from './document.ts';
import { type LensServer, makeLens } from './make/make.ts';
import { redactedColumns } from './redact.ts';

export interface LensSessionOptions {
  readonly workload: Workload;
  /** Names of proposals' objects in the document. */
  readonly names: SessionNames;
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
  /** Proposals that the source database is known to have. */
  readonly inPlace?: ReadonlyMap<string, string> | undefined;
  /** Planner settings for the whole session. */
  readonly planner?: SessionOptions['planner'];
  /** Proposal → share of the table's rows in its partial index. */
  readonly shares?: ReadonlyMap<string, number> | undefined;
}

export interface LensSession {
  /** Its close() also drops the lens's database. */
  readonly session: ExplorerSession;
  /** Parts of the document that the lens lacks or changes. */
  readonly hidden: readonly Omission[];
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
    // Their objects already exist. The session can only hide what it has registered as built.
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
export const jitNote = (cost: number): Omission => ({
  what: 'JIT',
  why: `the lens shows none: where the server has a compiler, it compiles plans that cost more than ${formatCount(cost)} (jit_above_cost)`,
});

function factsOf(document: LensDocument, more: readonly Omission[]): LensFacts {
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
