/** Texts for the advice on production's plans, where nothing runs. */
import { formatBytes, plural } from '../../base/format.ts';
import type { Advice } from './advice.ts';
import type { PlannedAdvice } from './planned.ts';
import { configurationText } from './words.ts';

export const GROWN_HERE =
  'Plans and bytes are those of a lens, grown from the statistics here. Nothing ran there, so times are not known.';

export const OF_LENS =
  'Plans and bytes are those of the lens, which is as large as its database. Nothing runs in it, so times are not known.';

/** Columns of the table of plansOfProposals(). */
export const PLANS_COLUMNS = ['size', 'alone', 'added', 'read', 'read by any'] as const;

export const PLANS_LEGEND =
  'alone, added: queries whose plan it changes by itself, or added to all others; read, read by any: queries whose plan reads it with all proposals on, or with any of them';

/** The queries' numbers: `1 4 5`. */
export const numbersText = ({ queries }: Advice, ids: readonly string[]): string =>
  queries
    .filter(({ id }) => ids.includes(id))
    .map(({ number }) => String(number))
    .join(' ') || '–';

export function samePlansText(advice: PlannedAdvice): string | undefined {
  const { samePlans: smallest, everything } = advice;
  if (smallest === null) return undefined;
  const [kept, all] = [smallest, everything].map(({ costs }) => formatBytes(costs.bytes));
  const rest = everything.proposals.filter(id => !smallest.proposals.includes(id));
  return rest.length === 0
    ? `Every proposal (${all} together) is needed there: without any one of them some query's plan changes.`
    : `${configurationText(advice, smallest.proposals)} (${kept} of ${all}) give every query the plan that all proposals give it: there ${configurationText(advice, rest)} would change no plan.`;
}

export function plansCountedText({ queries, effort }: Advice): string {
  const distinct = queries.reduce((sum, { distinctPlans }) => sum + distinctPlans, 0);
  const verified =
    effort.verified === 0
      ? ''
      : `, ${effort.verified} of them planned as a check: the planner disagreed in ${effort.disagreed}`;
  return `${plural(distinct, 'distinct plan')} in ${effort.cells.toLocaleString('en-US')} (query, configuration); PostgreSQL planned ${effort.asked}, ${effort.inferred.toLocaleString('en-US')} were inferred${verified}.`;
}

export const TIMES_ELSEWHERE =
  'Times of every configuration at production size are projected by pgopt-explore advise --scales (the demo) and --sample (a database of your own).';
