/** Builds what a plan needs and runs it on the rows here. A plan is run once for all configurations that have it. */
import { interleaving, UNATTENDED_MS } from '../advisor/interleave.ts';
import { judgeMeasured, type Verdict } from '../advisor/verdict.ts';
import { median } from '../base/statistics.ts';
import type { Plan } from '../plan/plan.ts';
import type { ExplorerSession } from '../session/events.ts';
import type { Turn } from '../session/measure.ts';
import { shownFingerprint } from '../session/runFingerprint.ts';
import type { Query } from '../workload/workload.ts';
import { setKey } from './choice.ts';
import type { Planner, Screened } from './screening.ts';

export interface Measured {
  readonly ms: number;
  /** Proposals that the plan uses here. */
  readonly uses: readonly string[];
  readonly plan: Plan;
  /** The planner's cost here, without extended statistics, which production's planner does not have. */
  readonly cost: number;
  /** It was stopped after `ms` because other queries needed the time. */
  readonly isCut: boolean;
}

interface Runs {
  readonly runsMs: number[];
  timedOutAfterMs: number | undefined;
  /** The server refused a run: it is not tried again. */
  isRefused: boolean;
}

/** Two sides of a query that was run with and without proposals. */
export interface Compared {
  readonly verdict: Verdict;
  /** Proposals that its plan uses here, after. */
  readonly needs: readonly string[];
  readonly before: Side;
  readonly after: Side;
}

interface Side {
  /** The planner's cost here. */
  readonly cost: number;
  /** The median of its runs, or their limit; undefined if it never ran. */
  readonly ms: number | undefined;
}

interface RunnerOptions {
  readonly session: Pick<ExplorerSession, 'background'>;
  /** The planner of that session. */
  readonly planner: Planner;
  readonly build: (proposal: string) => Promise<boolean>;
  /** False for a statement that writes and may not be run. */
  readonly mayRun: (query: Query) => boolean;
  /** Extended statistics that are on in every configuration but the baseline. */
  readonly always: () => readonly string[];
  /** Limit of a single run, ms. */
  readonly limitMs: number;
  /** What the current query may take of the time left, ms. */
  readonly fairMs: () => number;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Called after each run. */
  readonly onRun: () => void;
  /** Called if the server refuses a run. */
  readonly onFailed: (query: Query, reason: string) => void;
}

/** Counted runs of a plan, after one that warms the caches. */
const RUNS = 2;
/** A plan this many times slower than the baseline needs no exact time; but each run gets at least the ms below. */
const HOPELESS = 4;
const LEAST_LIMIT_MS = 2000;
/** Every query may run this long, even at the end of a short search, ms; and a plan this multiple of its baseline. */
const LEAST_FAIR_MS = 500;
const HURRIED = 1.1;
/** Above this many ms the effect of cold caches is small. */
const SLOW = 2000;

const turnsLeft = interleaving(UNATTENDED_MS);

export class Runner {
  /** Query → ms in the baseline. */
  private readonly baselines = new Map<string, number>();
  private readonly plans = new Map<string, Plan>();
  private readonly runs = new Map<string, Runs>();

  constructor(private readonly options: RunnerOptions) {}

