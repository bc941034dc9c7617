/** The choice, as a set: what production's planner does with it for every query, and what happens here when all of it is on. */
import type { Verdict } from '../advisor/verdict.ts';
import { flattenPlan } from '../plan/tree.ts';
import { type Choice, choose, type Limits, type Preference, type QueryOptions, setKey } from './choice.ts';
import { type ConfirmationGrounds, compareAnswers, confirm } from './confirmation.ts';
import type { Known } from './knownPlans.ts';
import type { Planner, Screened } from './screening.ts';
import { UNTIL } from './timeBudget.ts';

type Verdicts = ReadonlyMap<string, Verdict>;

export interface TrialGrounds extends ConfirmationGrounds {
  /** Plans that the set gives are added. */
  readonly known: Known[];
  /** The same, as far as they may be chosen. */
  readonly offered: () => readonly QueryOptions[];
  readonly limits: Limits;
  readonly preference: Preference | undefined;
  /** Plans at production size. */
  readonly there: Planner;
  /** Runs a plan that was not known before. */
  readonly learn: (known: Known, plan: Screened) => Promise<Known>;
  /** Nothing is run here. */
  readonly isPlanned: () => boolean;
  readonly onChoice: (offered: readonly QueryOptions[], choice: Choice) => void;
}

export interface Tried {
  readonly choice: Choice;
  /** By query, of all of it together; none where it was not tried so. */
  readonly verdicts: Verdicts;
}

/** How often a set is chosen anew, after something in it was rejected. */
const MOST_CHOICES = 12;

/** Chooses anew until nothing of the set is rejected and no query gets a plan that was not known. */
export async function settle(grounds: TrialGrounds): Promise<Tried> {
  const { offered, limits, preference, isPlanned, time, onChoice } = grounds;
  /** Query → what it was to use, and how that went. */
  const tried = new Map<string, { readonly needs: string; readonly verdict: Verdict }>();
  for (let left = MOST_CHOICES; ; left--) {
    const options = offered();
    const choice = choose(options, limits, preference);
    const needsOf = (at: number) => setKey(options[at]?.options[choice.options[at] ?? 0]?.needs ?? []);
    onChoice(options, choice);
    // Whatever the time: no view of which that is not known.
    if (!isPlanned() && (await compareAnswers(options, choice, grounds)) > 0) continue;
    const isLast = left <= 0 || time.isOver;
    const isNew = !isLast && (await cross(choice, grounds));
    const found = isLast || isPlanned() ? undefined : await confirm(options, choice, grounds);
    for (const [at, { id }] of options.entries()) {
      const verdict = found?.verdicts.get(id);
      if (verdict !== undefined) tried.set(id, { needs: needsOf(at), verdict });
    }
    // Runs that took turns say more than those of before: what looked faster may be so no more.
    const isOther =
      !isLast && found !== undefined && (await relearn(options, choice, found.verdicts, grounds));
    if (isNew || isOther || (found?.rejected ?? 0) > 0) continue;
    // Without another round: what was tried with the same plan meant.
    const verdicts = options.flatMap(({ id }, at) => {
      const one = tried.get(id);
      return one?.needs === needsOf(at) ? [[id, one.verdict] as const] : [];
    });
    return { choice, verdicts: new Map(verdicts) };
  }
}

/** @returns Whether another set is chosen by what the runs of both sides say. */
async function relearn(
  options: readonly QueryOptions[],
  choice: Choice,
  verdicts: Verdicts,
  { known, learn, offered, limits, preference }: TrialGrounds,
): Promise<boolean> {
  for (const [at, one] of options.entries()) {
    const verdict = verdicts.get(one.id);
    if (verdict === undefined || verdict.kind === 'same plan') continue;
    for (const option of [one.options[0], one.options[choice.options[at] ?? 0]]) {
      const of = known[at];
      const plan = of?.plans.find(({ option: { needs } }) => needs === option?.needs);
      if (of !== undefined && plan !== undefined) known[at] = await learn(of, plan.planned);
    }
  }
  return setKey(choose(offered(), limits, preference).proposals) !== setKey(choice.proposals);
}

/**
 * What the chosen proposals do for queries that they were not chosen for: all together, and each index alone.
 * @returns Whether there was a new plan.
 */
async function cross(choice: Choice, grounds: TrialGrounds): Promise<boolean> {
  const { known, there, learn, time, candidates } = grounds;
  let found = false;
  const tablesOf = ({ plans }: Known) =>
    new Set(plans.flatMap(({ planned }) => flattenPlan(planned.plan).map(({ relation }) => relation)));
  const read = known.map(tablesOf);
  // A partitioned table is in no plan.
  const isNamed = (table: string) => read.some(tables => tables.has(table));
  for (const [at, { query }] of known.entries()) {
    const concerns = (id: string) => {
      const index = candidates.indexes.get(id);
      if (index === undefined) return candidates.queries.get(id)?.includes(query.id) !== false;
      return query.writes !== undefined || read[at]?.has(index.table) === true || !isNamed(index.table);
    };
    const all = choice.proposals.filter(concerns);
    const indexes = all.filter(id => candidates.indexes.has(id));
    for (const on of [all, indexes, ...indexes.map(id => [id])]) {
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
