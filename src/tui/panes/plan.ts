/** A plan as a tree: node, rows estimated and actual, time and buffers, and what is worth looking at. */

import { harmless } from '../../format/harmless.ts';
import type { Plan } from '../../plan/types.ts';
import { cells, fitted, type Line, left, lineCells, type Span, wrap } from '../cell.ts';
import { framed, insideHeight, insideWidth, row } from '../frame.ts';
import { bothPlansVisible, type Frame, firstVisible, type Slot } from '../layout.ts';
import { type PlanRow, planRowsOf } from '../model/planRows.ts';
import { plannedFor } from '../model/selectors.ts';
import { shownPlan } from '../model/shownPlan.ts';
import { nodeLabel } from '../nodeLabel.ts';
import type { Side, State } from '../state/types.ts';
import { listed, spinner } from '../words.ts';
import { nodeDetails } from './nodeDetails.ts';
import { columnsText, headingText, type PlanColumns, planColumns } from './planColumns.ts';
import { planTitle } from './planTitle.ts';

const CHANGE_MARK = { same: ' ', added: '+', removed: '-', changed: '~', moved: '>' } as const;
const CHANGE_COLOR = { added: 'green', removed: 'red', changed: 'magenta', moved: 'magenta' } as const;

function treeLine(planRow: PlanRow, plan: Plan, columns: TreeColumns): Line {
  const { node, change, costliest, largeScan } = planRow;
  const guide = columns.short ? planRow.shortGuide : planRow.guide;
  const never = node.actual?.executed === false;
  const guideRoom = Math.min(cells(guide), Math.floor(columns.label / 2));
  // Deep trees lose the left part of their guides, never their labels.
  const shownGuide = cells(guide) > guideRoom ? `…${guide.slice(-(guideRoom - 1))}` : guide;
  const warning = largeScan === undefined ? '' : '⚠ ';
  const room = columns.label - cells(shownGuide) - cells(warning);
  const label = nodeLabel(node, room);
  const note = largeScan !== undefined && cells(label) + 13 <= room ? ' large table' : '';
  const mark: Span =
    change === 'same'
      ? { text: ' ' }
      : { text: CHANGE_MARK[change], color: CHANGE_COLOR[change], bold: true };
  const labelled: Line = [
    { text: shownGuide, dim: true },
    { text: warning, color: 'red', bold: true },
    { text: label, bold: costliest, dim: never },
    { text: note, color: 'red' },
  ];
  return [
    mark,
    { text: ' ' },
    ...labelled,
    { text: ' '.repeat(Math.max(0, columns.label - lineCells(labelled))) },
    ...columnsText(planRow, plan, columns),
  ];
}

/** What to say instead of a tree, or above one that is not the whole truth. */
function notice(state: State, side: Side): string | undefined {
  const planned = plannedFor(state, state.queryId, side);
  if (planned === undefined) return `${spinner(state.now)} planning`;
  if (planned.state === 'failed') return `The planner refused: ${harmless(planned.reason)}`;
  if (planned.missing.length > 0)
    return `planned without ${listed(planned.missing.map(id => harmless(id)))}: not built ${buildingNow(state, planned.missing)}`;
  return undefined;
}

function buildingNow(state: State, ids: readonly string[]): string {
  const waiting = ids.some(id => ['building', 'queued'].includes(state.builds[id]?.state ?? ''));
  return waiting ? 'yet' : '';
}

export function planPane(state: State, slot: Slot, frame: Frame): Line[] {
  const side = slot.side ?? state.side;
  const focused = state.focus === 'plan' && state.side === side;
  const width = insideWidth(frame, slot.width);
  const height = insideHeight(frame, slot.height);
  const options = {
    frame,
    width: slot.width,
    height: slot.height,
    focused,
    title: planTitle(state, side, slot.width - (focused ? 10 : 8)),
  };
  const plan = shownPlan(state, side);
  const note = notice(state, side);
  const noteLines: Line[] =
    note === undefined
      ? []
      : wrap(note, width - 2).map((text): Line => [{ text: ` ${text}`, color: 'magenta' }]);
  if (plan === undefined) return framed(noteLines, options);
  // Beside the plan before, the same one once more would only look like an answer.
  if (state.on.length === 0 && side === 'after' && bothPlansVisible(state))
    return framed(invitation(width), options);

  const rows = planRowsOf(state, side);
  const columns = { ...planColumns(plan, width), short: isShort(state, side, width) };
  const space = height - 1 - noteLines.length;
  const details = detailLines(space, rows.length);
  const room = Math.max(1, space - details - (details > 1 ? 1 : 0));
  const cursor = Math.min(state.nodeCursor[side], rows.length - 1);
  const first = firstVisible(cursor, rows.length, room);
  const tree = rows
    .slice(first, first + room)
    .map((planRow, index) => row(treeLine(planRow, plan, columns), width, first + index === cursor, focused));
  const filler = Array.from({ length: Math.max(0, room - tree.length) }, (): Line => []);
  const rule: Line[] = details > 1 ? [[{ text: '─'.repeat(width), dim: true }]] : [];
  const current = rows[cursor];
  const words = current === undefined ? [] : nodeDetails(current, plan, width, details);
  const heading: Line = [{ text: left(`   ${headingText(plan, columns)}`, width), dim: true }];
  const last = Math.min(rows.length, first + room);
  const position: Line = rows.length > room ? [{ text: `${first + 1}–${last} of ${rows.length}` }] : [];
  return framed(
    [...noteLines, heading, ...tree, ...filler, ...rule, ...words.map(line => fitted(line, width))],
    {
      ...options,
      aside: position,
    },
  );
}

/** Two lines where there is little room; what a short tree leaves free, up to ten. */
function detailLines(space: number, rows: number): number {
  if (space < 11) return 1;
  return Math.max(2, Math.min(10, space - rows - 1));
}

type TreeColumns = PlanColumns & { readonly short: boolean };

/**
 * A tree that would take more than a third of its column in strokes is drawn with the short ones; so is its
 * neighbour then, or the two could not be compared.
 */
function isShort(state: State, side: Side, width: number): boolean {
  const sides: readonly Side[] = bothPlansVisible(state) ? ['before', 'after'] : [side];
  return sides.some(each => {
    const plan = shownPlan(state, each);
    if (plan === undefined) return false;
    // Strokes and blanks are one cell each: no need to measure thousands of them in every frame.
    const most = planColumns(plan, width).label / 3;
    return planRowsOf(state, each).some(({ guide }) => guide.length > most);
  });
}

function invitation(width: number): Line[] {
  const text =
    'Nothing is switched on. Switch a proposal on with space, or all of them with a, and the plan that PostgreSQL then chooses stands here, beside the one before.';
  return [[], ...wrap(text, width - 4).map((line): Line => [{ text: `  ${line}`, dim: true }])];
}
