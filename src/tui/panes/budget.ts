/** The storage budget as two bars: the size of the configuration here, and in production. */

import { formatBytes, round } from '../../base/format.ts';
import { fitted, type Line, type Span } from '../cell.ts';
import { type BudgetSum, budgetOf } from '../model/budget.ts';
import { isPlannedOnly } from '../model/inView.ts';
import type { Build, State } from '../state/state.ts';
import { bar, HOW_GOT, SHOWN } from '../words.ts';

function figures(sum: BudgetSum, limit: number): string {
  return `${sum.atLeast ? '≥ ' : ''}${formatBytes(sum.bytes)} of ${round(formatBytes(limit))}`;
}

/** @param more What stands in for `not all built`. */
function verdict(sum: BudgetSum, more = 'not all built'): Span {
  if (sum.over) return { text: SHOWN.overBudget, color: 'red', bold: true };
  // A lower bound below the limit proves nothing.
  if (sum.atLeast) return { text: `? ${more}`, color: 'magenta' };
  return { text: '✓ within budget', color: 'green' };
}

function barLine(
  label: string,
  sum: BudgetSum,
  limit: number,
  note: string,
  width: number,
  more?: string,
): Line {
  const color = sum.over ? 'red' : 'cyan';
  // The figures and the verdict need 50 cells.
  const barWidth = width < 62 ? 0 : Math.max(10, Math.min(30, width - 84));
  const text = figures(sum, limit).padEnd(18);
  return fitted(
    [
      { text: ` ${label} ` },
      ...(barWidth === 0
        ? [{ text: `${text} ` }]
        : [...bar(limit > 0 ? sum.bytes / limit : 1, barWidth, { color }), { text: ` ${text} ` }]),
      verdict(sum, more),
      { text: barWidth === 0 ? '' : `  ${note}`, dim: true },
    ],
    width,
  );
}

const isReallyBuilt = (build: Build | undefined): boolean =>
  build?.state === 'built' && build.built.hypothetical !== true;

/** Never counted, because it was not built. */
const moreWords = (bytes: number): string => `${formatBytes(bytes)} more, ${HOW_GOT.hypothetical}`;

export function budgetLines(state: State, width: number): Line[] {
  const { limit, here, hypothetical, production } = budgetOf(state);
  const more = hypothetical === 0 ? undefined : moreWords(hypothetical);
  if (isPlannedOnly(state)) {
    const how =
      state.session?.lens === undefined || state.atProduction ? 'what is built here' : 'its statistics';
    return [
      barLine('in production', here, limit, width < 94 ? 'projected' : `projected from ${how}`, width),
      [],
    ];
  }
  const measured = barLine('storage here ', here, limit, here.over ? (more ?? '') : '', width, more);
  if (production === undefined) {
    const built = state.on.some(id => isReallyBuilt(state.builds[id]));
    const why = built
      ? 'not known: no production row counts for what is on'
      : more !== undefined
        ? 'not known: what is on is hypothetical'
        : 'known when something is built';
    return [measured, fitted([{ text: ` in production ${why}`, dim: true }], width)];
  }
  const long = `projected: ${production.assumption}`;
  const note = production.assumption === '' || width < 94 ? 'projected' : long;
  return [measured, barLine('in production', production, limit, note, width)];
}

/** One phrase for where there is one line only: the verdict beside the figure that it judges. */
export function budgetSummary(state: State): Line {
  const { limit, here, hypothetical, production } = budgetOf(state);
  const more = hypothetical === 0 ? '' : ` · ${moreWords(hypothetical)}`;
  if (production === undefined) return [{ text: `${figures(here, limit)}${more}` }];
  const projected: Span = { text: `: projected ${figures(production, limit)}` };
  return [verdict(production), projected, { text: ` · ${formatBytes(here.bytes)} here${more}` }];
}
