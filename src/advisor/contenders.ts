/**
 * Which plans of a query still have to be run, and how often: interleaved rounds up to the next look at the pairs that
 * are compared, then only those whose difference is not clear yet. Pure; the same runs always give the same answer.
 */
import { median } from '../base/statistics.ts';
import { type SurveyedPlan, wasRun } from './survey.ts';
import { isEvident, judge, LOOKS } from './verdict.ts';

/** Indexes of two plans of a query, and at how many looks of the test their difference is worth more runs; all by default. */
export type Pair = readonly [number, number, looks?: number | undefined];

/** A plan, as far as it matters here. */
export type Contestant = Pick<SurveyedPlan, 'firstMs' | 'runsMs' | 'stopped' | 'failure'>;

interface Contender {
  /** Index among the query's plans. */
  readonly plan: number;
  /** Counted runs it should have. */
  readonly target: number;
}

interface Contest {
  /** The lowest one that is not complete: 0 is the glance at what needs no test, then the looks of the test. */
  readonly look: number;
  readonly contenders: readonly Contender[];
}

/** Runs of each before the first look of the test: differences that need none are seen here. */
const GLANCE = 2;

/** Above this p-value after the first and the second look, more runs hardly ever find a difference that looks small. */
const FUTILE: readonly number[] = [0.5, 0.2];
const LOOKS_SMALL = 1.15;

/**
 * Slow plans are run less often: against enough runs of a fast one, few of theirs are as good a test. `partner` is how
 * many that takes at each look. Two slow ones are run as often as the first look needs, and no more.
 */
const SLOW: readonly { readonly ms: number; readonly runs: number; readonly partner: readonly number[] }[] = [
  { ms: 5000, runs: 2, partner: [11, 20, 20] },
  { ms: 1000, runs: 3, partner: [6, 12, 12] },
];

/**
 * @param pairs What is compared.
 * @param soles Whether plans that are compared with nothing count, too.
 * @param first The look to begin with: 1 leaves out the glance.
 * @param isTrifle Whether the difference of two plans, as far as it is known after a look, is too small to decide anything.
 */
export function contestOf(
  { plans }: { readonly plans: readonly Contestant[] },
  pairs: readonly Pair[],
  isTrifle: (pair: Pair, look: number) => boolean = () => false,
  soles = true,
  first = 0,
): Contest {
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
    if (lacking.length > 0) return { look, contenders: lacking };
    open = open.filter(
      pair => look < (pair[2] ?? LOOKS.length) && !isTrifle(pair, look) && !isSettled(look, plans, pair),
    );
  }
  return { look: LOOKS.length + 1, contenders: [] };
}

/** Plan → how many runs the pairs want of it. */
function targetsAt(look: number, plans: readonly Contestant[], pairs: readonly Pair[]): Map<number, number> {
  const targets = new Map<number, number>();
  for (const pair of pairs)
    for (const [at, runs] of runsOfPair(look, plans, pair).entries()) {
      const plan = pair[at as 0 | 1];
      if (plan !== undefined) targets.set(plan, Math.max(targets.get(plan) ?? 0, runs));
    }
  return targets;
}

/** How many counted runs of each side a look at a pair is made of. */
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

/** What is compared with nothing has a median all the same. */
function addSolePlans(
  targets: Map<number, number>,
  plans: readonly Contestant[],
  isRunning: (index: number) => boolean,
): void {
  for (const index of plans.keys()) if (isRunning(index) && !targets.has(index)) targets.set(index, GLANCE);
}

/** By what the look was made of, so that later runs do not change what was decided then. */
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
