/** Who gets which part of the screen: a pure function of its size, the focus and the zoom. */
import { sceneOf } from './model/scene.ts';
import { pairOf } from './planView/pair.ts';
import type { PaneId, Side, State } from './state/state.ts';

/** `box`: a border all around. `rule`: a heading line only, where every line counts. */
export type Frame = 'box' | 'rule';

export interface Slot {
  readonly pane: PaneId;
  /** Which plan, for the plan pane; undefined there: both in one tree. */
  readonly side: Side | undefined;
  readonly width: number;
  /** With its frame. 1 means collapsed to a line that sums the pane up. */
  readonly height: number;
}

export interface Layout {
  readonly frame: Frame;
  /** Rows of slots from top to bottom; the heights of a row are equal. */
  readonly rows: readonly (readonly Slot[])[];
  /** Lines between the header and the status line. */
  readonly body: number;
}

/** Header, status line and footer. */
const CHROME = 3;
export const SIDE_BY_SIDE = 100;
const TOP_SIDE_BY_SIDE = 170;
const BOXED_ROWS = 32;
/** Least height inside of a plan pane: heading of columns, six nodes, a line of details. */
const PLAN_INSIDE = 8;
const STACKED_PLANS = 28;

export function frameLines(frame: Frame): number {
  return frame === 'box' ? 2 : 1;
}

/** Cells a pane has inside its frame. */
export function insideWidth(frame: Frame, width: number): number {
  return frame === 'box' ? width - 4 : width - 1;
}

export function insideHeight(frame: Frame, height: number): number {
  return height - frameLines(frame);
}

/** Lines of the tree that a plan pane of this height has: without its heading, and two lines about the node. */
export function treeRoom(frame: Frame, height: number): number {
  return Math.max(1, insideHeight(frame, height) - 3);
}

/** Lines of an overlay inside its box, which takes the whole body of the screen. */
export function overlayRoom({ size }: Pick<State, 'size'>): number {
  return size.rows - 1 - CHROME - frameLines('box');
}

/** Rows of the table of all queries: each takes two lines, its frame three, and there are two lines above. */
export function summaryRoom(state: Pick<State, 'size'>): number {
  return Math.max(1, Math.floor((overlayRoom(state) - 3) / 2));
}

/** Cells of one. */
export function overlayWidth({ size }: Pick<State, 'size'>): number {
  return insideWidth('box', size.columns);
}

/** Lines of the preflight in view: without header, footer, the question and the blank line above it. */
export function askedRoom({ size }: Pick<State, 'size'>): number {
  return Math.max(1, size.rows - 6);
}

/** Both plans in one tree: asked for, or because there is no room for two beside each other. */
export function isUnified(state: State): boolean {
  const { arrangement } = state.view;
  if (arrangement === 'sides' || (arrangement === 'auto' && state.size.columns >= SIDE_BY_SIDE)) return false;
  return pairOf(sceneOf(state)) !== undefined;
}

function planRows(state: State, height: number): Slot[][] {
  const width = state.size.columns;
  const sides = ['before', 'after'] as const;
  if (isUnified(state)) return [[{ pane: 'plan', side: undefined, width, height }]];
  if (width >= SIDE_BY_SIDE) {
    const half = Math.floor(width / 2);
    return [
      sides.map(side => ({ pane: 'plan', side, width: side === 'before' ? half : width - half, height })),
    ];
  }
  if (height >= STACKED_PLANS) {
    const top = Math.floor(height / 2);
    return sides.map(side => [{ pane: 'plan', side, width, height: side === 'before' ? top : height - top }]);
  }
  return [[{ pane: 'plan', side: state.view.side, width, height }]];
}

export function layoutOf(state: State): Layout {
  const { columns: width, rows } = state.size;
  // One row stays free: a frame as tall as the terminal makes Ink clear the scrollback.
  const body = rows - 1 - CHROME;
  const frame: Frame = rows >= BOXED_ROWS && width >= SIDE_BY_SIDE ? 'box' : 'rule';
  const lines = frameLines(frame);
  if (state.zoomed) {
    const side = state.focus === 'plan' && !isUnified(state) ? state.view.side : undefined;
    return { frame, body, rows: [[{ pane: state.focus, side, width, height: body }]] };
  }
  // Inside: a heading of columns and a line each; the budget takes two lines.
  const proposals = state.workload.proposals.length + 3 + lines;
  const queries = state.workload.queries.length + 1 + lines;
  const least = PLAN_INSIDE + lines;
  const slot = (pane: PaneId, height: number): Slot => ({ pane, side: undefined, width, height });

  if (width >= TOP_SIDE_BY_SIDE) {
    const height = Math.min(Math.max(proposals, queries), body - least);
    const half = Math.floor(width / 2);
    const top = [
      { ...slot('proposals', height), width: half },
      { ...slot('queries', height), width: width - half },
    ];
    return { frame, body, rows: [top, ...planRows(state, body - height)] };
  }
  if (proposals + queries + least <= body) {
    const plans = planRows(state, body - proposals - queries);
    return { frame, body, rows: [[slot('proposals', proposals)], [slot('queries', queries)], ...plans] };
  }
  // No room for everything: the focused list is open, the other one is a line.
  const open = state.focus === 'plan' ? 1 : state.focus === 'proposals' ? proposals : queries;
  const height = Math.min(open, body - least - 1);
  const proposalsHeight = state.focus === 'proposals' ? height : 1;
  const queriesHeight = state.focus === 'queries' ? height : 1;
  const plans = planRows(state, body - proposalsHeight - queriesHeight);
  return {
    frame,
    body,
    rows: [[slot('proposals', proposalsHeight)], [slot('queries', queriesHeight)], ...plans],
  };
}

/** The slot of a pane in the present layout, if it is there. */
export function slotOf(state: State, pane: PaneId, side?: Side): Slot | undefined {
  return layoutOf(state)
    .rows.flat()
    .find(slot => slot.pane === pane && (side === undefined || slot.side === side));
}

/** Both plans are on the screen at once. */
export function bothPlansVisible(state: State): boolean {
  return (
    layoutOf(state)
      .rows.flat()
      .filter(slot => slot.pane === 'plan').length === 2
  );
}

/** The first index shown of a list so that the cursor stays in the middle where it can. */
export function firstVisible(cursor: number, count: number, height: number): number {
  return Math.max(0, Math.min(cursor - Math.floor(height / 2), count - height));
}
