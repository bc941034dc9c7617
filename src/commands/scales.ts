/** `check --scales`: the demo at several sizes, production's plans rehearsed on each of them. */
import type { AtProduction } from '../advisor/projected.ts';
import { PgoptError } from '../errors.ts';
import type { ReadThrough } from '../lens/production.ts';
import { rehearseAll } from '../rehearsal/rehearseAll.ts';
import { sizeOfDocument } from '../rehearsal/sizeOfDocument.ts';
import { type Stage, serverOf } from '../rehearsal/stage.ts';
import type { Io, TargetOptions } from '../run.ts';
import { type ExplorerSession, openedBy, toldBy } from '../session/events.ts';
import { openSession } from '../session/session.ts';
import type { Timeouts } from '../session/timeouts.ts';
import type { Workload } from '../workload/types.ts';
import { notesOf, productionWith } from './production.ts';
import type { ProgressLine } from './progress.ts';
import { now, openTarget } from './target.ts';

export interface ScalesOptions {
  /** Ascending; the session that is open is the last one's. */
  readonly scales: readonly number[];
  readonly options: TargetOptions;
  readonly workload: Workload;
  readonly on: readonly string[];
  readonly timeouts: Timeouts;
  readonly progress: ProgressLine;
  readonly signal: AbortSignal;
}

/** @param largest Its proposals are built. @throws PgoptError */
export async function rehearseScales(
  largest: ExplorerSession,
  { scales, options, workload, on, timeouts, progress, signal }: ScalesOptions,
  io: Io,
): Promise<AtProduction> {
  const { readThrough } = await import('../lens/production.ts');
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const sessions: ExplorerSession[] = [];
    for (const scale of scales.slice(0, -1)) {
      // What is there is not made anew a second time.
      const target = await openTarget(
        undefined,
        { ...options, scale, fresh: false },
        io,
        progress.startup,
        signal,
      );
      closing.unshift(() => target.release());
      const session = await openSession({
        settings: target.settings,
        workload,
        eager: false,
        timeouts,
        now,
        signal,
      });
      closing.unshift(() => session.close());
      session.subscribe(progress.session);
      for (const proposalId of on) await session.errand({ kind: 'build', proposalId }, signal);
      sessions.push(session);
    }
    sessions.push(largest);
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
    closing.unshift(() => lens.session.close());
    const stages: Stage[] = [];
    for (const [at, session] of sessions.entries()) {
      const known = await serverOf(session, signal);
      const one = read[at];
      if (known === undefined || one === undefined) throw new PgoptError('cancelled', 'interrupted');
      const size = sizeOfDocument(one.document, `×${scales[at]}`, name => one.names.original(name));
      stages.push({ session, size, server: known });
    }
    const answers = await rehearseAll({
      workload,
      on,
      lens: lens.session,
      production: sizeOfDocument(lens.document, 'production', name => lens.names.original(name)),
      stages,
      signal,
      onStep: (query, { size }) =>
        progress.step(`query ${query.number}: rehearsing production's plan at ${size.label}`),
    });
    if (answers === undefined) throw new PgoptError('cancelled', 'interrupted');
    return {
      ...answers,
      ...facts(lens.session, on),
      sizes: stages.map(({ size }) => size.label),
      remarks: notesOf(lens).map(({ what, why }) => `${what}: ${why}`),
    };
  } finally {
    for (const close of closing) await close().catch(() => undefined);
  }
}

/** What the lens tells whoever begins to listen. */
function facts(
  session: ExplorerSession,
  on: readonly string[],
): Pick<AtProduction, 'tables' | 'serverVersion' | 'objects'> {
  const opened = openedBy(session);
  const objects = new Map(
    toldBy(session).flatMap(event =>
      event.type === 'build:finished' && on.includes(event.proposalId)
        ? [[event.proposalId, event.built.objects] as const]
        : [],
    ),
  );
  return { tables: opened?.tables ?? [], serverVersion: opened?.serverVersion, objects };
}
