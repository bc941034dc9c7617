/** The panes by their names: each makes exactly the lines of its slot. */
import type { Line } from '../cell.ts';
import type { Frame, Slot } from '../layout.ts';
import type { PaneId, State } from '../state/state.ts';
import { planPane } from './plan.ts';
import { proposalsPane } from './proposals.ts';
import { queriesPane } from './queries.ts';

export const PANES: Readonly<Record<PaneId, (state: State, slot: Slot, frame: Frame) => Line[]>> = {
  proposals: proposalsPane,
  queries: queriesPane,
  plan: planPane,
};
