/** Why a query does not use an index, in one line; and whether the planner was wrong. */

import { formatCount, formatMs, formatRows, formatThousands } from '../../base/format.ts';
import { median } from '../../base/statistics.ts';
import { BEGINS, misestimates } from '../../plan/accounting/estimates.ts';
import type { Plan } from '../../plan/plan.ts';
import { flattenPlan } from '../../plan/tree.ts';
import type { Forced, Unused } from '../../session/events.ts';

/** Fewest forced runs that can prove the planner wrong. */
const LEAST_RUNS = 3;

/** @param chosenMs Runs of the plan that the planner chose; empty: not run. */
export function unusedText(unused: Unused, chosenMs: readonly number[]): string {
  const { reason, text, cost, chosenCost, instead, rows, forced } = unused;
  if (reason !== 'more-expensive')
    return unused.readWhole === true ? `read from end to end, for its size: ${text}` : text;
  const costs = (figure: number) => formatThousands(Math.round(figure));
  const expected = rows === undefined ? '' : `, ${formatRows(rows)} expected`;
  return [
    cost === undefined
      ? `usable, but ${rows === undefined ? 'no planner setting leads to it' : `more expensive${expected}`}`
      : `usable, but cost ${costs(cost)} against ${costs(chosenCost)}${instead === undefined ? '' : ` with ${instead}`}${expected}`,
    ...(text === '' ? [] : [text]),
    ...(forced === undefined ? [] : forcedText(forced, chosenMs)),
  ].join('; ');
}

/** Whether every run of the refused plan beat every run of the chosen plan. */
export const isPlannerWrong = ({ runsMs }: Pick<Forced, 'runsMs'>, chosenMs: readonly number[]): boolean =>
  runsMs.length >= LEAST_RUNS && chosenMs.length > 0 && Math.max(...runsMs) < Math.min(...chosenMs);

function forcedText(forced: Forced, chosenMs: readonly number[]): string[] {
  const { medianMs, stoppedAfterMs, plan } = forced;
  if (stoppedAfterMs !== undefined) return [`forced: stopped after ${formatMs(stoppedAfterMs)}`];
  if (medianMs === undefined) return [];
  const ms = median(chosenMs);
  const took = `forced: ${formatMs(medianMs)}${ms === undefined ? '' : ` against ${formatMs(ms)}`}`;
  if (plan === undefined || !isPlannerWrong(forced, chosenMs)) return [took];
  return [took, `the planner is wrong: ${blame(plan)}`, ...remedy(forced)];
}

/** The refused plan's worst misestimate. */
function worst(plan: Plan) {
  const nodes = flattenPlan(plan);
  const found = misestimates(nodes, plan.settings);
  const [node] = [...nodes].sort((a, b) => (found[b.id]?.factor ?? 0) - (found[a.id]?.factor ?? 0));
  const estimate = node && found[node.id];
  return node === undefined || estimate === undefined || estimate.factor < BEGINS
    ? undefined
    : { node, estimate };
}

function blame(plan: Plan): string {
  const found = worst(plan);
  if (found === undefined) return 'its row estimates are right, so its cost settings are to blame';
  const { estimated, actual } = found.estimate;
  return `it expects ${formatRows(estimated)} of ${found.node.label}, which returns ${formatCount(actual)}`;
}

function remedy({ helps, plan }: Forced): string[] {
  const settings = helps.map(({ name, value }) => `${name} = ${value}`);
  const leads = settings.length === 0 ? [] : [`${settings.join(' or ')} makes it choose the index`];
  const misestimate = plan !== undefined && worst(plan) !== undefined;
  if (misestimate) return [...leads, 'try ANALYZE, a higher statistics target or CREATE STATISTICS'];
  return leads.length > 0 ? leads : ['try random_page_cost, effective_cache_size and work_mem'];
}
