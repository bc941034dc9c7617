/** What was chosen, all of it together, here: what is slower in fact, or other than its query, is rejected. */
import type { Verdict } from '../advisor/verdict.ts';
import type { AnswerCheck } from '../session/answers.ts';
import type { ExplorerSession } from '../session/events.ts';
import type { Candidates } from './candidates.ts';
import { type Choice, isUnmet, type QueryOptions } from './choice.ts';
import type { Runner } from './runner.ts';

export interface ConfirmationGrounds {
  readonly candidates: Candidates;
  readonly runner: Runner;
  readonly session: Pick<ExplorerSession, 'background'>;
  /** Proposal → reason; more are put into it. */
  readonly rejected: Map<string, string>;
  readonly effort: { executions: number };
  readonly signal: AbortSignal;
}

/** All of it together, here: answers compared, and each query run before and after. */
export async function confirm(
  options: readonly QueryOptions[],
  choice: Choice,
  grounds: ConfirmationGrounds,
): Promise<{ readonly verdicts: Map<string, Verdict>; readonly rejected: number }> {
  const verdicts = new Map<string, Verdict>();
  const {
    candidates: { workload, views },
    runner,
    rejected,
    signal,
  } = grounds;
  const before = rejected.size;
  for (const id of choice.proposals.filter(one => views.has(one))) {
    const reason = await whyDifferent(grounds, id);
    if (reason !== undefined) rejected.set(id, reason);
  }
  for (const [at, { id: queryId, options: own }] of options.entries()) {
    const query = workload.queries.find(({ id }) => id === queryId);
    if (query === undefined || signal.aborted) continue;
    const on = choice.proposals.filter(id => !rejected.has(id));
    const judged = await runner.compare(query, on);
    if (judged === undefined) continue;
    verdicts.set(queryId, judged.verdict);
    const meant = own[choice.options[at] ?? 0]?.needs ?? [];
    if (judged.verdict.kind === 'no clear difference' && !isUnmet({ targetMs: query.targetMs }, own[0]))
      for (const id of meant.filter(one => isOnlyFor(queryId, one, options, choice)))
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
    signal,
  }: ConfirmationGrounds,
  id: string,
): Promise<string | undefined> {
  for (const query of queries)
    for (const rewrite of query.rewrites.filter(one => one.id === id)) {
      const answer = await session.background(
        { kind: 'compare', queryId: query.id, rewrite: rewrite.id, limitMs: LONGEST_COMPARISON },
        signal,
      );
      effort.executions += 2;
      if (answer.kind !== 'compared') return 'its answer could not be compared with its query';
      if (!SAME.has(answer.answer.verdict))
        return `its answer is ${answer.answer.verdict}: ${answer.answer.explanation}`;
    }
  return undefined;
}

const SAME: ReadonlySet<string> = new Set<AnswerCheck['verdict']>(['same', 'same but for ties']);

const isOnlyFor = (
  queryId: string,
  proposal: string,
  queries: readonly QueryOptions[],
  choice: Choice,
): boolean =>
  queries.every(
    ({ id, options }, at) =>
      id === queryId || options[choice.options[at] ?? 0]?.needs.includes(proposal) !== true,
  );
