/** Everything known about the node under the cursor. */

import { formatCount } from '../../format/count.ts';
import { harmless } from '../../format/harmless.ts';
import { formatMs } from '../../format/ms.ts';
import { type Line, left, wrap } from '../cell.ts';
import { planRowsOf } from '../model/planRows.ts';
import { shownPlan } from '../model/shownPlan.ts';
import { remarks } from '../panes/nodeDetails.ts';
import type { State } from '../state/types.ts';

const KEY = 30;

function entry(key: string, value: string, width: number): Line[] {
  return wrap(harmless(value), Math.max(10, width - KEY - 2)).map(
    (text, index): Line => [
      { text: `${left(index === 0 ? harmless(key) : '', KEY)}  `, dim: true },
      { text },
    ],
  );
}

export function nodeLines(state: State, width: number): Line[] {
  const plan = shownPlan(state, state.side);
  const rows = planRowsOf(state, state.side);
  const row = rows[Math.min(state.nodeCursor[state.side], rows.length - 1)];
  if (plan === undefined || row === undefined) return [[{ text: 'no plan yet', dim: true }]];
  const { node } = row;
  const { actual } = node;
  const figures: [string, string][] = [
    ['Cost', `${node.startupCost} .. ${node.totalCost}`],
    ['Rows estimated per loop', formatCount(node.planRows)],
  ];
  if (actual?.executed === true) {
    figures.push(
      ['Rows per loop', formatCount(actual.rowsPerLoop)],
      ['Loops', formatCount(actual.loops)],
      ['Rows in all', formatCount(actual.rows)],
    );
    if (actual.exclusiveMs !== undefined)
      figures.push(['Time, this node alone', formatMs(actual.exclusiveMs)]);
    if (actual.inclusiveMs !== undefined) figures.push(['Time, with children', formatMs(actual.inclusiveMs)]);
  }
  const notes = remarks(row, plan);
  const raw = Object.entries(node.raw).filter(([key]) => key !== 'Plans');
  return [
    [{ text: harmless(node.label), bold: true }],
    ...notes.map((text): Line => [{ text: `  ${text}`, color: 'magenta' }]),
    [],
    ...figures.flatMap(([key, value]) => entry(key, value, width)),
    [],
    [{ text: 'As EXPLAIN sent it', bold: true }],
    ...raw.flatMap(([key, value]) =>
      entry(key, typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), width),
    ),
  ];
}
