/** What to do next for the latest wish. Pure: the whole order of work of a session is here. */
import type { Query, Workload } from '../workload/types.ts';
import { answerKey, measurementKey, type Wish } from './events.ts';
import { type Knowledge, textsFor } from './knowledge.ts';

export type Job =
  | { readonly kind: 'estimate'; readonly queryId: string; readonly effective: readonly string[] }
  | { readonly kind: 'build'; readonly proposalId: string; readonly wished: boolean }
  | {
      readonly kind: 'measure';
      readonly queryId: string;
      readonly fingerprint: string;
      readonly effective: readonly string[];
    }
  | { readonly kind: 'compare'; readonly queryId: string; readonly rewrite: string };

/**
 * 1. Indexes to drop are looked up, which takes a moment: from then on plans say whether they use them.
 * 2. Estimates take milliseconds: the query in view first, as wished, then its baseline, then all others.
 *    Then what is wished for and not built.
 * 3. The run times of the query in view.
 * 4. Where `eager`, the proposals nobody has wished for yet.
 * 5. The run times of all other queries.
 * 6. Whether the rewrites whose views are there return the same.
 * @returns undefined when the wish is fulfilled.
 */
export function nextJob(
  wish: Wish,
  knowledge: Knowledge,
  workload: Workload,
  eager: boolean,
): Job | undefined {
  const configurations = knowledge.configurations(wish);
  const inView = workload.queries.filter(query => query.id === wish.queryId);
  const others = workload.queries.filter(query => query.id !== wish.queryId);

  const drop = workload.proposals.find(({ id, kind }) => kind === 'drop' && isBuildable(knowledge, id));
  if (drop !== undefined)
    return { kind: 'build', proposalId: drop.id, wished: wish.proposals.includes(drop.id) };
  for (const query of [...inView, ...others]) {
    for (const configuration of configurations) {
      if (knowledge.estimate(query.id, configuration) === undefined) {
        return { kind: 'estimate', queryId: query.id, effective: configuration };
      }
    }
  }
  const wished = workload.proposals.find(
    ({ id }) => wish.proposals.includes(id) && isBuildable(knowledge, id),
  );
  if (wished !== undefined) {
    return { kind: 'build', proposalId: wished.id, wished: wish.proposals.includes(wished.id) };
  }

  const measurement = (queries: typeof inView): Job | undefined => {
    for (const query of queries) {
      for (const configuration of configurations) {
        const { fingerprint, hypothetical } = knowledge.estimate(query.id, configuration)?.plan ?? {};
        // There is nothing that could be run.
        if (hypothetical === true) continue;
        if (fingerprint === undefined || knowledge.isMeasured(query.id, fingerprint)) continue;
        if (knowledge.dismissedMeasurements.has(measurementKey(query.id, fingerprint))) continue;
        return { kind: 'measure', queryId: query.id, fingerprint, effective: configuration };
      }
    }
    return undefined;
  };
  const first = measurement(inView);
  if (first !== undefined) return first;
  if (eager) {
    const unasked = workload.proposals.find(proposal => isBuildable(knowledge, proposal.id));
    if (unasked !== undefined) return { kind: 'build', proposalId: unasked.id, wished: false };
  }
  return measurement(others) ?? comparison([...inView, ...others], knowledge, configurations[0] ?? []);
}

function comparison(
  queries: readonly Query[],
  knowledge: Knowledge,
  effective: readonly string[],
): Job | undefined {
  const { answers, dismissedAnswers, inPlace } = knowledge;
  for (const query of queries) {
    for (const { rewrite } of textsFor(query, effective, inPlace)) {
      if (rewrite === undefined) continue;
      const key = answerKey(query.id, rewrite);
      if (!answers.has(key) && !dismissedAnswers.has(key))
        return { kind: 'compare', queryId: query.id, rewrite };
    }
  }
  return undefined;
}

function isBuildable(knowledge: Knowledge, id: string): boolean {
  return !knowledge.built.has(id) && !knowledge.failedBuilds.has(id) && !knowledge.dismissedBuilds.has(id);
}

/** Whether a running job must give way when `next` is what the latest wish asks for first. */
export function givesWay(running: Job, next: Job | undefined, wish: Wish): boolean {
  switch (running.kind) {
    case 'estimate':
      return false;
    case 'measure':
      return !(
        next?.kind === 'measure' &&
        next.queryId === running.queryId &&
        next.fingerprint === running.fingerprint
      );
    case 'compare':
      return !(
        next?.kind === 'compare' &&
        next.queryId === running.queryId &&
        next.rewrite === running.rewrite
      );
    case 'build': {
      if (wish.proposals.includes(running.proposalId)) return false;
      // Asked for, and now not any more: the person changed their mind.
      if (running.wished) return true;
      return !(next?.kind === 'build' && next.proposalId === running.proposalId);
    }
  }
}
