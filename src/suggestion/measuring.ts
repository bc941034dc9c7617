/** Which plans run here, and in which order, so that a short time tells the most. */
import type { Query } from '../workload/workload.ts';
import { type Known, type KnownPlan, type PlanGrounds, unitOf, withRun } from './knownPlans.ts';
import type { Runner } from './runner.ts';
import type { Screened } from './screening.ts';
import { type TimeBudget, UNTIL } from './timeBudget.ts';

/** What the query that is run now may take of the time that is left. */
export interface Pace {
  fairMs: () => number;
  /** Share of the budget after which nothing is built. */
  until: number;
}

interface MeasuringGrounds {
  /** Is brought up to date. */
  readonly known: Known[];
  readonly runner: Pick<Runner, 'measure'>;
  readonly time: TimeBudget;
  readonly pace: Pace;
  readonly plans: PlanGrounds;
  /** How often a query is called, compared with the others. */
  readonly weightOf: (query: Query) => number;
  readonly onStep: (message: string) => void;
  /** Called when something more is known. */
  readonly onKnown: () => void;
}

export class Measuring {
  /** ms for a unit of cost, of each plan that was run. */
  private readonly units: number[] = [];

  constructor(private readonly grounds: MeasuringGrounds) {}

  /** Every query as the database is. */
  async baselines(): Promise<void> {
    const { known, plans } = this.grounds;
    await this.inTurn(
      [...known.keys()].map(at => ({ at, which: 0 })),
      UNTIL.baselines,
    );
    // What was not run goes by what was.
    for (const [at, one] of known.entries())
      if (one.plans[0].measured === undefined)
        known[at] = withRun(one, one.plans[0].planned, undefined, this.units, plans);
  }

  /** The best plan of each query first, then the second of each; of those where the most is to be gained. */
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

  /** What a plan takes at production size, by a run here where there is time for it. @param until Share of the budget. */
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
