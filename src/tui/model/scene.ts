/** The two plans in view, and what the session knows about their tables, budgets and proposals. */
import type { ProposedObject, Surroundings } from '../../plan/findings/find.ts';
import type { PlanScene } from '../planView/types.ts';
import type { State } from '../state/types.ts';
import { shownPlan } from './shownPlan.ts';

export function sceneOf(state: State): PlanScene {
  return {
    before: shownPlan(state, 'before'),
    after: shownPlan(state, 'after'),
    surroundings: surroundingsOf(state),
    view: state.view,
  };
}

interface Known {
  readonly session: State['session'];
  readonly workload: State['workload'];
  readonly proposed: string;
  readonly surroundings: PlanScene['surroundings'];
}

/** As they were last asked for: the facts about a plan are kept by this object. */
let known: Known | undefined;

function surroundingsOf(state: State): PlanScene['surroundings'] {
  const { session, workload } = state;
  const proposed = proposedObjects(state);
  const text = JSON.stringify(proposed);
  if (
    known !== undefined &&
    known.session === session &&
    known.workload === workload &&
    known.proposed === text
  )
    return known.surroundings;
  const before = baselineSurroundings(state);
  const surroundings = { before, after: proposed.length === 0 ? before : { ...before, proposed } };
  known = { session, workload, proposed: text, surroundings };
  return surroundings;
}

function baselineSurroundings({ workload, session }: State): Surroundings {
  const { largeTableRows, productionRows, workMemBytes } = workload.budgets;
  const here = new Map(session?.tables.map(({ name, rows }) => [name, rows]));
  const major = Number.parseInt(session?.serverVersion ?? '', 10);
  return {
    largeTableRows,
    memoryLimitBytes: workMemBytes,
    hashMemMultiplier: major < 15 ? 1 : 2,
    // A table that is large in production only is worth a warning here, too.
    tableRows: relation => {
      const rows = here.get(relation) ?? 0;
      if (rows >= largeTableRows) return { rows, where: 'here' };
      const production = Object.hasOwn(productionRows, relation) ? (productionRows[relation] ?? 0) : 0;
      return production >= largeTableRows
        ? { rows: production, where: 'production' }
        : { rows, where: 'here' };
    },
  };
}

/** What the proposals that are on have brought into being. */
function proposedObjects({ on, builds }: State): readonly ProposedObject[] {
  return on.flatMap(id => {
    const build = builds[id];
    if (build?.state !== 'built') return [];
    return build.built.objects.map(({ kind, name, table, usable }) => ({
      proposal: id,
      kind,
      name,
      table,
      usable,
    }));
  });
}
