/** Runs the chosen set as a whole on the rows here, and rejects what makes a query slower or a view that returns something else. */
import type { Verdict } from '../advisor/verdict.ts';
import type { AnswerCheck } from '../session/answers.ts';
import type { ExplorerSession } from '../session/events.ts';
import type { Query } from '../workload/workload.ts';
import type { WrittenTable } from '../workload/writtenTables.ts';
import type { Candidates } from './candidates.ts';
import type { Choice, Option, QueryOptions } from './choice.ts';
import { isUnmet } from './proposalSets.ts';
import type { Compared, Runner } from './runner.ts';
import { type TimeBudget, UNTIL } from './timeBudget.ts';

export interface ConfirmationGrounds {
  readonly candidates: Candidates;
  readonly runner: Runner;
  readonly session: Pick<ExplorerSession, 'background'>;
  /** Statement that writes → the tables that it writes. */
  readonly written: ReadonlyMap<string, readonly WrittenTable[]>;
  /** Proposal → reason. This module adds to it. */
  readonly rejected: Map<string, string>;
  /** Views whose rewrites return the same rows. This module adds to it. */
  readonly compared: Set<string>;
  readonly effort: { executions: number };
  readonly time: TimeBudget;
  /** Sets what each query may take from now on, ms. */
  readonly share: (fairMs: () => number) => void;
}

type Taken = ReadonlyMap<QueryOptions, Option>;

const takenIn = (options: readonly QueryOptions[], choice: Choice): Taken =>
  new Map(options.map((one, at) => [one, one.options[choice.options[at] ?? 0] ?? one.options[0]]));

/** The comparison with the largest gain comes first, and may use this multiple of its fair share of the time. */
const FAIR_TO_FIRST = 4;

function byGain(taken: Taken): readonly QueryOptions[] {
  const gain = (one: QueryOptions) => one.weight * (one.options[0].ms - (taken.get(one)?.ms ?? 0));
  return [...taken.keys()].sort((a, b) => gain(b) - gain(a));
}

/**
 * Compares every rewrite that the choice reads with its query, and rejects views that differ.
 * @returns How many were rejected.
 */
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

/**
 * Runs each query before and after with the whole set on, the largest gain first. Statements that write come last: the rows
 * that they leave until the roll-back would slow the others down.
 */
export async function confirm(
  options: readonly QueryOptions[],
  choice: Choice,
  grounds: ConfirmationGrounds,
): Promise<{ readonly judged: ReadonlyMap<string, Compared>; readonly rejected: number }> {
  const found = new Map<string, Compared>();
  const { candidates, runner, rejected, time } = grounds;
  const before = rejected.size;
  const taken = takenIn(options, choice);
  const writes = ({ id }: QueryOptions) => Number(grounds.written.has(id));
  const inOrder = [...byGain(taken)].sort((a, b) => writes(a) - writes(b));
  for (const [at, one] of inOrder.entries()) {
    const query = queryOf(one, candidates);
    if (query === undefined || time.isLate()) continue;
    const set = choice.proposals.filter(id => !rejected.has(id));
    const meant = taken.get(one)?.needs ?? [];
    const on = touching(query, set, meant, grounds);
    grounds.share(() => time.fairMs(1, inOrder.length - at));
    const judged = await runner.compare(query, on);
    // A stopped run proves nothing.
    if (judged === undefined || time.isOver) continue;
    found.set(one.id, judged);
    if (query.writes !== undefined) continue;
    if (
      judged.verdict.kind === 'no clear difference' &&
      !isUnmet({ targetMs: query.targetMs }, one.options[0])
    )
      for (const id of meant.filter(need => isOnlyFor(one.id, need, taken))) rejected.set(id, unclear(query));
    if (judged.verdict.kind !== 'slower') continue;
    // Blame proposals that were not meant for this query first.
    const blamed = judged.needs.filter(id => !meant.includes(id));
    const culprits = blamed.length > 0 ? blamed : judged.needs;
    for (const id of culprits) rejected.set(id, slower(query, judged.verdict));
  }
  for (const [id, reason] of await uselessForWrites(choice, taken, grounds)) rejected.set(id, reason);
  return { judged: found, rejected: rejected.size - before };
}

const queryOf = ({ id }: QueryOptions, { workload }: Pick<Candidates, 'workload'>) =>
  workload.queries.find(query => query.id === id);

const slower = ({ number }: Query, { beforeMs, afterMs }: { beforeMs: number; afterMs: number }): string =>
  `makes query ${number} slower here: ${beforeMs.toFixed(1)} ms → ${afterMs.toFixed(1)} ms`;

const unclear = ({ number }: Query): string =>
  `makes query ${number} not clearly faster here, whatever the planner expects`;

/** Of a set, what can change the time of a query: for a write, proposals that it is to use and indexes on the tables that it writes. */
function touching(
  { id: queryId }: Query,
  set: readonly string[],
  meant: readonly string[],
  { candidates: { indexes }, written }: Pick<ConfirmationGrounds, 'candidates' | 'written'>,
): readonly string[] {
  const tables = written.get(queryId);
  if (tables === undefined) return set;
  const names = new Set(tables.map(({ name }) => name));
  return set.filter(id => meant.includes(id) || names.has(indexes.get(id)?.table ?? ''));
}

/**
 * Proposals that only writes need are rejected if no write is faster with them. Every index of a written table slows a write down, so the
 * comparison has the rest of the set on both sides. @returns Proposal → reason.
 */
async function uselessForWrites(
  choice: Choice,
  taken: Taken,
  grounds: ConfirmationGrounds,
): Promise<ReadonlyMap<string, string>> {
  const { candidates, runner, rejected, written, time, share } = grounds;
  const found = new Map<string, string>();
  for (const id of choice.proposals) {
    const users = [...taken].filter(([, { needs }]) => needs.includes(id));
    const isForWrites = users.every(([one]) => written.has(one.id));
    if (rejected.has(id) || users.length === 0 || !isForWrites) continue;
    const set = choice.proposals.filter(one => !rejected.has(one) && !found.has(one));
    const kinds: Verdict['kind'][] = [];
    let reason = '';
    for (const [at, [one, { needs }]] of users.entries()) {
      const query = queryOf(one, candidates);
      if (query === undefined || time.isLate()) continue;
      share(() => time.fairMs(1, users.length - at));
      const on = touching(query, set, needs, grounds);
      const without = on.filter(other => other !== id);
      const judged = await runner.compare(query, on, without);
      if (judged === undefined || time.isOver || judged.verdict.kind === 'not measured') continue;
      const { verdict } = judged;
      kinds.push(verdict.kind);
      if (verdict.kind === 'slower') reason = slower(query, verdict);
      else if (!isUnmet({ targetMs: query.targetMs }, one.options[0])) reason ||= unclear(query);
    }
    if (kinds.length > 0 && !kinds.includes('faster') && reason !== '') found.set(id, reason);
  }
  return found;
}

/** Both answers together, ms. */
const LONGEST_COMPARISON = 60_000;

/** @returns Why the view is not suggested; undefined if each of its rewrites returns the same rows. */
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
