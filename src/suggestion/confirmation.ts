/** What was chosen, all of it together, here: what is slower in fact, or other than its query, is rejected. */
import type { Verdict } from '../advisor/verdict.ts';
import type { AnswerCheck } from '../session/answers.ts';
import type { ExplorerSession } from '../session/events.ts';
import type { Candidates } from './candidates.ts';
import { type Choice, isUnmet, type Option, type QueryOptions } from './choice.ts';
import type { Runner } from './runner.ts';
import { type TimeBudget, UNTIL } from './timeBudget.ts';

export interface ConfirmationGrounds {
  readonly candidates: Candidates;
  readonly runner: Runner;
  readonly session: Pick<ExplorerSession, 'background'>;
  /** Proposal → reason; more are put into it. */
  readonly rejected: Map<string, string>;
  /** Views whose rewrites return what their queries return; more are put into it. */
  readonly compared: Set<string>;
  readonly effort: { executions: number };
  readonly time: TimeBudget;
  /** What each query may take from now on, ms. */
  readonly share: (fairMs: () => number) => void;
}

type Taken = ReadonlyMap<QueryOptions, Option>;

const takenIn = (options: readonly QueryOptions[], choice: Choice): Taken =>
  new Map(options.map((one, at) => [one, one.options[choice.options[at] ?? 0] ?? one.options[0]]));

/** What gains the most first: it may take more than its part of the time, or none would end in a short one. */
const FAIR_TO_FIRST = 4;

function byGain(taken: Taken): readonly QueryOptions[] {
  const gain = (one: QueryOptions) => one.weight * (one.options[0].ms - (taken.get(one)?.ms ?? 0));
  return [...taken.keys()].sort((a, b) => gain(b) - gain(a));
}

/** Every rewrite that the choice reads returns what its query returns; else its view is rejected. @returns How many are. */
export async function compareAnswers(
  options: readonly QueryOptions[],
  choice: Choice,
  grounds: ConfirmationGrounds,
): Promise<number> {
  const { candidates, compared, rejected, time } = grounds;
  const before = rejected.size;
  const taken = takenIn(options, choice);
  const needed = new Set(byGain(taken).flatMap(one => taken.get(one)?.needs ?? []));
  const read = [...needed].filter(id => candidates.views.has(id) && !compared.has(id));
  for (const [at, id] of read.entries()) {
    const fairMs = time.fairMs(UNTIL.comparing, read.length - at) * FAIR_TO_FIRST;
    const reason = await whyDifferent(grounds, id, Math.max(1, Math.min(LONGEST_COMPARISON, fairMs)));
    if (reason === undefined) compared.add(id);
    else rejected.set(id, reason);
  }
  return rejected.size - before;
}

/** All of it together, here: each query before and after, where the most is to be gained first. */
export async function confirm(
  options: readonly QueryOptions[],
  choice: Choice,
  grounds: ConfirmationGrounds,
): Promise<{ readonly verdicts: Map<string, Verdict>; readonly rejected: number }> {
  const verdicts = new Map<string, Verdict>();
  const {
    candidates: { workload },
    runner,
    rejected,
    time,
  } = grounds;
  const before = rejected.size;
  const taken = takenIn(options, choice);
  const inOrder = byGain(taken);
  for (const [at, one] of inOrder.entries()) {
    const query = workload.queries.find(({ id }) => id === one.id);
    if (query === undefined || time.isLate()) continue;
    const on = choice.proposals.filter(id => !rejected.has(id));
    grounds.share(() => time.fairMs(1, inOrder.length - at));
    const judged = await runner.compare(query, on);
    // What was stopped says nothing.
    if (judged === undefined || time.isOver) continue;
    verdicts.set(one.id, judged.verdict);
    const meant = taken.get(one)?.needs ?? [];
    if (
      judged.verdict.kind === 'no clear difference' &&
      !isUnmet({ targetMs: query.targetMs }, one.options[0])
    )
      for (const id of meant.filter(need => isOnlyFor(one.id, need, taken)))
        rejected.set(id, `makes query ${query.number} not clearly faster here, whatever the planner expects`);
    if (judged.verdict.kind !== 'slower') continue;
    // What the query was not meant to use is to blame first.
    const blamed = judged.needs.filter(id => !meant.includes(id));
    const culprits = blamed.length > 0 ? blamed : judged.needs;
    const { beforeMs, afterMs } = judged.verdict;
    for (const id of culprits)
      rejected.set(
        id,
        `makes query ${query.number} slower here: ${beforeMs.toFixed(1)} ms → ${afterMs.toFixed(1)} ms`,
      );
  }
  return { verdicts, rejected: rejected.size - before };
}

/** Both answers together, ms. */
const LONGEST_COMPARISON = 60_000;

/** Every rewrite of a view returns what its query returns; else why it is not suggested. */
async function whyDifferent(
  {
    session,
    candidates: {
      workload: { queries },
    },
    effort,
    time,
  }: ConfirmationGrounds,
  id: string,
  limitMs: number,
): Promise<string | undefined> {
  const late = 'the time was spent before its answer was compared with its query';
  if (time.isLate(UNTIL.comparing)) return late;
  for (const query of queries)
    for (const rewrite of query.rewrites.filter(one => one.id === id)) {
      const answer = await session.background(
        { kind: 'compare', queryId: query.id, rewrite: rewrite.id, limitMs: Math.ceil(limitMs) },
        time.signal,
      );
      effort.executions += 2;
      if (time.isOver) return late;
      if (answer.kind !== 'compared') return 'its answer could not be compared with its query';
      if (!SAME.has(answer.answer.verdict))
        return `its answer is ${answer.answer.verdict}: ${answer.answer.explanation}`;
    }
  return undefined;
}

const SAME: ReadonlySet<string> = new Set<AnswerCheck['verdict']>(['same', 'same but for ties']);

const isOnlyFor = (queryId: string, proposal: string, taken: ReadonlyMap<QueryOptions, Option>): boolean =>
  [...taken].every(([{ id }, { needs }]) => id === queryId || !needs.includes(proposal));