  /** @returns undefined if it cannot be planned or built, or was stopped before it was slower than the baseline. */
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
    // Stopped while still faster than the baseline: nothing is known.
    if (isCut && needs.length > 0) {
      this.runs.delete(keyOf(query, on, planned));
      return undefined;
    }
    return { ms, uses: planned.needs, plan: planned.plan, cost: without.plan.totalCost, isCut };
  }

  /** @returns The plan of a run with its actual rows; undefined if it was stopped or cannot be planned. */
  async ran(query: Query): Promise<Plan | undefined> {
    const on = this.options.always();
    const planned = await this.options.planner.plan(query.id, on);
    if (planned === undefined) return undefined;
    await this.begin(query, on, planned);
    return this.plans.get(keyOf(query, on, planned));
  }

  /**
   * Compares a query before and after by the rule of the explorer and check. undefined if it cannot be planned.
   * @param on Proposals that are on after.
   * @param from Proposals that are on before: none for the baseline.
   */
  async compare(
    query: Query,
    on: readonly string[],
    from: readonly string[] = [],
  ): Promise<Compared | undefined> {
    const { planner, build, mayRun, always } = this.options;
    if (!mayRun(query)) return undefined;
    const built: string[] = [...always()];
    for (const id of on) if (await build(id)) built.push(id);
    const [before, after] = [await planner.plan(query.id, from), await planner.plan(query.id, built)];
    if (before === undefined || after === undefined) return undefined;
    const side = (of: readonly string[], planned: Screened): Side => {
      const { runsMs = [], timedOutAfterMs } = this.runs.get(keyOf(query, of, planned)) ?? {};
      return { cost: planned.plan.totalCost, ms: median(runsMs) ?? timedOutAfterMs };
    };
    const answer = (verdict: Verdict): Compared => ({
      verdict,
      needs: after.needs,
      before: side(from, before),
      after: side(built, after),
    });
    if (keyOf(query, from, before) === keyOf(query, built, after)) return answer({ kind: 'same plan' });
    const sides = { before: { on: from, planned: before }, after: { on: built, planned: after } };
    const first = await this.begin(query, from, before);
    const known = { before: first, after: first.isRefused ? first : await this.begin(query, built, after) };
    const run = ({ on: these, planned }: (typeof sides)[Turn]) => this.run(query, these, planned);
    // Each side runs once, or is stopped, before they take turns.
    for (const turn of ['before', 'after'] as const)
      if (known[turn].runsMs.length === 0) await run(sides[turn]);
    for (;;) {
      const turns = turnsLeft(known.before, known.after);
      let done = turns.length > 0 && !known.before.isRefused && !known.after.isRefused;
      for (const turn of turns) done &&= await run(sides[turn]);
      if (!done) return answer(judgeMeasured(known.before, known.after));
    }
  }

  /** Limit of the next run, ms. With little time left a run stops once it is slower than the baseline. */
  private limitOf({ id }: Query): number {
    const { limitMs, fairMs } = this.options;
    const baselineMs = this.baselines.get(id);
    const fair = Math.max(LEAST_FAIR_MS, fairMs());
    if (baselineMs === undefined) return Math.ceil(Math.min(limitMs, fair));
    const patient = Math.max(LEAST_LIMIT_MS, HOPELESS * baselineMs);
    return Math.ceil(Math.min(limitMs, patient, Math.max(fair, HURRIED * baselineMs)));
  }

  /** The first run warms the caches and does not count, unless it is so slow that caches do not matter. */
  private async begin(query: Query, on: readonly string[], planned: Screened): Promise<Runs> {
    const key = keyOf(query, on, planned);
    const before = this.runs.get(key);
    if (before !== undefined) return before;
    const known: Runs = { runsMs: [], timedOutAfterMs: undefined, isRefused: false };
    this.runs.set(key, known);
    await this.run(query, on, planned);
    if ((known.runsMs[0] ?? SLOW) < SLOW) known.runsMs.pop();
    return known;
  }

  /** @returns Whether it ran to its end and may run again. */
  private async run(query: Query, proposals: readonly string[], planned: Screened): Promise<boolean> {
    const { session, signal, onRun, onFailed } = this.options;
    const limitMs = this.limitOf(query);
    const known = this.runs.get(keyOf(query, proposals, planned));
    if (known === undefined || known.timedOutAfterMs !== undefined || known.isRefused) return false;
    const answer = await session.background(
      { kind: 'run', queryId: query.id, proposals, rewrite: planned.rewrite, look: 'run', limitMs },
      signal,
    );
    onRun();
    if (answer.kind === 'failed') {
      known.isRefused = true;
      onFailed(query, answer.reason);
    }
    if (answer.kind === 'stopped') known.timedOutAfterMs = answer.afterMs;
    if (answer.kind !== 'ran') return false;
    known.runsMs.push(answer.ms);
    if (proposals.length === 0) this.baselines.set(query.id, answer.ms);
    this.plans.set(keyOf(query, proposals, planned), answer.plan);
    return true;
  }
}

/**
 * A run time belongs to a plan. A statement that writes also maintains indexes and checks foreign keys, which no plan shows, so
 * its time belongs to a configuration.
 */
const keyOf = (query: Query, on: readonly string[], { plan, rewrite }: Screened): string =>
  JSON.stringify([
    query.id,
    rewrite ?? null,
    shownFingerprint(plan.fingerprint),
    query.writes === undefined ? null : setKey(on),
  ]);
