/** The two plans in view, and what the session knows about their tables, budgets and proposals. */

import { proposedBy, surroundingsFor } from '../../advisor/surroundings.ts';
import type { ProposedObject } from '../../plan/findings/find.ts';
import type { Plan } from '../../plan/plan.ts';
import type { TableFact } from '../../session/events.ts';
import { addedOf } from '../../session/events.ts';
import { readyPart } from '../planView/ready.ts';
import type { PlanScene } from '../planView/view.ts';
import type { Side, State } from '../state/state.ts';
import { inView } from './inView.ts';
import { measuringOf, plannedFor } from './selectors.ts';

export const sceneOf = (state: State): PlanScene => readyPart(wholeScene(state));

/** Also of plans that are still being worked out. */
export function wholeScene(state: State): PlanScene {
  return {
    before: shownPlan(state, 'before'),
    after: shownPlan(state, 'after'),
    surroundings: surroundingsOf(inView(state)),
    view: state.view,
  };
}

interface Known {
  readonly tables: readonly TableFact[];
  readonly workload: State['workload'];
  readonly proposed: string;
  readonly surroundings: PlanScene['surroundings'];
}

const NO_TABLES: readonly TableFact[] = [];

/** The object of the last call: facts about a plan are cached by it. */
let known: Known | undefined;

function surroundingsOf(state: State): PlanScene['surroundings'] {
  const { session, workload } = state;
  const tables = session?.tables ?? NO_TABLES;
  const proposed = proposedObjects(state);
  const text = JSON.stringify(proposed);
  const last =
    known !== undefined && known.tables === tables && known.workload === workload ? known : undefined;
  if (last?.proposed === text) return last.surroundings;
  const make = (objects: readonly ProposedObject[]) =>
    surroundingsFor(workload, tables, session?.serverVersion, objects);
  const before = last?.surroundings.before ?? make([]);
  const surroundings = { before, after: proposed.length === 0 ? before : make(proposed) };
  known = { tables, workload, proposed: text, surroundings };
  return surroundings;
}

/** Objects that the proposals that are on created. */
function proposedObjects({ on, builds }: State): readonly ProposedObject[] {
  return on.flatMap(id => {
    const build = builds[id];
    return build?.state === 'built' ? proposedBy(id, addedOf(build.built)) : [];
  });
}

export function shownPlan(whole: State, side: Side): Plan | undefined {
  const state = inView(whole);
  const planned = plannedFor(state, state.queryId, side);
  if (planned?.state !== 'planned') return undefined;
  const { plan } = planned;
  return measuringOf(state, state.queryId, plan.fingerprint)?.result?.measurement.tree ?? plan;
}
