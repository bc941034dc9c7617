/** The panes and their parts of the screen: a pure function of its size, the focus and the zoom. */
import { flattenPlan } from '../plan/tree.ts';
import { sceneOf } from './model/scene.ts';
import { BASELINE } from './model/selectors.ts';
import { pairOf } from './planView/pair.ts';
import type { PaneId, Planned, Side, State } from './state/state.ts';

/** `box`: a border all around. `rule`: a heading line only, where every line counts. */
export type Frame = 'box' | 'rule';

export interface Slot {
  readonly pane: PaneId;
  /** Which plan, for the plan pane; undefined there: both in one tree. */
  readonly side: Side | undefined;
  readonly width: number;
  /** With its frame. */
  readonly height: number;
}

interface Layout {
  readonly frame: Frame;
  /** Rows of slots from top to bottom; the heights of a row are equal. */
  readonly rows: readonly (readonly Slot[])[];
  /** Lines between the header and the status line. */
  readonly body: number;
}

/** Header, status line and footer. */
const CHROME = 3;
export const SIDE_BY_SIDE = 100;
/** From here on the queries and the proposals stand side by side, too. */
const LISTS_SIDE_BY_SIDE = 120;
/** From here on a proposal is written beside the plan. */
export const EDITOR_BESIDE = LISTS_SIDE_BY_SIDE;
/** The plans' share of the rows below the header if the lists stand side by side. */
const PLANS_SHARE = 0.6;
/** Rows of proposals; more of them scroll. */
export const PROPOSALS = 6;
/** Proposals beside the queries, cells at least: a box, a long name, a size and queries. */
const PROPOSALS_WIDTH = 55;
const BOXED_ROWS = 32;
/** Least height inside of a plan pane: heading of columns, six nodes, a line of details. */
const PLAN_INSIDE = 8;
const STACKED_PLANS = 28;
/** The heading of columns, and two lines about the node. */
const PLAN_BESIDE_TREE = 3;

function frameLines(frame: Frame): number {
  return frame === 'box' ? 2 : 1;
}

/** Cells a pane has inside its frame. */
export function insideWidth(frame: Frame, width: number): number {
  return frame === 'box' ? width - 4 : width - 1;
}

export function insideHeight(frame: Frame, height: number): number {
  return height - frameLines(frame);
}

/** Lines of the tree that a plan pane of this height has. */
export function treeRoom(frame: Frame, height: number): number {
  return Math.max(1, insideHeight(frame, height) - PLAN_BESIDE_TREE);
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

/** Both plans in one tree: chosen, or because there is no room for two side by side. */
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
  const listed = listSlots(state, { width, body, lines });
  const used = listed.reduce((sum, [slot]) => sum + (slot?.height ?? 0), 0);
  return { frame, body, rows: [...listed, ...planRows(state, body - used)] };
}

/** Lines that the longest known comparison takes; undefined before every query is planned. Does not depend on the query in view. */
function linesOfPlans({ workload, plans }: Pick<State, 'workload' | 'plans'>): number | undefined {
  const known = LINES.get(plans);
  if (known !== undefined) return known;
  let most = 0;
  for (const { id } of workload.queries) {
    const own = plans[id] ?? {};
    const baseline = own[BASELINE];
    if (baseline === undefined) return undefined;
    const before = linesOf(baseline);
    // A comparison has at most the lines of both.
    for (const planned of Object.values(own))
      most = Math.max(most, isSamePlan(planned, baseline) ? before : before + linesOf(planned));
  }
  LINES.set(plans, most);
  return most;
}

const linesOf = (planned: Planned): number =>
  planned.state === 'planned' ? flattenPlan(planned.plan).length : 1;

const isSamePlan = (a: Planned, b: Planned): boolean =>
  a.state === 'planned' && b.state === 'planned' && a.plan.fingerprint === b.plan.fingerprint;

const LINES = new WeakMap<State['plans'], number>();

/**
 * The queries and the proposals: as many rows as they need, as long as the plans keep theirs. They never collapse. If every plan is short,
 * the lists may have more.
 */
function listSlots(
  state: Pick<State, 'workload' | 'plans'>,
  { width, body, lines }: { readonly width: number; readonly body: number; readonly lines: number },
): Slot[][] {
  const { workload } = state;
  // Inside: a heading of columns and a line each; the budget takes two lines where there is room.
  const queries = workload.queries.length + 1 + lines;
  const few = Math.min(PROPOSALS, Math.max(1, workload.proposals.length));
  const slot = (pane: PaneId, height: number, wide = width): Slot => ({
    pane,
    side: undefined,
    width: wide,
    height,
  });
  if (width >= LISTS_SIDE_BY_SIDE) {
    const share = Math.ceil((body + CHROME) * PLANS_SHARE);
    const enough = (linesOfPlans(state) ?? share) + PLAN_BESIDE_TREE + lines;
    const most = body - Math.max(PLAN_INSIDE + lines, Math.min(share, enough));
    const height = Math.min(Math.max(queries, few + 3 + lines), most);
    const right = Math.max(PROPOSALS_WIDTH, Math.floor(width * 0.42));
    return [[slot('queries', height, width - right), slot('proposals', height, right)]];
  }
  const most = body - PLAN_INSIDE - lines;
  const proposals = Math.min(few + 1 + lines, Math.max(2 + lines, Math.floor(most * 0.4), most - queries));
  return [[slot('queries', Math.min(queries, most - proposals))], [slot('proposals', proposals)]];
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
