/** Answers background tasks (backgroundTasks.ts). */

import { factsOf } from '../../workload/proposalKinds.ts';
import { neverRunBecause } from '../../workload/workload.ts';
import type { BackgroundAnswer, BackgroundTask } from '../backgroundTasks.ts';
import type { Configuration } from '../configuration.ts';
import { isTransient, type Running, type SessionCore } from '../core.ts';
import { isStored } from '../engines/engine.ts';
import { answerKey } from '../events.ts';
import { type Estimate, sqlOf } from '../knowledge.ts';
import { timedOut, totalMs } from '../measure.ts';
import { whyUnused } from '../whyUnused.ts';
import { build, publicly } from './build.ts';
import { compare } from './compare.ts';
import { estimate, lookAt } from './estimate.ts';

const failed = (reason: string, transient = false): BackgroundAnswer => ({
  kind: 'failed',
  reason,
  transient,
});

/** The answer of `work`, or its failure; undefined when it was interrupted. @param limitMs The limit of its statement. */
async function orFailed(
  core: SessionCore,
  running: Running,
  work: () => Promise<BackgroundAnswer>,
  limitMs = Number.POSITIVE_INFINITY,
): Promise<BackgroundAnswer | undefined> {
  const { now } = core.options;
  const startedAt = now();
  try {
    return await work();
  } catch (error) {
    if (running.cancelled || core.ended !== 'no') return undefined;
    if (timedOut(error, now() - startedAt, limitMs)) return { kind: 'stopped', afterMs: limitMs };
    return failed(core.reason(error), isTransient(error));
  }
}

/** @returns undefined when it was interrupted. */
export async function runTask(
  core: SessionCore,
  task: BackgroundTask,
  running: Running,
): Promise<BackgroundAnswer | undefined> {
  const { knowledge, workload } = core;
  const has = (list: readonly { readonly id: string }[], id: string) => list.some(item => item.id === id);
  if (task.kind === 'build') {
    const { proposalId } = task;
    if (!has(workload.proposals, proposalId)) return failed(`${proposalId} is gone`);
    if (!knowledge.built.has(proposalId) && !knowledge.failedBuilds.has(proposalId))
      await build(core, core.proposal(proposalId), running);
    const built = knowledge.built.get(proposalId);
    if (built !== undefined) return { kind: 'built', built: publicly(built) };
    const reason = knowledge.failedBuilds.get(proposalId);
    return reason === undefined ? undefined : failed(reason);
  }
  if (task.kind === 'read')
    return orFailed(core, running, async () => {
      const [, ...answers] = await core.patiently(running, [], () =>
        core.transaction.probe(['SET LOCAL transaction_read_only = on', ...task.statements]),
      );
      return { kind: 'read', answers, names: core.names };
    });
  const { queryId } = task;
  if (!has(workload.queries, queryId)) return failed(`${queryId} is gone`);
  if (core.options.lens !== undefined && task.kind !== 'estimate')
    return failed('a lens has no rows: nothing can be run in it');
  // A statement that writes may be run, but not compared.
  const reason =
    task.kind === 'run' ? core.whyNeverRun(queryId) : neverRunBecause(core.query(queryId), undefined);
  if (reason !== undefined && task.kind !== 'estimate' && task.kind !== 'whyUnused') return failed(reason);
  if (task.kind === 'compare') {
    const { rewrite, limitMs } = task;
    const answer =
      knowledge.answers.get(answerKey(queryId, rewrite)) ??
      (await compare(core, { kind: 'compare', queryId, rewrite }, running, limitMs));
    return answer && { kind: 'compared', answer };
  }
  const effective = knowledge.effective(task.proposals, task.settings);
  if (task.kind === 'estimate') {
    if (knowledge.estimate(queryId, effective)?.transient === true)
      knowledge.forgetEstimate(queryId, effective);
    const before = core.explains;
    const { plan, rewrite, failure, transient } = await estimated(core, queryId, effective, running);
    if (plan !== undefined) return { kind: 'estimated', plan, rewrite, explains: core.explains - before };
    return failure === undefined ? undefined : failed(failure, transient);
  }
  if (task.kind === 'whyUnused') return explain(core, task, effective, running);
  const { rewrite, look, limitMs } = task;
  const run = async (): Promise<BackgroundAnswer> => {
    const sql = sqlOf(core.query(queryId), rewrite);
    const plan = await lookAt(core, running, queryId, sql, look, effective, limitMs);
    return { kind: 'ran', plan, ms: totalMs(plan) };
  };
  return orFailed(core, running, run, limitMs);
}

/** The known estimate, or a new one; empty when it was interrupted. */
async function estimated(
  core: SessionCore,
  queryId: string,
  effective: Configuration,
  running: Running,
): Promise<Partial<Estimate>> {
  const { knowledge } = core;
  if (knowledge.estimate(queryId, effective) === undefined) await estimate(core, queryId, effective, running);
  return knowledge.estimate(queryId, effective) ?? {};
}

async function explain(
  core: SessionCore,
  { queryId, proposalId, race }: BackgroundTask & { kind: 'whyUnused' },
  effective: Configuration,
  running: Running,
): Promise<BackgroundAnswer | undefined> {
  const { knowledge, workload, hiding, transaction } = core;
  const proposal = workload.proposals.find(({ id }) => id === proposalId);
  const built = knowledge.built.get(proposalId);
  if (proposal === undefined || built === undefined || built.hypothetical === true)
    return failed(`${proposalId} is not built`);
  const { plan: chosen, failure, rewrite } = await estimated(core, queryId, effective, running);
  if (chosen === undefined) return failure === undefined ? undefined : failed(failure);
  const query = core.query(queryId);
  const sql = sqlOf(query, rewrite);
  const hasValues = query.values !== undefined;
  const drops = new Set(workload.proposals.filter(one => factsOf(one).standsForExisting).map(({ id }) => id));
  // The refused plan of a statement that writes is never run.
  const raced = query.writes === undefined ? race : undefined;
  const question = { proposal, built, effective, sql, hasValues, chosen, hiding, race: raced, drops };
  return orFailed(core, running, async () => ({
    kind: 'explained',
    unused: await whyUnused(question, {
      undone: work => core.patiently(running, [], () => transaction.undone(work)),
      look: (look, under, persuasion, limit) =>
        lookAt(core, running, queryId, sql, look, under, limit, persuasion),
      around: () => ({
        scope: transaction.queryScope,
        role: transaction.role?.scope.role,
        isElsewhere: table => transaction.engine.storesElsewhere && isStored(core.facts.stored, table),
      }),
      now: core.options.now,
    }),
  }));
}
