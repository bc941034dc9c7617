/** Tries the chosen set as a whole: the planner at production size for every query, and the runs here with all of it on. */
import type { Verdict } from '../advisor/verdict.ts';
import { flattenPlan } from '../plan/tree.ts';
import { type Choice, choose, type Limits, type Preference, type QueryOptions, setKey } from './choice.ts';
import { type ConfirmationGrounds, compareAnswers, confirm } from './confirmation.ts';
import type { Known } from './knownPlans.ts';
import type { Compared } from './runner.ts';
import type { Planner, Screened } from './screening.ts';
import { UNTIL } from './timeBudget.ts';

interface TrialGrounds extends ConfirmationGrounds {
  /** Plans that the set leads to are added. */
  readonly known: Known[];
  /** The options among them that may be chosen. */
  readonly offered: () => readonly QueryOptions[];
  readonly limits: Limits;
  readonly preference: Preference | undefined;
  /** Plans at production size. */
  readonly there: Planner;
  /** Runs a new plan. */
  readonly learn: (known: Known, plan: Screened) => Promise<Known>;
  /** Whether nothing can be run here. */
  readonly isPlanned: () => boolean;
  readonly onChoice: (offered: readonly QueryOptions[], choice: Choice) => void;
}

export interface Tried {
  readonly choice: Choice;
  /** Query → verdict with the whole set on; without queries that were not tried so. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** Statements that write, which only run with the whole set → their times in production, from those runs. */
  readonly projected: ReadonlyMap<string, Projected>;
}

/** ms. */
export interface Projected {
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** Limit of choices, each after a rejection in the previous one. */
const MOST_CHOICES = 12;

/** Repeats the choice until nothing in it is rejected and no query gets an unknown plan. */
export async function settle(grounds: TrialGrounds): Promise<Tried> {
  const { candidates, offered, limits, preference, isPlanned, time, onChoice } = grounds;
  /** Query → what its option needs, and the verdict on it. */
  const tried = new Map<string, Compared & { readonly meant: string }>();
  for (let left = MOST_CHOICES; ; left--) {
    const options = offered();
    const choice = choose(options, limits, preference);
    const meantFor = (at: number) => options[at]?.options[choice.options[at] ?? 0]?.needs ?? [];
    const needsOf = (at: number) => setKey(meantFor(at));
    onChoice(options, choice);
    // Even without time: no view is suggested before its rewrite was compared.
    if (!isPlanned() && (await compareAnswers(options, choice, grounds)) > 0) continue;
    const isLast = left <= 0 || time.isOver;
    const isNew = !isLast && (await cross(choice, meantFor, grounds));
    const found = isLast || isPlanned() ? undefined : await confirm(options, choice, grounds);
    for (const [at, { id }] of options.entries()) {
      const judged = found?.judged.get(id);
      if (judged !== undefined) tried.set(id, { ...judged, meant: needsOf(at) });
    }
    // Runs that took turns are more reliable than the earlier ones: a gain may have vanished.
    const isOther = !isLast && found !== undefined && (await relearn(options, choice, found.judged, grounds));
    if (isNew || isOther || (found?.rejected ?? 0) > 0) continue;
    // An earlier verdict still counts if the query was to use the same proposals, and used none that is out now.
    const isOut = (id: string) =>
      (candidates.indexes.has(id) || candidates.views.has(id)) && !choice.proposals.includes(id);
    const verdicts = new Map<string, Verdict>();
    const projected = new Map<string, Projected>();
    for (const [at, { id, options: plans }] of options.entries()) {
      const one = tried.get(id);
      if (one?.meant !== needsOf(at) || one.needs.some(isOut)) continue;
      verdicts.set(id, one.verdict);
      const [baseline] = plans;
      const plan = plans[choice.options[at] ?? 0] ?? baseline;
      const { before, after } = one;
      if (baseline.writes === true && before.ms !== undefined && after.ms !== undefined)
        projected.set(id, {
          beforeMs: (before.ms * baseline.cost) / before.cost,
          afterMs: (after.ms * plan.cost) / after.cost,
        });
    }
    return { choice, verdicts, projected };
  }
}

/** @returns Whether the new runs lead to another choice. */
async function relearn(
  options: readonly QueryOptions[],
  choice: Choice,
  judged: ReadonlyMap<string, Compared>,
  { known, learn, offered, limits, preference }: TrialGrounds,
): Promise<boolean> {
  for (const [at, one] of options.entries()) {
    const kind = judged.get(one.id)?.verdict.kind;
    if (kind === undefined || kind === 'same plan') continue;
    for (const option of [one.options[0], one.options[choice.options[at] ?? 0]]) {
      const of = known[at];
      const plan = of?.plans.find(({ option: { needs } }) => needs === option?.needs);
      if (of !== undefined && plan !== undefined) known[at] = await learn(of, plan.planned);
    }
  }
  return setKey(choose(offered(), limits, preference).proposals) !== setKey(choice.proposals);
}

/**
 * Plans queries with chosen proposals that were meant for other queries: all together, and each index alone; and without each one that
 * the query is to use, which may be unnecessary beside the others.
 * @returns Whether a new plan appeared.
 */
async function cross(
  choice: Choice,
  meantFor: (at: number) => readonly string[],
  grounds: TrialGrounds,
): Promise<boolean> {
  const { known, there, learn, time, candidates } = grounds;
  let found = false;
  const tablesOf = ({ plans }: Known) =>
    new Set(plans.flatMap(({ planned }) => flattenPlan(planned.plan).map(({ relation }) => relation)));
  const read = known.map(tablesOf);
  // Plans name partitions, not the partitioned table.
  const isNamed = (table: string) => read.some(tables => tables.has(table));
  for (const [at, { query }] of known.entries()) {
    const concerns = (id: string) => {
      const index = candidates.indexes.get(id);
      if (index === undefined) return candidates.queries.get(id)?.includes(query.id) !== false;
      return query.writes !== undefined || read[at]?.has(index.table) === true || !isNamed(index.table);
    };
    const all = choice.proposals.filter(concerns);
    const indexes = all.filter(id => candidates.indexes.has(id));
    const meant = meantFor(at);
    const without = meant.length < 2 ? [] : meant.map(id => all.filter(one => one !== id));
    for (const on of [all, indexes, ...indexes.map(id => [id]), ...without]) {
      if (on.length === 0 || (on !== all && time.isLate(UNTIL.crossing))) continue;
      const plan = await there.plan(query.id, on);
      const one = known[at];
      if (plan === undefined || plan.needs.length === 0 || one === undefined) continue;
      if (one.plans.some(({ option }) => setKey(option.needs) === setKey(plan.needs))) continue;
      known[at] = await learn(one, plan);
      found = true;
    }
  }
  return found;
}
