/**
 * Which plans of a query need more runs, and how many. All compared plans run in rounds up to the next look; after
 * it, only pairs without a clear difference go on. The same runs always give the same answer.
 */
import { median } from '../base/statistics.ts';
import { type SurveyedPlan, wasRun } from './survey.ts';
import { isEvident, judge, LOOKS } from './verdict.ts';

/**
 * Indexes of two plans of a query, and up to which look their difference is worth more runs; by default all looks.
 */
export type Pair = readonly [number, number, looks?: number | undefined];

export type Contestant = Pick<SurveyedPlan, 'firstMs' | 'runsMs' | 'stopped' | 'failure'>;

interface Contender {
  /** Index among the query's plans. */
  readonly plan: number;
  /** The counted runs that it needs. */
  readonly target: number;
}

/** Runs of each plan before the first look; large differences show here. */
const GLANCE = 2;

/**
 * Above this p-value after the first and second look, more runs rarely reveal a difference if the factor is below
 * LOOKS_SMALL.
 */
const FUTILE: readonly number[] = [0.5, 0.2];
const LOOKS_SMALL = 1.15;

/**
 * Slow plans run less often, because few runs against many of a fast plan are as good a test. `partner`: runs of the
 * fast plan at each look. Two slow plans get the runs of the first look and no more.
 */
const SLOW: readonly { readonly ms: number; readonly runs: number; readonly partner: readonly number[] }[] = [
  { ms: 5000, runs: 2, partner: [11, 20, 20] },
  { ms: 1000, runs: 3, partner: [6, 12, 12] },
];

/**
 * @param isTrifle Whether the difference of a pair, as known after a look, is too small to decide anything.
 * @param soles Whether plans without a pair need runs, too.
 * @param first 1 leaves out the glance.
 */
export function contendersOf(
  { plans }: { readonly plans: readonly Contestant[] },
  pairs: readonly Pair[],
  isTrifle: (pair: Pair, look: number) => boolean = () => false,
  soles = true,
  first = 0,
): readonly Contender[] {
  const isRunning = (index: number) => {
    const plan = plans[index];
    return plan !== undefined && plan.stopped === undefined && plan.failure === undefined && wasRun(plan);
  };
  let open = pairs.filter(([a, b]) => a !== b && isRunning(a) && isRunning(b));
  for (let look = first; look <= LOOKS.length; look++) {
    const contenders = targetsAt(look, plans, open);
    if (look === 0 && soles) addSolePlans(contenders, plans, isRunning);
    const lacking = [...contenders]
      .filter(([plan, target]) => (plans[plan]?.runsMs.length ?? 0) < target)
      .map(([plan, target]) => ({ plan, target }));
    if (lacking.length > 0) return lacking;
    open = open.filter(
      pair => look < (pair[2] ?? LOOKS.length) && !isTrifle(pair, look) && !isSettled(look, plans, pair),
    );
  }
  return [];
}

/** Plan → counted runs that its pairs need. */
function targetsAt(look: number, plans: readonly Contestant[], pairs: readonly Pair[]): Map<number, number> {
  const targets = new Map<number, number>();
  for (const pair of pairs)
    for (const [at, runs] of runsOfPair(look, plans, pair).entries()) {
      const plan = pair[at as 0 | 1];
      if (plan !== undefined) targets.set(plan, Math.max(targets.get(plan) ?? 0, runs));
    }
  return targets;
}

function runsOfPair(look: number, plans: readonly Contestant[], [a, b]: Pair): readonly [number, number] {
  if (look === 0) return [GLANCE, GLANCE];
  const rounds = LOOKS[look - 1]?.rounds ?? 0;
  const [slowA, slowB] = [slowness(plans[a]), slowness(plans[b])];
  if (slowA !== undefined && slowB !== undefined) return [LOOKS[0].rounds, LOOKS[0].rounds];
  const runs = (own: typeof slowA, other: typeof slowA) =>
    Math.min(own?.runs ?? Number.POSITIVE_INFINITY, other?.partner[look - 1] ?? rounds);
  return [runs(slowA, slowB), runs(slowB, slowA)];
}

export function slowness(plan: Contestant | undefined) {
  const ms = median(plan?.runsMs ?? []) ?? plan?.firstMs ?? 0;
  return SLOW.find(slow => ms >= slow.ms);
}

/** Plans without a pair need a median, too. */
function addSolePlans(
  targets: Map<number, number>,
  plans: readonly Contestant[],
  isRunning: (index: number) => boolean,
): void {
  for (const index of plans.keys()) if (isRunning(index) && !targets.has(index)) targets.set(index, GLANCE);
}

/** Uses only the runs of this look, so that later runs do not change the decision. */
function isSettled(look: number, plans: readonly Contestant[], [a, b]: Pair): boolean {
  const [runsA, runsB] = runsOfPair(look, plans, [a, b]);
  const first = (plan: number, runs: number) => plans[plan]?.runsMs.slice(0, runs) ?? [];
  const [before, after] = [first(a, runsA), first(b, runsB)];
  if (look === 0) return isEvident(before, after);
  const at = (runsMs: readonly number[]) => ({ runsMs, stoppedAfterMs: undefined });
  const verdict = judge(at(before), at(after), LOOKS[look - 1]?.alpha);
  if (!('settled' in verdict) || verdict.settled) return true;
  const looksSmall = Math.max(verdict.factor, 1 / verdict.factor) < LOOKS_SMALL;
  return looksSmall && (verdict.p ?? 0) > (FUTILE[look - 1] ?? 1);
}
