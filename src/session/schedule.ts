/** What to do next for the latest desired state. Pure: this file alone decides the order of a session's work. */
import { factsOf } from '../workload/proposalKinds.ts';
import { neverRunBecause, type Query, type Workload } from '../workload/workload.ts';
import { Configuration } from './configuration.ts';
import { answerKey, type DesiredState, type Measurement } from './events.ts';
import { type Knowledge, textsFor } from './knowledge.ts';
import type { Interleave, Timed, Turn } from './measure.ts';
import { approximates } from './plannedText.ts';

interface PlanOf {
  readonly fingerprint: string;
  readonly effective: Configuration;
}

export type Job =
  | { readonly kind: 'estimate'; readonly queryId: string; readonly effective: Configuration }
  | { readonly kind: 'build'; readonly proposalId: string; readonly wanted: boolean }
  | {
      readonly kind: 'measure';
      readonly queryId: string;
      readonly fingerprint: string;
      readonly effective: Configuration;
      /** One run, and the tree. More runs follow, alternating with the plan it is compared with. */
      readonly once?: true;
    }
  /** More runs of two measured plans, alternating. */
  | {
      readonly kind: 'interleave';
      readonly queryId: string;
      readonly plans: Readonly<Record<Turn, PlanOf>>;
      readonly turns: readonly Turn[];
    }
  | { readonly kind: 'compare'; readonly queryId: string; readonly rewrite: string };

/**
 * 1. Indexes to drop are looked up, which is quick: from then on plans show whether they use them.
 * 2. Estimates take milliseconds: the query in view first, desired before baseline, then all others. Then desired
 *   builds.
 * 3. The query in view is measured until its plans can be compared.
 * 4. With `eager`, the other proposals are built.
 * 5. All other queries that read are measured once, then until their plans can be compared. Queries that write come
 *   last: each run leaves row versions, which later runs have to skip.
 * 6. Rewrites whose views are built are compared with their queries.
 * @param interleave Decides how many runs a comparison takes; without it each plan is measured by itself.
 * @returns undefined when the desired state is fulfilled.
 */
export function nextJob(
  desired: DesiredState,
  knowledge: Knowledge,
  workload: Workload,
  eager: boolean,
  interleave?: Interleave,
): Job | undefined {
  const configurations = knowledge.configurations(desired);
  const inView = workload.queries.filter(query => query.id === desired.queryId);
  const others = workload.queries.filter(query => query.id !== desired.queryId);
  const reading = others.filter(({ writes }) => writes === undefined);
  const writing = others.filter(({ writes }) => writes !== undefined);
  const running = (queries: typeof inView) =>
    queries.filter(query => neverRunBecause(query, knowledge.writing) === undefined);

  const existing = workload.proposals.find(
    proposal => factsOf(proposal).standsForExisting && isBuildable(knowledge, proposal.id),
  );
  if (existing !== undefined)
    return { kind: 'build', proposalId: existing.id, wanted: desired.proposals.includes(existing.id) };
  for (const query of [...inView, ...others]) {
    for (const configuration of configurations) {
      if (knowledge.estimate(query.id, configuration) === undefined) {
        return { kind: 'estimate', queryId: query.id, effective: configuration };
      }
    }
  }
  const wanted = workload.proposals.find(
    ({ id }) => desired.proposals.includes(id) && isBuildable(knowledge, id),
  );
  if (wanted !== undefined) {
    return { kind: 'build', proposalId: wanted.id, wanted: true };
  }

  const measurement = (queries: typeof inView): Job | undefined => {
    for (const query of queries) {
      for (const configuration of configurations) {
        const plan = planOf(query.id, configuration, knowledge);
        if (plan === undefined || knowledge.measurement(query.id, plan.fingerprint) !== undefined) continue;
        if (knowledge.isDismissed(query.id, plan.fingerprint)) continue;
        const job = { kind: 'measure', queryId: query.id, ...plan } as const;
        const isCompared =
          interleave !== undefined && hasRival(query.id, plan.fingerprint, configurations, knowledge);
        return isCompared ? { ...job, once: true } : job;
      }
    }
    return undefined;
  };
  const more = (queries: typeof inView): Job | undefined => {
    if (interleave === undefined) return undefined;
    for (const { id } of queries) {
      const job = interleaved(id, configurations, knowledge, interleave);
      if (job !== undefined) return job;
    }
    return undefined;
  };
  const first = measurement(running(inView)) ?? more(running(inView));
  if (first !== undefined) return first;
  if (eager) {
    const unasked = workload.proposals.find(proposal => isBuildable(knowledge, proposal.id));
    if (unasked !== undefined) return { kind: 'build', proposalId: unasked.id, wanted: false };
  }
  return (
    measurement(reading) ??
    more(reading) ??
    measurement(running(writing)) ??
    more(running(writing)) ??
    comparison(
      // A query that writes has no rows to compare.
      [...inView, ...others].filter(({ writes }) => writes === undefined),
      knowledge,
      configurations[0] ?? Configuration.BASELINE,
    )
  );
}

