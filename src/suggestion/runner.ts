/** Builds what a plan needs, and runs it on the rows here. A plan is run once, whatever configuration has it. */
import { interleaving, UNATTENDED_MS } from '../advisor/interleave.ts';
import { judgeMeasured, type Verdict } from '../advisor/verdict.ts';
import { median } from '../base/statistics.ts';
import type { Plan } from '../plan/plan.ts';
import type { ExplorerSession } from '../session/events.ts';
import type { Timed, Turn } from '../session/measure.ts';
import { shownFingerprint } from '../session/runFingerprint.ts';
import type { Query } from '../workload/workload.ts';
import type { Planner, Screened } from './screening.ts';

export interface Measured {
  readonly ms: number;
  /** Proposals that the plan here uses. */
  readonly uses: readonly string[];
  readonly plan: Plan;
  /** What the planner expects of it here, without statistics that production's planner does not have. */
  readonly cost: number;
  /** It was stopped after that time, which others needed: it takes longer. */
  readonly isCut: boolean;
}

interface RunnerOptions {
  readonly session: Pick<ExplorerSession, 'background'>;
  /** Of that session. */
  readonly planner: Planner;
  readonly build: (proposal: string) => Promise<boolean>;
  /** Statistics that are on in each configuration but the database as it is. */
  readonly always: () => readonly string[];
  /** A run is stopped after it, ms. */
  readonly limitMs: number;
  /** What the query that is run now may take of the time that is left, ms. */
  readonly fairMs: () => number;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Called for each run. */
  readonly onRun: () => void;
}

/** Counted runs of an option, after one that fills the caches. */
const RUNS = 2;
/** A plan that takes so many times as long as the database as it is needs no exact time; ms at least. */
const HOPELESS = 4;
const LEAST_LIMIT_MS = 2000;
/** Every query may run so long, even the last one of a short search, ms; and a plan so many times as long as the baseline. */
const LEAST_FAIR_MS = 500;
const HURRIED = 1.1;
/** ms. What caches do to a run that takes longer is less than what it says. */
const SLOW = 2000;

const turnsLeft = interleaving(UNATTENDED_MS);

export class Runner {
  /** Query → ms as the database is. */
  private readonly baselines = new Map<string, number>();
  private readonly plans = new Map<string, Plan>();
  private readonly runs = new Map<string, { runsMs: number[]; timedOutAfterMs: number | undefined }>();

  constructor(private readonly options: RunnerOptions) {}

  /** undefined where it cannot be planned or built, or was stopped before it was slower than the database as it is. */
  async measure(query: Query, needs: readonly string[]): Promise<Measured | undefined> {
    const { planner, build, always } = this.options;
    for (const id of needs) if (!(await build(id))) return undefined;
    const on = [...needs, ...always()];
    const planned = await planner.plan(query.id, on);
    const without = always().length === 0 ? planned : await planner.plan(query.id, needs);
    if (planned === undefined || without === undefined) return undefined;
    const { fairMs, limitMs, now } = this.options;
    const until = now() + fairMs();
    const known = await this.begin(query, on, planned);
    const isEnough = () => known.runsMs.length >= (now() < until ? RUNS : 1);
    while (!isEnough() && (await this.run(query, on, planned)));
    const ms = known.timedOutAfterMs ?? median(known.runsMs);
    if (ms === undefined) return undefined;
    const least = this.baselines.get(query.id) ?? limitMs;
    const isCut = known.timedOutAfterMs !== undefined && ms < least;
    // Stopped before it was slower than the database as it is: nothing is known.
    if (isCut && needs.length > 0) {
      this.runs.delete(keyOf(query, planned));
      return undefined;
    }
    return { ms, uses: planned.needs, plan: planned.plan, cost: without.plan.totalCost, isCut };
  }

  /** A run's plan, with the rows that came; undefined where it was stopped, or cannot be planned. */
  async ran(query: Query): Promise<Plan | undefined> {
    const on = this.options.always();
    const planned = await this.options.planner.plan(query.id, on);
    if (planned === undefined) return undefined;
    await this.begin(query, on, planned);
    return this.plans.get(keyOf(query, planned));
  }

