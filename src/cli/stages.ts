/**
 * Opens several sizes of one database, each with a session that has the proposals built, and a lens of production
 * grown from the largest.
 */
import { PgoptError } from '../base/errors.ts';
import type { Production, ReadThrough } from '../production/productionLens.ts';
import type { Size } from '../production/rehearsal.ts';
import { sizeOfDocument } from '../production/scale.ts';
import { type Stage, serverOf } from '../production/stage.ts';
import { type ExplorerSession, eventsOf } from '../session/events.ts';
import { openSession } from '../session/opening.ts';
import type { Timeouts } from '../session/options.ts';
import type { Workload } from '../workload/workload.ts';
import type { Io } from './io.ts';
import { notesOf, productionWith } from './lensFile.ts';
import type { ProgressLine } from './progress.ts';
import { now, type Target } from './target.ts';

export interface Place {
  /** `×0.01` */
  readonly label: string;
  /** Starts and loads it if necessary. Closing the stages releases it. */
  open(): Promise<Pick<Target, 'settings' | 'release'>>;
}

export interface StagesOptions {
  /** The sizes below the largest, ascending. */
  readonly smaller: readonly Place[];
  readonly label: string;
  /** Further remarks on these sizes; clauses. */
  readonly remarks?: readonly string[];
  /** Ids of the proposals to build at each size. */
  readonly build: readonly string[];
  readonly workload: Workload;
  readonly timeouts: Timeouts;
  readonly progress: ProgressLine;
  readonly signal: AbortSignal;
}

interface Stages {
  /** Ascending; the last one is the given session. */
  readonly stages: readonly Stage[];
  readonly lens: Production;
  readonly production: Size;
  /** Assumptions about production; clauses. */
  readonly remarks: readonly string[];
  whyEnded(): PgoptError;
  /** Closes everything that was opened here, last opened first; not the given session. */
  close(): Promise<void>;
}

/**
 * @param largest Stays open.
 * @throws PgoptError after closing everything that was opened here
 */
export async function openStages(
  largest: ExplorerSession,
  { smaller, label, remarks = [], build, workload, timeouts, progress, signal }: StagesOptions,
  io: Io,
): Promise<Stages> {
  const { readThrough } = await import('../production/productionLens.ts');
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const one of opened.splice(0).reverse()) await one().catch(() => undefined);
  };
  const sessions: ExplorerSession[] = [];
  const whyEnded = () => endOf(sessions, signal);
  try {
    for (const place of smaller) {
      const target = await place.open();
      opened.push(() => target.release());
      const { settings } = target;
      const session = await openSession({ settings, workload, eager: false, timeouts, now, signal });
      opened.push(() => session.close());
      session.subscribe(progress.session);
      sessions.push(session);
    }
    sessions.push(largest);
    const lacking: ReadonlyMap<string, string>[] = [];
    for (const session of sessions) {
      const failed = await buildAll(session, build, signal);
      if (failed === undefined) throw whyEnded();
      lacking.push(failed);
    }
    progress.step('reading the statistics');
    const read: ReadThrough[] = [];
    for (const session of sessions) read.push(await readThrough(session, signal));
    const lens = await productionWith(io, now)(largest, {
      workload,
      signal,
      read: read.at(-1),
      other: sessions.length < 2 ? undefined : read[0]?.document,
      onStep: progress.step,
    });
    opened.push(() => lens.session.close());
    const labels = [...smaller.map(place => place.label), label];
    const stages: Stage[] = [];
    for (const [at, session] of sessions.entries()) {
      const server = await serverOf(session, signal);
      const one = read[at];
      if (server === undefined || one === undefined) throw whyEnded();
      const size = sizeOfDocument(one.document, labels[at] ?? '', name => one.names.original(name));
      stages.push({ session, size, server, lacking: lacking[at] ?? new Map() });
    }
    return {
      stages,
      lens,
      production: sizeOfDocument(lens.document, 'production', name => lens.names.original(name)),
      remarks: [...remarks, ...notesOf(lens).map(({ what, why }) => `${what}: ${why}`)],
      whyEnded: () => endOf([...sessions, lens.session], signal),
      close,
    };
  } catch (error) {
    await close();
    // Sessions report a lost connection as 'cancelled', too.
    const isEnd = error instanceof PgoptError && error.code === 'cancelled';
    throw isEnd ? whyEnded() : error;
  }
}

/**
 * @returns Failed proposals with the reason, which matters only if a plan needs one; undefined: the session ended.
 */
async function buildAll(
  session: ExplorerSession,
  build: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string> | undefined> {
  const failed = new Map<string, string>();
  for (const proposalId of build) {
    const answer = await session.background({ kind: 'build', proposalId }, signal);
    if (answer.kind === 'ended') return undefined;
    if (answer.kind === 'failed') failed.set(proposalId, answer.reason);
  }
  return failed;
}

/** Why a survey or a stage ended early: a lost connection, otherwise an interrupt. */
export function endOf(sessions: readonly ExplorerSession[], signal: AbortSignal): PgoptError {
  const lost = sessions.flatMap(eventsOf).find(event => event.type === 'session:lost');
  return lost === undefined || signal.aborted
    ? new PgoptError('cancelled', 'interrupted')
    : new PgoptError('connection-lost', `connection lost (${lost.reason})`);
}
