/** The storage budget as two bars: what is on weighs here, and what it would weigh in production. */

import { formatBytes } from '../../format/bytes.ts';
import { round } from '../../format/round.ts';
import { fitted, type Line, type Span } from '../cell.ts';
import { type BudgetSum, budgetOf } from '../model/budget.ts';
import type { State } from '../state/types.ts';
import { bar } from '../words.ts';

function figures(sum: BudgetSum, limit: number): string {
  return `${sum.atLeast ? '≥ ' : ''}${formatBytes(sum.bytes)} of ${round(formatBytes(limit))}`;
}

function verdict(sum: BudgetSum): Span {
  if (sum.over) return { text: '✗ over budget', color: 'red', bold: true };
  // A lower bound below the limit proves nothing.
  if (sum.atLeast) return { text: '? not all built', color: 'magenta' };
  return { text: '✓ within budget', color: 'green' };
}

function barLine(label: string, sum: BudgetSum, limit: number, note: string, width: number): Line {
  const color = sum.over ? 'red' : 'cyan';
  const barWidth = Math.max(10, Math.min(30, width - 84));
  const text = figures(sum, limit).padEnd(18);
  return fitted(
    [
      { text: ` ${label} ` },
      ...bar(limit > 0 ? sum.bytes / limit : 1, barWidth, { color }),
      { text: ` ${text} ` },
      verdict(sum),
      { text: `  ${note}`, dim: true },
    ],
    width,
  );
}

export function budgetLines(state: State, width: number): Line[] {
  const { limit, here, production } = budgetOf(state);
  const measured = barLine('storage here ', here, limit, '', width);
  if (production === undefined) {
    const built = state.on.some(id => state.builds[id]?.state === 'built');
    const why = built
      ? 'not known: no production row counts for what is on'
      : 'known when something is built';
    return [measured, fitted([{ text: ` in production ${why}`, dim: true }], width)];
  }
  const long = `projected: ${production.assumption}`;
  const note = production.assumption === '' || width < 94 ? 'projected' : long;
  return [measured, barLine('in production', production, limit, note, width)];
}

/** One phrase for where there is one line only. */
export function budgetSummary(state: State): Line {
  const { limit, here, production } = budgetOf(state);
  const start: Span = { text: figures(here, limit) };
  if (production === undefined) return [start];
  const projected: Span = {
    text: ` · projected ${production.atLeast ? '≥ ' : ''}${formatBytes(production.bytes)} `,
  };
  return [start, projected, verdict(production)];
}
