import { Box } from 'ink';
import type { Line } from '../cell.ts';
import type { Frame, Slot } from '../layout.ts';
import { planPane } from '../panes/plan.ts';
import { proposalsPane } from '../panes/proposals.ts';
import { queriesPane } from '../panes/queries.ts';
import type { PaneId, State } from '../state/state.ts';
import { Lines } from './Lines.tsx';

export const PANES: Readonly<Record<PaneId, (state: State, slot: Slot, frame: Frame) => Line[]>> = {
  proposals: proposalsPane,
  queries: queriesPane,
  plan: planPane,
};

/** One pane in its slot of the layout. */
export function Pane({
  state,
  slot,
  frame,
}: {
  readonly state: State;
  readonly slot: Slot;
  readonly frame: Frame;
}) {
  return (
    <Box width={slot.width} height={slot.height} flexShrink={0}>
      <Lines lines={PANES[slot.pane](state, slot, frame)} />
    </Box>
  );
}
