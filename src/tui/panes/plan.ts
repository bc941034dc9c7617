/** A plan as a tree: node, rows estimated and actual, time and buffers, and what is worth looking at. */

import { harmless } from '../../format/harmless.ts';
import { formatMs } from '../../format/ms.ts';
import type { Plan } from '../../plan/types.ts';
import { cells, fitted, type Line, left, lineCells, type Span } from '../cell.ts';
import { framed, insideHeight, insideWidth, row } from '../frame.ts';
import { type Frame, firstVisible, type Slot } from '../layout.ts';
import { changeOf, type Figure, figureOf } from '../model/figure.ts';
import { type PlanRow, planRowsOf } from '../model/planRows.ts';
import { plannedFor, queryInView } from '../model/selectors.ts';
import { shownPlan } from '../model/shownPlan.ts';
import { nodeLabel } from '../nodeLabel.ts';
import type { Side, State } from '../state/types.ts';
import { elapsed, listed, spinner } from '../words.ts';
import { nodeDetails } from './nodeDetails.ts';
import { columnsText, headingText, type PlanColumns, planColumns } from './planColumns.ts';
import { changeSpan } from './queries.ts';

const CHANGE_MARK = { same: ' ', added: '+', removed: '-', changed: '~', moved: '>' } as const;
const CHANGE_COLOR = { added: 'green', removed: 'red', changed: 'magenta', moved: 'magenta' } as const;

/** `21 ms, median of 5 (20–23 ms)`. */
export function figureWords(figure: Figure, now: number): string {
  switch (figure.how) {
    case 'measured':
    case 'reused': {
      const { runsMs, ms } = figure;
      const spread =
        runsMs.length > 1
          ? `, median of ${runsMs.length} (${formatMs(Math.min(...runsMs))} – ${formatMs(Math.max(...runsMs))})`
          : '';
      return `${formatMs(ms)} ${figure.how}${spread}`;
    }
    case 'timed out':
      return `> ${formatMs(figure.afterMs)}, stopped`;
    case 'running':
      return `${spinner(now)} measuring, ${elapsed(now - figure.since)}`;
    case 'estimated':
      return figure.problem === undefined ? 'estimated only' : `estimated only: ${harmless(figure.problem)}`;
    case 'failed':
      return 'failed';
    case 'planning':
      return 'planning';
  }
}

function title(state: State, side: Side): Line {
  const query = queryInView(state);
  const figure = figureOf(state, state.queryId, side);
  const name = `${side === 'before' ? 'Before' : 'After'} · Q${query?.number ?? '?'}`;
  const words: Span = { text: ` · ${figureWords(figure, state.now)}` };
  if (side === 'before') return [{ text: name, bold: true }, words];
  const change = changeOf(state, state.queryId);
  if (change.kind === 'unknown') return [{ text: name, bold: true }, words];
  const verdict = change.kind === 'same plan' ? { text: 'same plan as before' } : changeSpan(change);
  return [{ text: name, bold: true }, { text: ' · ' }, verdict, words];
}

function treeLine(planRow: PlanRow, plan: Plan, columns: PlanColumns): Line {
  const { node, guide, change, costliest, largeScan } = planRow;
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
  const options = { frame, width: slot.width, height: slot.height, focused, title: title(state, side) };
  const plan = shownPlan(state, side);
  const note = notice(state, side);
  const noteLines: Line[] = note === undefined ? [] : [[{ text: ` ${note.trimEnd()}`, color: 'magenta' }]];
  if (plan === undefined) return framed(noteLines, options);

  const rows = planRowsOf(state, side);
  const columns = planColumns(plan, width);
  const detailLines = height >= 12 ? 2 : 1;
  const room = Math.max(1, height - 1 - noteLines.length - detailLines);
  const cursor = Math.min(state.nodeCursor[side], rows.length - 1);
  const first = firstVisible(cursor, rows.length, room);
  const tree = rows
    .slice(first, first + room)
    .map((planRow, index) => row(treeLine(planRow, plan, columns), width, first + index === cursor, focused));
  const filler = Array.from({ length: Math.max(0, room - tree.length) }, (): Line => []);
  const current = rows[cursor];
  const details = current === undefined ? [] : nodeDetails(current, plan, width, detailLines);
  const heading: Line = [{ text: left(`   ${headingText(plan, columns)}`, width), dim: true }];
  const position: Line =
    rows.length > room
      ? [{ text: `${first + 1}–${Math.min(rows.length, first + room)} of ${rows.length}`, dim: true }]
      : [];
  return framed([...noteLines, heading, ...tree, ...filler, ...details.map(line => fitted(line, width))], {
    ...options,
    aside: position,
  });
}