  /**
   * Before against with all of these on, by the rule of the explorer and of check. undefined where it cannot be planned.
   * @param from On before: nothing for the database as it is.
   */
  async compare(
    query: Query,
    on: readonly string[],
    from: readonly string[] = [],
  ): Promise<{ readonly verdict: Verdict; readonly needs: readonly string[] } | undefined> {
    // What writes is never run.
    if (query.writes !== undefined) return undefined;
    const { planner, build, always } = this.options;
    const built: string[] = [...always()];
    for (const id of on) if (await build(id)) built.push(id);
    const [before, after] = [await planner.plan(query.id, from), await planner.plan(query.id, built)];
    if (before === undefined || after === undefined) return undefined;
    const { needs } = after;
    if (keyOf(query, before) === keyOf(query, after)) return { verdict: { kind: 'same plan' }, needs };
    const sides = { before: { on: from, planned: before }, after: { on: built, planned: after } };
    const known = {
      before: await this.begin(query, from, before),
      after: await this.begin(query, built, after),
    };
    const run = ({ on: these, planned }: (typeof sides)[Turn]) => this.run(query, these, planned);
    // Both have a run, or were stopped, before they take turns.
    for (const turn of ['before', 'after'] as const)
      if (known[turn].runsMs.length === 0) await run(sides[turn]);
    for (;;) {
      const turns = turnsLeft(known.before, known.after);
      let done = turns.length > 0;
      for (const turn of turns) done &&= await run(sides[turn]);
      if (!done) return { verdict: judgeMeasured(known.before, known.after), needs };
    }
  }

  /** A run is stopped after it, ms: in a hurry as soon as it is slower than the database as it is. */
  private limitOf({ id }: Query): number {
    const { limitMs, fairMs } = this.options;
    const baselineMs = this.baselines.get(id);
    const fair = Math.max(LEAST_FAIR_MS, fairMs());
    if (baselineMs === undefined) return Math.ceil(Math.min(limitMs, fair));
    const patient = Math.max(LEAST_LIMIT_MS, HOPELESS * baselineMs);
    return Math.ceil(Math.min(limitMs, patient, Math.max(fair, HURRIED * baselineMs)));
  }

  /** Its first run fills the caches and is not counted, unless it is so slow that they do not matter. */
  private async begin(query: Query, on: readonly string[], planned: Screened): Promise<Timed> {
    const key = keyOf(query, planned);
    const before = this.runs.get(key);
    if (before !== undefined) return before;
    const known = { runsMs: [] as number[], timedOutAfterMs: undefined };
    this.runs.set(key, known);
    await this.run(query, on, planned);
    if ((known.runsMs[0] ?? SLOW) < SLOW) known.runsMs.pop();
    return known;
  }

  /** @returns Whether it ran to its end, and may run again. */
  private async run(query: Query, proposals: readonly string[], planned: Screened): Promise<boolean> {
    const { session, signal, onRun } = this.options;
    const limitMs = this.limitOf(query);
    const known = this.runs.get(keyOf(query, planned));
    if (known === undefined || known.timedOutAfterMs !== undefined) return false;
    const answer = await session.background(
      { kind: 'run', queryId: query.id, proposals, rewrite: planned.rewrite, look: 'run', limitMs },
      signal,
    );
    onRun();
    if (answer.kind === 'stopped') known.timedOutAfterMs = answer.afterMs;
    if (answer.kind !== 'ran') return false;
    known.runsMs.push(answer.ms);
    if (proposals.length === 0) this.baselines.set(query.id, answer.ms);
    this.plans.set(keyOf(query, planned), answer.plan);
    return true;
  }
}

const keyOf = (query: Query, { plan, rewrite }: Screened): string =>
  JSON.stringify([query.id, rewrite ?? null, shownFingerprint(plan.fingerprint)]);
