/** Decides which plans run here and in which order, so that a short budget still finds the largest gains. */
import type { Query } from '../workload/workload.ts';
import { type Known, type KnownPlan, type PlanGrounds, unitOf, withRun } from './knownPlans.ts';
import type { Runner } from './runner.ts';
import type { Screened } from './screening.ts';
import { type TimeBudget, UNTIL } from './timeBudget.ts';

/** What the current query may take of the time left. */
export interface Pace {
  fairMs: () => number;
  /** Share of the budget after which nothing is built. */
  until: number;
}

interface MeasuringGrounds {
  /** Updated in place. */
  readonly known: Known[];
  readonly runner: Pick<Runner, 'measure'>;
  readonly time: TimeBudget;
  readonly pace: Pace;
  readonly plans: PlanGrounds;
  /** Relative number of calls. */
  readonly weightOf: (query: Query) => number;
  readonly onStep: (message: string) => void;
  /** Called after each run. */
  readonly onKnown: () => void;
}

export class Measuring {
  /** ms per unit of cost, for each plan that ran. */
  private readonly units: number[] = [];

  constructor(private readonly grounds: MeasuringGrounds) {}

  /** Runs every query in the baseline. */
  async baselines(): Promise<void> {
    const { known, plans } = this.grounds;
    await this.inTurn(
      [...known.keys()].map(at => ({ at, which: 0 })),
      UNTIL.baselines,
    );
    // Queries that were not run are projected from those that were.
    for (const [at, one] of known.entries())
      if (one.plans[0].measured === undefined)
        known[at] = withRun(one, one.plans[0].planned, undefined, this.units, plans);
  }

  /** Runs the best plan of each query, then the second best of each; within a turn the largest gain first. */
  async plans(): Promise<void> {
    const { known, weightOf } = this.grounds;
    const all = known.flatMap(({ query, plans: [baseline, ...plans] }, at) => {
      const gain = ({ option }: KnownPlan) => weightOf(query) * (baseline.option.ms - option.ms);
      return plans
        .map((plan, index) => ({ at, which: index + 1, gain: gain(plan) }))
        .sort((a, b) => b.gain - a.gain)
        .map((plan, turn) => ({ ...plan, turn }));
    });
    await this.inTurn(
      all.sort((a, b) => a.turn - b.turn || b.gain - a.gain),
      UNTIL.measuring,
    );
  }

  private async inTurn(
    all: readonly { readonly at: number; readonly which: number }[],
    until: number,
  ): Promise<void> {
    const { known, time, onStep, onKnown } = this.grounds;
    const ours = all.filter(({ at }) => known[at]?.query.writes === undefined);
    for (const [done, { at, which }] of ours.entries()) {
      const one = known[at];
      const plan = one?.plans[which];
      if (one === undefined || plan === undefined) continue;
      const what = which === 0 ? 'it as it is' : `plan ${which} of ${one.plans.length - 1}`;
      onStep(`query ${one.query.number}: running ${what}`);
      known[at] = await this.learn(one, plan.planned, until, () => time.fairMs(until, ours.length - done));
      onKnown();
    }
  }

  /**
   * Projects a plan's time in production, from a run here if there is time.
   * @param until Share of the budget.
   */
  async learn(
    one: Known,
    planned: Screened,
    until: number,
    fairMs = () => this.grounds.time.leftMs(until),
  ): Promise<Known> {
    const { runner, time, pace, plans } = this.grounds;
    const isRun = !plans.isPlanned() && one.query.writes === undefined;
    Object.assign(pace, { fairMs, until });
    const before = one.plans.find(plan => plan.planned === planned)?.measured;
    const isDue = isRun && time.leftMs(until) > 0;
    const measured = (isDue ? await runner.measure(one.query, planned.needs) : undefined) ?? before;
    if (isRun && measured?.isCut !== false) time.cut();
    const unit = unitOf(measured);
    if (unit !== undefined) this.units.push(unit);
    return withRun(one, planned, measured, this.units, plans);
  }
}
