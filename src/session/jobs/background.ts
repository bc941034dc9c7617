/** Answers background tasks (backgroundTasks.ts). */

import { DatabaseError } from '../../base/databaseError.ts';
import type { Sql } from '../../database/guard.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import { neverRunBecause } from '../../workload/workload.ts';
import type { BackgroundAnswer, BackgroundTask } from '../backgroundTasks.ts';
import type { Configuration } from '../configuration.ts';
import { type Running, type SessionCore, TRANSIENT } from '../core.ts';
import { isStored } from '../engines/engine.ts';
import { answerKey } from '../events.ts';
import { sqlOf } from '../knowledge.ts';
import { timedOut, totalMs } from '../measure.ts';
import { whyUnused } from '../whyUnused.ts';
import { build, publicly } from './build.ts';
import { compare } from './compare.ts';
import { estimate, lookAt } from './estimate.ts';

/** @returns undefined when it was interrupted. */
export async function runTask(
  core: SessionCore,
  task: BackgroundTask,
  running: Running,
): Promise<BackgroundAnswer | undefined> {
  const { knowledge } = core;
  const { workload } = core;
  const has = (list: readonly { readonly id: string }[], id: string) => list.some(item => item.id === id);
  const gone = (what: string): BackgroundAnswer => ({
    kind: 'failed',
    reason: `${what} is gone`,
    transient: false,
  });
  if (task.kind === 'build') {
    const { proposalId } = task;
    if (!has(workload.proposals, proposalId)) return gone(proposalId);
    if (!knowledge.built.has(proposalId) && !knowledge.failedBuilds.has(proposalId))
      await build(core, core.proposal(proposalId), running);
    const built = knowledge.built.get(proposalId);
    if (built !== undefined) return { kind: 'built', built: publicly(built) };
    const reason = knowledge.failedBuilds.get(proposalId);
    return reason === undefined ? undefined : { kind: 'failed', reason, transient: false };
  }
  if (task.kind === 'read') return read(core, task.statements, running);
  const { queryId } = task;
  if (!has(workload.queries, queryId)) return gone(queryId);
  if (core.options.lens !== undefined && task.kind !== 'estimate')
    return { kind: 'failed', reason: 'a lens has no rows: nothing can be run in it', transient: false };
  // A statement that writes may be run, but not compared.
  const reason =
    task.kind === 'run' ? core.whyNeverRun(queryId) : neverRunBecause(core.query(queryId), undefined);
  if (reason !== undefined && task.kind !== 'estimate' && task.kind !== 'whyUnused')
    return { kind: 'failed', reason, transient: false };
  if (task.kind === 'compare') {
    const key = answerKey(queryId, task.rewrite);
    const { rewrite, limitMs } = task;
    const answer =
      knowledge.answers.get(key) ??
      (await compare(core, { kind: 'compare', queryId, rewrite }, running, limitMs));
    return answer && { kind: 'compared', answer };
  }
  const effective = knowledge.effective(task.proposals, task.settings);
  if (task.kind === 'estimate') {
    if (knowledge.estimate(queryId, effective)?.transient === true)
      knowledge.forgetEstimate(queryId, effective);
    const known = knowledge.estimate(queryId, effective);
    const before = core.explains;
    if (known === undefined) await estimate(core, queryId, effective, running);
    const { plan, rewrite, failure, transient = false } = knowledge.estimate(queryId, effective) ?? {};
    const explains = core.explains - before;
    if (plan !== undefined) return { kind: 'estimated', plan, rewrite, explains };
    return failure === undefined ? undefined : { kind: 'failed', reason: failure, transient };
  }
  if (task.kind === 'whyUnused') return explain(core, task, effective, running);
  const { rewrite, look, limitMs } = task;
  const sql = sqlOf(core.query(queryId), rewrite);
  const startedAt = core.options.now();
  try {
    const plan = await lookAt(core, running, queryId, sql, look, effective, limitMs);
    return { kind: 'ran', plan, ms: totalMs(plan) };
  } catch (error) {
    if (running.cancelled || core.ended !== 'no') return undefined;
    if (timedOut(error, core.options.now() - startedAt, limitMs))
      return { kind: 'stopped', afterMs: limitMs };
    const transient = error instanceof DatabaseError && TRANSIENT.test(error.code);
    return { kind: 'failed', reason: core.reason(error), transient };
  }
}

async function explain(
  core: SessionCore,
  { queryId, proposalId, race }: BackgroundTask & { kind: 'whyUnused' },
  effective: Configuration,
  running: Running,
): Promise<BackgroundAnswer | undefined> {
  const { knowledge, workload, hiding, transaction } = core;
  const failed = (reason: string, transient = false): BackgroundAnswer => ({
    kind: 'failed',
    reason,
    transient,
  });
  const proposal = workload.proposals.find(({ id }) => id === proposalId);
  const built = knowledge.built.get(proposalId);
  if (proposal === undefined || built === undefined || built.hypothetical === true)
    return failed(`${proposalId} is not built`);
  if (knowledge.estimate(queryId, effective) === undefined) await estimate(core, queryId, effective, running);
  const { plan, failure, rewrite } = knowledge.estimate(queryId, effective) ?? {};
  if (plan === undefined) return failure === undefined ? undefined : failed(failure);
  const query = core.query(queryId);
  const sql = sqlOf(query, rewrite);
  const hasValues = query.values !== undefined;
  const drops = new Set(workload.proposals.filter(one => factsOf(one).standsForExisting).map(({ id }) => id));
  try {
    const chosen = plan;
    // The refused plan of a statement that writes is never run.
    const raced = query.writes === undefined ? race : undefined;
    const question = { proposal, built, effective, sql, hasValues, chosen, hiding, race: raced, drops };
    const unused = await whyUnused(question, {
      undone: work => core.patiently(running, [], () => transaction.undone(work)),
      look: (look, under, persuasion, limitMs) =>
        lookAt(core, running, queryId, sql, look, under, limitMs, persuasion),
      around: () => ({
        scope: transaction.queryScope,
        role: transaction.role?.scope.role,
        isElsewhere: table => transaction.engine.storesElsewhere && isStored(core.means.stored, table),
      }),
      now: core.options.now,
    });
    return { kind: 'explained', unused };
  } catch (error) {
    if (running.cancelled || core.ended !== 'no') return undefined;
    return failed(core.reason(error), error instanceof DatabaseError && TRANSIENT.test(error.code));
  }
}

async function read(
  core: SessionCore,
  statements: readonly Sql[],
  running: Running,
): Promise<BackgroundAnswer | undefined> {
  try {
    const [, ...answers] = await core.patiently(running, [], () =>
      core.transaction.probe(['SET LOCAL transaction_read_only = on', ...statements]),
    );
    return { kind: 'read', answers, names: core.names };
  } catch (error) {
    if (running.cancelled || core.ended !== 'no') return undefined;
    const transient = error instanceof DatabaseError && TRANSIENT.test(error.code);
    return { kind: 'failed', reason: core.reason(error), transient };
  }
}
