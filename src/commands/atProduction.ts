/** What `check` says of production: its plans rehearsed at every size, with nothing on and with what is on. */
import type { AtProduction } from '../advisor/projected.ts';
import { rehearseAll } from '../production/rehearseAll.ts';
import type { Io } from '../run.ts';
import { type ExplorerSession, openedBy, toldBy } from '../session/events.ts';
import { openStages, type StagesOptions } from './stages.ts';

/** @param largest The session that everything else was measured in. @throws PgoptError */
export async function lookAtProduction(
  largest: ExplorerSession,
  options: StagesOptions,
  io: Io,
): Promise<AtProduction> {
  const { workload, build: on, progress, signal } = options;
  const opened = await openStages(largest, options, io);
  try {
    const { stages, lens, production, remarks } = opened;
    const answers = await rehearseAll({
      workload,
      on,
      lens: lens.session,
      production,
      stages,
      signal,
      onStep: (query, { size }) =>
        progress.step(`query ${query.number}: rehearsing production's plan at ${size.label}`),
    });
    if (answers === undefined) throw opened.whyEnded();
    return {
      ...answers,
      ...facts(lens.session, on),
      sizes: stages.map(({ size }) => size.label),
      remarks,
    };
  } finally {
    await opened.close();
  }
}

/** What the lens emits to a new listener. */
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
