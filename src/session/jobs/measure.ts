/** Runs plans and keeps their times. */
import type { Plan } from '../../plan/plan.ts';
import type { Running, SessionCore } from '../core.ts';
import { estimateKey, sqlOf } from '../knowledge.ts';
import { MEASURE_BUDGET, measure, type Turn, takeTurns, totalMs, withRuns } from '../measure.ts';
import type { Job } from '../schedule.ts';
import { lookAt } from './estimate.ts';

export async function measurePlan(
  core: SessionCore,
  job: Job & { kind: 'measure' },
  running: Running,
): Promise<void> {
  const { queryId, fingerprint, effective } = job;
  const sql = sqlOf(core.query(queryId), core.knowledge.estimate(queryId, effective)?.rewrite);
  core.emit({ type: 'measurement:running', queryId, fingerprint, startedAt: core.options.now() });
  try {
    const measured = await measure(
      (look, timeoutMs) => lookAt(core, running, queryId, sql, look, effective, timeoutMs),
      core.workload.budgets.timeoutMs,
      { ...(core.options.budget ?? MEASURE_BUDGET), ...(job.once === true ? { runs: 1 } : {}) },
      () => running.cancelled,
      core.options.now,
    );
    // A run does not show what the planner relied on, and a plan does not show the indexes that check foreign keys.
    const { uses = [] } = core.knowledge.estimate(queryId, effective)?.plan ?? {};
    const tree = measured.tree && {
      ...measured.tree,
      uses: [...new Set([...uses, ...(measured.tree.uses ?? [])])],
    };
    const measurement = { ...measured, tree };
    const executed = measurement.tree ?? { fingerprint };
    if (executed.fingerprint !== fingerprint) {
      core.emit({ type: 'measurement:cancelled', queryId, fingerprint, by: 'superseded' });
      if (!believe(core, job, measurement.tree)) return;
    }
    core.knowledge.learnMeasurement(queryId, executed.fingerprint, measurement);
    if (tree?.uses.some(id => !uses.includes(id)) === true) showUses(core, job, tree.uses);
    core.emit({
      type: 'measurement:finished',
      queryId,
      fingerprint: executed.fingerprint,
      configuration: core.knowledge.real(effective).key,
      measurement,
    });
  } catch (error) {
    const reason = core.reason(error);
    if (core.ended === 'lost') return;
    if (running.cancelled) {
      const by = core.knowledge.isDismissed(queryId, fingerprint) ? 'user' : 'superseded';
      core.emit({ type: 'measurement:cancelled', queryId, fingerprint, by });
      return;
    }
    core.knowledge.learnMeasurement(queryId, fingerprint, 'failed');
    core.emit({ type: 'measurement:failed', queryId, fingerprint, reason });
  }
}

/** Keeps the proposals that a run used and the estimate's plan does not show. */
function showUses(
  core: SessionCore,
  { queryId, effective }: Job & { kind: 'measure' },
  uses: readonly string[],
): void {
  const estimate = core.knowledge.estimate(queryId, effective);
  if (estimate?.plan === undefined) return;
  core.knowledge.learnEstimate(queryId, effective, { ...estimate, plan: { ...estimate.plan, uses } });
  core.emitEstimate(queryId, effective);
}

/** More runs of two plans, until they can be compared. A failed run does not change the known times. */
export async function interleave(
  core: SessionCore,
  job: Job & { kind: 'interleave' },
  running: Running,
): Promise<void> {
  const { queryId, plans, turns } = job;
  const { knowledge } = core;
  const sides = (['before', 'after'] as const).filter(side => turns.includes(side));
  const about = (side: Turn) => ({ queryId, fingerprint: plans[side].fingerprint });
  const startedAt = core.options.now();
  for (const side of sides) core.emit({ type: 'measurement:running', ...about(side), startedAt, more: true });
  const made = await takeTurns(turns, async side => {
    const { fingerprint, effective } = plans[side];
    const sql = sqlOf(core.query(queryId), knowledge.estimate(queryId, effective)?.rewrite);
    const { timeoutMs } = core.workload.budgets;
    const plan = await lookAt(core, running, queryId, sql, 'run', effective, timeoutMs);
    return plan.fingerprint === fingerprint ? totalMs(plan) : undefined;
  });
  if (core.ended === 'lost') return;
  if (running.cancelled) {
    const by = knowledge.isDismissed(queryId, plans.after.fingerprint) ? 'user' : 'superseded';
    for (const side of sides) core.emit({ type: 'measurement:cancelled', ...about(side), by });
    return;
  }
  if (made.before.length + made.after.length < turns.length)
    knowledge.learnUnrepeatable(queryId, [plans.before.fingerprint, plans.after.fingerprint]);
  for (const side of sides) {
    const { fingerprint, effective } = plans[side];
    const known = knowledge.measurement(queryId, fingerprint);
    if (known === undefined || known === 'failed') {
      // Its proposal was revised during the runs.
      core.emit({ type: 'measurement:cancelled', ...about(side), by: 'superseded' });
      continue;
    }
    const measurement = withRuns(known, made[side]);
    knowledge.learnMeasurement(queryId, fingerprint, measurement);
    const configuration = knowledge.real(effective).key;
    core.emit({ type: 'measurement:finished', ...about(side), configuration, measurement });
  }
}

/**
 * The executed plan differs from the estimate: the catalog is not part of the snapshot, so another session's ANALYZE
 * may change plans. The first time the estimate is repeated, the second time the executed plan counts.
 * @returns Whether the executed plan counts.
 */
function believe(
  core: SessionCore,
  { queryId, effective }: Job & { kind: 'measure' },
  plan: Plan | undefined,
): boolean {
  const key = estimateKey(queryId, effective);
  if (!core.contradicted.has(key)) {
    core.contradicted.add(key);
    core.knowledge.forgetEstimate(queryId, effective);
    return false;
  }
  const rewrite = core.knowledge.estimate(queryId, effective)?.rewrite;
  core.knowledge.learnEstimate(queryId, effective, { plan, failure: undefined, rewrite });
  core.emitEstimate(queryId, effective);
  return true;
}
