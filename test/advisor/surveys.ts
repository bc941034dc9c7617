/** Plans, planners and noise made by hand, for tests of the advisor. */
import type { SurveyedPlan } from '../../src/advisor/survey.ts';
import { parsePlan } from '../../src/plan/parse.ts';
import type { Plan } from '../../src/plan/plan.ts';

/** A plan of one scan of this index; a sequential one without. */
export function scanOf(index: string | undefined, relation = 'orders', cost = 1): Plan {
  const node = {
    'Node Type': index === undefined ? 'Seq Scan' : 'Index Scan',
    'Relation Name': relation,
    Alias: relation,
    ...(index === undefined ? {} : { 'Index Name': index }),
    'Startup Cost': 0,
    'Total Cost': cost,
    'Plan Rows': 1,
    'Plan Width': 4,
  };
  return parsePlan([{ Plan: node }]);
}

export function planWith(runsMs: readonly number[], rest: Partial<SurveyedPlan> = {}): SurveyedPlan {
  const estimate = scanOf(undefined);
  return {
    fingerprint: estimate.fingerprint,
    rewrite: undefined,
    estimate,
    tree: undefined,
    configuration: 0,
    uses: 0,
    firstMs: undefined,
    runsMs,
    stopped: undefined,
    skipped: false,
    treeless: false,
    failure: undefined,
    ...rest,
  };
}

/** A stream of numbers from 0 to 1 that is the same every time (mulberry32). */
function seeded(seed: number): () => number {
  let state = Math.floor(seed * 1e6) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Run times around `ms` as a busy machine has them: log-normal, and one in twenty three times as slow. */
export function noise(seed: number, spread: number): (ms: number) => number {
  const random = seeded(seed);
  return ms => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return ms * Math.exp(spread * normal) * (random() < 0.05 ? 3 : 1);
  };
}
