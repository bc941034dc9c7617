/**
 * Which plans of a query still have to be run, and how often: interleaved rounds up to the next look, then only those
 * whose comparisons are not clear yet. Pure; the same runs always give the same answer.
 */
import { median } from '../session/measure.ts';
import type { SurveyedPlan, SurveyedQuery } from './survey.ts';
import { judge, LOOKS } from './verdict.ts';

/** A query with one plan has nothing to be compared with. */
const RUNS_OF_A_SOLE_PLAN = 3;
/** Among more plans than this, each is compared with the chosen ones only. */
const ALL_PAIRS = 4;
/** Slow plans are run less often: against enough runs of a fast one, three (or two) are as good a test. ms → runs. */
const SLOW: readonly (readonly [number, number])[] = [
  [5000, 2],
  [1000, 3],
];

export interface Contender {
  /** Index among the query's plans. */
  readonly plan: number;
  /** Counted runs it should have. */
  readonly target: number;
}

/**
 * @param chosen Indexes of the plans that all others are held against: the baseline's and that of everything.
 * @returns Those that lack runs at the lowest look that is not complete, and which look it is; none when all is settled.
 */
export function contendersOf(
  { plans }: Pick<SurveyedQuery, 'plans'>,
  chosen: readonly number[],
): { readonly look: number; readonly contenders: readonly Contender[] } {
  const running = plans
    .map((plan, index) => ({ plan, index }))
    .filter(
      ({ plan }) => plan.stopped === undefined && plan.failure === undefined && plan.firstMs !== undefined,
    );
  if (running.length === 1) {
    const lacking = running.filter(({ plan }) => plan.runsMs.length < capped(plan, RUNS_OF_A_SOLE_PLAN));
    return {
      look: 0,
      contenders: lacking.map(({ plan, index }) => ({
        plan: index,
        target: capped(plan, RUNS_OF_A_SOLE_PLAN),
      })),
    };
  }
  let taking = running;
  for (const [look, rounds] of LOOKS.entries()) {
    const lacking = taking.filter(({ plan }) => plan.runsMs.length < capped(plan, rounds));
    if (lacking.length > 0)
      return {
        look,
        contenders: lacking.map(({ plan, index }) => ({ plan: index, target: capped(plan, rounds) })),
      };
    const open = new Set(
      pairsOf(
        taking.map(({ index }) => index),
        chosen,
      )
        .filter(([a, b]) => !isSettled(plans[a], plans[b], rounds))
        .flat(),
    );
    taking = taking.filter(({ index }) => open.has(index));
  }
  return { look: LOOKS.length, contenders: [] };
}

const capped = ({ runsMs, firstMs }: SurveyedPlan, rounds: number): number => {
  const ms = median(runsMs) ?? firstMs ?? 0;
  const [, most = rounds] = SLOW.find(([slow]) => ms >= slow) ?? [];
  return Math.min(rounds, most);
};

/** With what the look was made of, so that later runs do not change what was decided then. */
function isSettled(a: SurveyedPlan | undefined, b: SurveyedPlan | undefined, rounds: number): boolean {
  if (a === undefined || b === undefined) return true;
  const at = ({ runsMs }: SurveyedPlan) => ({ runsMs: runsMs.slice(0, rounds), stoppedAfterMs: undefined });
  const verdict = judge(at(a), at(b));
  return !('settled' in verdict) || verdict.settled;
}

function pairsOf(indexes: readonly number[], chosen: readonly number[]): (readonly [number, number])[] {
  const all = indexes.flatMap((a, at) => indexes.slice(at + 1).map(b => [a, b] as const));
  return indexes.length <= ALL_PAIRS ? all : all.filter(pair => pair.some(index => chosen.includes(index)));
}
