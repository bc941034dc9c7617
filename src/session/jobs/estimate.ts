/** Estimates a query under a configuration. */
import { DatabaseError } from '../../base/databaseError.ts';
import { fingerprintOf } from '../../plan/fingerprint.ts';
import type { Plan } from '../../plan/plan.ts';
import { flattenPlan } from '../../plan/tree.ts';
import { combined, type Switching } from '../builders/builder.ts';
import type { Configuration } from '../configuration.ts';
import { isTransient, type Running, type SessionCore } from '../core.ts';
import { type QueryText, textsFor } from '../knowledge.ts';
import { ownersOf, ownersOfIndexes } from '../owners.ts';
import { plannedTextOf } from '../plannedText.ts';
import { type Look, probe } from '../probe.ts';
import { runFingerprint, shownFingerprint, withConfiguration } from '../runFingerprint.ts';
import { givingWay } from '../writing.ts';

/** Planning is quick, except for a table with very many partitions. */
const LENS_PLANNING_MS = 60_000;

export async function estimate(
  core: SessionCore,
  queryId: string,
  effective: Configuration,
  running: Running,
): Promise<void> {
  const query = core.query(queryId);
  const texts = textsFor(query, effective, core.knowledge.inPlace);
  const isRevised = () => core.query(queryId).rewrites !== query.rewrites;
  let text = texts[0];
  try {
    let best: { readonly plan: Plan; readonly text: QueryText } | undefined;
    for (text of texts) {
      const plan = await lookAt(core, running, queryId, text.sql, 'estimate', effective);
      if (best === undefined || plan.totalCost < best.plan.totalCost) best = { plan, text };
    }
    const plan = best && withRun(core, queryId, await withReliedOn(core, running, queryId, best, effective));
    if (isRevised()) return;
    core.knowledge.learnEstimate(queryId, effective, {
      plan,
      failure: undefined,
      rewrite: plannedTextOf(best?.text.rewrite, plan?.uses ?? [], core.knowledge.built),
    });
  } catch (error) {
    const reason = core.reason(error);
    if (running.cancelled || core.ended === 'lost' || isRevised()) return;
    core.knowledge.learnEstimate(queryId, effective, {
      plan: undefined,
      failure: reason,
      rewrite: text?.rewrite,
      transient: isTransient(error),
    });
  }
  core.emitEstimate(queryId, effective);
}

/** Adds the proposals without which the planner chooses another plan, as a unique index or statistics that no plan reads. */
async function withReliedOn(
  core: SessionCore,
  running: Running,
  queryId: string,
  { plan, text }: { readonly plan: Plan; readonly text: QueryText },
  effective: Configuration,
): Promise<Plan> {
  const uses = [...(plan.uses ?? [])];
  for (const [id, built] of core.knowledge.built) {
    const isOn = effective.has(id);
    // The objects that the other position would hide exist now.
    const { hide = [] } = built.switch[isOn ? 'off' : 'on'];
    if (uses.includes(id) || !hide.some(({ informs }) => informs)) continue;
    const without = isOn ? effective.without(id) : effective.with(id);
    const other = await lookAt(core, running, queryId, text.sql, 'estimate', without);
    if (shownFingerprint(other.fingerprint) !== shownFingerprint(plan.fingerprint)) uses.push(id);
  }
  return { ...plan, uses };
}

/** Adds the proposals that a run of a statement that writes was seen to use, such as indexes that check foreign keys. */
function withRun(core: SessionCore, queryId: string, plan: Plan): Plan {
  const known = core.knowledge.measurement(queryId, plan.fingerprint);
  if (core.query(queryId).writes === undefined || known === undefined || known === 'failed') return plan;
  return { ...plan, uses: [...new Set([...(plan.uses ?? []), ...(known.tree?.uses ?? [])])] };
}

/** The switching of everything that can be switched, in the configuration's position. */
export function switchingsOf({ knowledge }: SessionCore, effective: Configuration): readonly Switching[] {
  return [
    ...[...knowledge.built].map(([id, built]) => built.switch[effective.has(id) ? 'on' : 'off']),
    ...knowledge.retired.map(built => built.switch.off),
    { set: effective.settings },
  ];
}

/** The part of a configuration that may change the cost of a write, whatever its plan shows. */
function touching({ knowledge, facts, workload }: SessionCore, queryId: string, effective: Configuration) {
  return effective.only(id => {
    const proposal = workload.proposals.find(one => one.id === id);
    const tables = knowledge.built.get(id)?.objects.map(({ table }) => table) ?? [];
    return proposal !== undefined && facts.writing?.isTouched(queryId, proposal, tables) === true;
  }).key;
}

export async function lookAt(
  core: SessionCore,
  running: Running,
  queryId: string,
  sql: string,
  look: Look,
  effective: Configuration,
  timeoutMs?: number,
  persuasion: Switching = {},
): Promise<Plan> {
  if (running.cancelled) throw new DatabaseError('cancelled', '57014');
  if (core.options.lens !== undefined && look !== 'estimate') throw new Error('nothing is run in a lens');
  const query = core.query(queryId);
  // The server would refuse it as well, because that transaction is READ ONLY.
  if (look !== 'estimate' && core.whyNeverRun(queryId) !== undefined)
    throw new Error('a statement that writes is never run');
  const isWriting = query.writes !== undefined && core.whyNeverRun(queryId) === undefined;
  const writing = isWriting ? core.facts.writing : undefined;
  await core.admit([{ kind: 'query', sql }]);
  if (look === 'estimate') core.explains++;
  const switchings = [...switchingsOf(core, effective), persuasion];
  const { locks, set } = combined(core.hiding, switchings);
  const functions = core.facts.functions?.of({ kind: 'query', sql }).hiddenPlans ?? [];
  // A lens from another source may define a function that the planner runs and that never ends.
  const limitMs = timeoutMs ?? (core.options.lens === undefined ? undefined : LENS_PLANNING_MS);
  const run = look === 'estimate' ? undefined : writing?.runOf(query);
  const attempt = () =>
    probe(core.transaction, core.names, sql, look, {
      hiding: core.hiding,
      switchings,
      timeoutMs: limitMs,
      replans: (functions.length > 0 && look !== 'estimate') || run !== undefined,
      owners: ownersOf(core.knowledge.built),
      writing: run && { ...run, indexes: ownersOfIndexes(core.knowledge.built) },
    });
  const plan = await core.patiently(running, [...locks, ...(run?.locks ?? [])], () =>
    run === undefined ? attempt() : givingWay(core.control, attempt),
  );
  // A plan for other values is the same plan; each query still has its own run times.
  const structure = query.values === undefined ? plan.fingerprint : fingerprintOf(flattenPlan(plan), 'any');
  // A real and a hypothetical index may share a name, so their plans get different fingerprints.
  const reality = plan.hypothetical === true ? `${structure}-hypothetical` : structure;
  const isShown = functions.length === 0 && plan.hiddenTasks !== true;
  const hidden = isShown ? '' : effective.key;
  // The plan of a write shows neither the checks of foreign keys nor the indexes that the write maintains.
  const own = withConfiguration(
    reality,
    isShown && writing !== undefined ? touching(core, queryId, effective) : hidden,
  );
  const hiding = functions.length === 0 ? {} : { hiddenPlans: functions };
  return { ...plan, ...hiding, fingerprint: runFingerprint(plan, own, set) };
}