/** undefined for a plan that cannot run, because one of its indexes is hypothetical. */
function planOf(queryId: string, effective: Configuration, knowledge: Knowledge): PlanOf | undefined {
  const { fingerprint, hypothetical } = knowledge.estimate(queryId, effective)?.plan ?? {};
  return fingerprint === undefined || hypothetical === true ? undefined : { fingerprint, effective };
}

/** Whether another plan of the query will be compared with this one by its runs. */
function hasRival(
  queryId: string,
  fingerprint: string,
  configurations: readonly Configuration[],
  knowledge: Knowledge,
): boolean {
  return configurations.some(configuration => {
    const plan = planOf(queryId, configuration, knowledge);
    if (plan === undefined || plan.fingerprint === fingerprint) return false;
    const known = knowledge.measurement(queryId, plan.fingerprint);
    return known === undefined
      ? !knowledge.isDismissed(queryId, plan.fingerprint)
      : known !== 'failed' && known.timedOutAfterMs === undefined;
  });
}

/** More runs of both plans of a query, once both were measured. */
function interleaved(
  queryId: string,
  [effective, baseline]: readonly Configuration[],
  knowledge: Knowledge,
  interleave: Interleave,
): Job | undefined {
  if (effective === undefined || baseline === undefined) return undefined;
  const [before, after] = [baseline, effective].map(one => planOf(queryId, one, knowledge));
  if (before === undefined || after === undefined || before.fingerprint === after.fingerprint)
    return undefined;
  const fingerprints = [before.fingerprint, after.fingerprint];
  if (!knowledge.isRepeatable(queryId, fingerprints)) return undefined;
  if (fingerprints.some(fingerprint => knowledge.isDismissed(queryId, fingerprint))) return undefined;
  const [one, other] = fingerprints.map(fingerprint => knowledge.measurement(queryId, fingerprint));
  if (one === undefined || other === undefined) return undefined;
  const timed = (known: Measurement | 'failed'): Timed | undefined =>
    known === 'failed' ? undefined : known;
  const turns = interleave(timed(one), timed(other));
  return turns.length === 0 ? undefined : { kind: 'interleave', queryId, plans: { before, after }, turns };
}

function comparison(
  queries: readonly Query[],
  knowledge: Knowledge,
  effective: Configuration,
): Job | undefined {
  const { answers, dismissedAnswers, inPlace } = knowledge;
  for (const query of queries) {
    const planned = knowledge.estimate(query.id, effective)?.rewrite;
    const approximate =
      planned !== undefined && approximates(planned) !== undefined ? [{ rewrite: planned }] : [];
    for (const { rewrite } of [...textsFor(query, effective, inPlace), ...approximate]) {
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

/** Whether a running job must give way when `next` is what the latest desired state needs first. */
export function givesWay(running: Job, next: Job | undefined, desired: DesiredState): boolean {
  switch (running.kind) {
    case 'estimate':
      return false;
    case 'build':
      if (desired.proposals.includes(running.proposalId)) return false;
      // The proposal was desired and is not any more: the user changed their mind.
      return running.wanted || identityOf(next) !== identityOf(running);
    default:
      return identityOf(next) !== identityOf(running);
  }
}

/** Equal for jobs with the same result. */
function identityOf(job: Job | undefined): string | undefined {
  switch (job?.kind) {
    case 'build':
      return `build ${job.proposalId}`;
    case 'measure':
      return `measure ${job.queryId} ${job.fingerprint}`;
    case 'interleave':
      return `interleave ${job.queryId} ${job.plans.before.fingerprint} ${job.plans.after.fingerprint}`;
    case 'compare':
      return `compare ${job.queryId} ${job.rewrite}`;
    default:
      return undefined;
  }
}
