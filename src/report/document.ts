/** Results → the JSON document of `check --json` (docs/check-json.md describes every field). */

import { verdictModel } from '../advisor/advice/models.ts';
import { notesOn } from '../advisor/existing.ts';
import type { AtProduction } from '../advisor/projected.ts';
import { projectBytes } from '../advisor/projection.ts';
import { proposedBy, surroundingsFor } from '../advisor/surroundings.ts';
import { type Unusable, unusableAmong, whyUnknown } from '../advisor/unknownEffect.ts';
import { unusedText } from '../advisor/unused/unusedText.ts';
import { judgeMeasured, type Verdict } from '../advisor/verdict.ts';
import { formatError } from '../base/errors.ts';
import { type ProposedObject, ruleInputOf, type Surroundings } from '../plan/findings/find.ts';
import type { Plan } from '../plan/plan.ts';
import { isUsed, usedNames } from '../plan/uses.ts';
import { configurationKey, effectiveKey } from '../session/configuration.ts';
import { addedOf, answerKey, bytesOf, measurementKey, problemsOf, removedOf } from '../session/events.ts';
import { structureOf } from '../session/runFingerprint.ts';
import { factsOf, isSwitchedOn } from '../workload/proposalKinds.ts';
import { type Proposal, type Query, type Workload, whyNeverRun } from '../workload/workload.ts';
import { findingsModel, memoryModel, nodeModel, triggersModel } from './planModel.ts';
import { productionModel } from './production.ts';
import { requirementsModel } from './requirements.ts';
import type { EstimateResult, Results, UnusedResult } from './results.ts';
import { writeCostModel } from './writeCost.ts';

/** Increases when a field changes its meaning or disappears, not with new fields. */
export const FORMAT_VERSION = 1;
export const FORMAT = 'pgopt-explore/check';

interface CheckTarget {
  readonly label: string;
  readonly embedded: boolean;
  readonly scale: number | undefined;
  readonly loadedOn: string | undefined;
}

export type CheckDocument = ReturnType<typeof checkDocument>;
export type CheckQuery = CheckDocument['queries'][number];
export type CheckSide = CheckQuery['before'];
export type CheckProposal = CheckDocument['proposals'][number];

/** @param on Ids of the proposals that are on in `after`. */
export function checkDocument(
  workload: Workload,
  results: Results,
  on: readonly string[],
  target: CheckTarget,
  environment: { readonly program: string; readonly at: string },
  production?: AtProduction,
) {
  const { budgets } = workload;
  const adding = workload.proposals.filter(one => !factsOf(one).standsForExisting).map(({ id }) => id);
  const created = on.filter(id => adding.includes(id));
  const builtOf = (id: string) => results.proposals.get(id)?.built;
  const inState = (state: string) => created.filter(id => results.proposals.get(id)?.state === state);
  const added = (id: string) => addedOf(builtOf(id));
  const built = inState('built').flatMap(added);
  const freed = on.flatMap(id => removedOf(builtOf(id)));
  const complete = created.every(id => results.proposals.get(id)?.state === 'built');
  const projected = projectBytes(built, budgets.productionRows, results.opened?.tables);
  const around = (objects: readonly ProposedObject[]) =>
    surroundingsFor(workload, results.opened?.tables ?? [], results.opened?.serverVersion, objects);
  const proposed = created.flatMap(id => proposedBy(id, added(id)));
  const surroundings = { before: around([]), after: around(proposed) };
  const unusable = unusableAmong(workload.proposals, id => results.proposals.get(id)?.built);
  const queries = workload.queries.map(query => queryOf(query, results, on, surroundings, unusable));
  return {
    format: FORMAT,
    version: FORMAT_VERSION,
    program: environment.program,
    at: environment.at,
    target: {
      label: target.label,
      embedded: target.embedded,
      scale: target.scale ?? null,
      loadedOn: target.loadedOn ?? null,
      serverVersion: results.opened?.serverVersion ?? null,
      database: results.opened?.database ?? null,
      user: results.opened?.lens === undefined ? (results.opened?.user ?? null) : null,
      hiding: results.opened?.hiding ?? null,
      hypopg: results.opened?.hypopg ?? null,
      /** The lens's origin and what it lacks; everything is planned, nothing ran. null: not a lens. */
      lens: results.opened?.lens ?? null,
      /** The role of `--role`; `missing`: its settings that could not be applied. */
      role: results.opened?.role ?? null,
      /** Tables of the queries whose row security does not apply to the role that ran them. */
      rowSecurityBypassed: results.opened?.rowSecurityBypassed ?? [],
      tables: results.opened?.tables ?? [],
    },
    workload: {
      title: workload.title,
      budgets,
      /** Errors in its files as printed; this document leaves those files out. */
      problems: problemsOf(workload, results.opened).map(problem => formatError(problem)),
    },
    /** Planner settings for both sides. */
    settings: (results.opened?.settings ?? []).map(({ name, value, source }) => ({ name, value, source })),
    proposals: workload.proposals.map(proposal => proposalOf(proposal, results, on, workload)),
    storage: {
      bytes: bytesOf(built),
      /** Bytes of the existing indexes that are off; not subtracted from `bytes`. */
      freedBytes: bytesOf(freed),
      /** HypoPG's estimate for proposals that cannot be built; not part of the other sums. */
      hypotheticalBytes: bytesOf(inState('hypothetical').flatMap(added)),
      /** False: a proposal could not be built, so the sums are lower bounds. */
      complete,
      budgetBytes: budgets.storageBytes,
      projectedBytes: projected?.bytes ?? null,
      projectedAssumption: projected?.assumption ?? null,
    },
    queries,
    ...requirementsModel(workload, results, on, production),
    production: productionModel(workload, production),
    /** Remarks on existing indexes, whether a proposal names them or not. */
    indexNotes: notesOn(results.opened?.indexes ?? []),
  };
}

function proposalOf(
  proposal: Proposal,
  results: Results,
  on: readonly string[],
  { budgets, queries }: Workload,
) {
  const result = results.proposals.get(proposal.id);
  const isBuilt = result?.state === 'built' && result.built?.projected !== true;
  const { objects = [], unusable } = result?.built ?? {};
  const names = objects.map(object => object.name);
  const { standsForExisting, drops } = factsOf(proposal);
  const planOf = (query: Query) =>
    results.estimates.get(standsForExisting ? '' : configurationKey(on))?.get(query.id)?.plan;
  const notes = drops
    ? notesOn(results.opened?.indexes ?? []).filter(({ name, table }) =>
        objects.some(object => object.name === name && object.table === table),
      )
    : [];
  return {
    id: proposal.id,
    title: proposal.title,
    kind: proposal.kind,
    /** For an index to drop: whether the index exists. */
    on: isSwitchedOn(proposal, on.includes(proposal.id)),
    state: result?.state ?? ('not built' as const),
    reason: result?.reason ?? null,
    buildMs: isBuilt ? (result?.built?.buildMs ?? null) : null,
    /** What the database has already, so that nothing was built; null: nothing. */
    inPlace: result?.built?.inPlace ?? null,
    /** Missing parts and sizes; null: none. */
    note: result?.built?.note ?? null,
    bytes: result?.built?.bytes ?? null,
    writeCost: writeCostModel(proposal, result?.built?.cost),
    projectedBytes:
      objects.length === 0
        ? null
        : (projectBytes(objects, budgets.productionRows, results.opened?.tables)?.bytes ?? null),
    objects,
    /** Why this transaction may not use it, and what to do: its effect is unknown. */
    unusable: unusable ?? null,
    /**
     * Queries whose `after` plan reads or needs one of its objects; for an index to drop, queries whose `before` plan
     * does.
     */
    usedBy: queries
      .filter(query => {
        if (unusable !== undefined) return false;
        const plan = planOf(query);
        return plan !== undefined && isUsed(plan, proposal.id, names);
      })
      .map(query => query.id),
    /** For an index that is on: the other queries, with the reason. */
    unused: (results.unused ?? [])
      .filter(({ proposalId }) => proposalId === proposal.id)
      .map(one => unusedModel(one, results, on)),
    /** The server's statistics of an index to drop; a new index's overlap with existing ones. */
    notes: [
      ...notes.map(({ name, text }) => `${name}: ${text}`),
      ...(results.opened?.likeness?.get(proposal.id) ?? []),
    ],
  };
}

function unusedModel({ queryId, unused, failure }: UnusedResult, results: Results, on: readonly string[]) {
  const plan = results.estimates.get(configurationKey(on))?.get(queryId)?.plan;
  const measured = results.measurements.get(measurementKey(queryId, plan?.fingerprint ?? ''));
  const isForced = unused?.reason === 'more-expensive';
  return {
    query: queryId,
    index: unused?.index ?? null,
    /** null: not known; `text` says why. */
    reason: unused?.reason ?? null,
    text: unused === undefined ? (failure ?? '') : unusedText(unused, measured?.measurement.runsMs ?? []),
    readsTable: unused?.unread !== true,
    /** Only for `more-expensive`: costs of the refused and the chosen plan. */
    cost: unused?.cost ?? null,
    chosenCost: isForced ? unused.chosenCost : null,
    rows: unused?.rows ?? null,
    forcedMs: unused?.forced?.medianMs ?? null,
  };
}

function queryOf(
  query: Query,
  results: Results,
  on: readonly string[],
  surroundings: Readonly<Record<'before' | 'after', Surroundings>>,
  unusable: readonly Unusable[],
) {
  const key = configurationKey(on);
  const plans = ['', key].map(each => results.estimates.get(each)?.get(query.id)?.plan);
  const before = sideOf(query, results, '', surroundings.before, whyUnknown(plans, [], unusable));
  const after = sideOf(query, results, key, surroundings.after, whyUnknown(plans, on, unusable));
  const failed = [before, after].some(({ failure, unknown }) => failure !== null || unknown !== null);
  const samePlan = before.fingerprint !== null && before.fingerprint === after.fingerprint;
  return {
    id: query.id,
    number: query.number,
    title: query.title,
    /** The command that changes or locks rows (`UPDATE`); null: it only reads. */
    writes: query.writes ?? null,
    /** For a query that writes: why it did not run, a clause; null: it ran, and each run was rolled back. */
    neverRun: whyNeverRun(query, results.opened?.writing) ?? null,
    /** It writes and ran; each run was rolled back. */
    rolledBack:
      query.writes !== undefined &&
      [before, after].some(({ runsMs, timedOutAfterMs }) => runsMs.length > 0 || timedOutAfterMs !== null),
    /** The values of its parameters; null: none. Each set of values is a separate query. */
    values: query.values ?? null,
    targetMs: query.targetMs,
    before,
    after,
    /** Functions that run queries of their own, whose plans EXPLAIN does not show. */
    hiddenPlans: results.opened?.hiddenPlans?.get(query.id) ?? [],
    /** For each rewrite whose views are on: whether it returns the query's rows. */
    answers: [...new Set([...query.rewrites.map(({ id }) => id), after.rewrite ?? ''])].flatMap(id => {
      const answer = results.answers.get(answerKey(query.id, id));
      return answer === undefined ? [] : [{ rewrite: id, ...answer, rows: answer.rows ?? null }];
    }),
    samePlan,
    ...changeOf(
      failed ? { kind: 'not measured' } : samePlan ? { kind: 'same plan' } : judgeMeasured(before, after),
    ),
    /** before ÷ after of the medians; null: not measured, or the same plan. */
    factor:
      samePlan || before.medianMs === null || after.medianMs === null
        ? null
        : before.medianMs / after.medianMs,
  };
}

function changeOf(verdict: Verdict) {
  const { kind, interval, p, tooFew } = verdictModel(verdict);
  return {
    change: kind === 'not measured' ? ('unknown' as const) : kind,
    /** The factors that the test does not reject; null: no test. */
    interval,
    p,
    /** Both ran, but too few times for a comparison. */
    tooFew,
  };
}

function sideOf(
  query: Query,
  results: Results,
  key: string,
  surroundings: Surroundings,
  why: string | undefined,
) {
  const planned = results.estimates.get(key)?.get(query.id);
  const failure =
    planned?.failure ?? results.failures.get(measurementKey(query.id, planned?.plan?.fingerprint ?? ''));
  // A failure does not depend on indexes.
  const unknown = failure === undefined ? why : undefined;
  const estimate = unknown === undefined ? planned : undefined;
  const plan = estimate?.plan;
  const id = measurementKey(query.id, plan?.fingerprint ?? '');
  const measured = results.measurements.get(id);
  const { medianMs, runsMs = [], timedOutAfterMs } = measured?.measurement ?? {};
  const shown = measured?.measurement.tree ?? plan;
  const input = shown === undefined ? undefined : ruleInputOf(shown, surroundings);
  return {
    how: howOf(
      estimate,
      failure,
      measured?.configuration,
      timedOutAfterMs,
      key,
      results.opened?.lens !== undefined || whyNeverRun(query, results.opened?.writing) !== undefined,
    ),
    medianMs: medianMs ?? null,
    minMs: runsMs.length === 0 ? null : Math.min(...runsMs),
    maxMs: runsMs.length === 0 ? null : Math.max(...runsMs),
    runsMs,
    timedOutAfterMs: timedOutAfterMs ?? null,
    meetsTarget: meetsTarget(medianMs, timedOutAfterMs, query.targetMs),
    failure: failure ?? null,
    /** Why its figures are unknown in this transaction, and what to do; all others are then null or empty. */
    unknown: unknown ?? null,
    rewrite: estimate?.rewrite ?? null,
    /** With an approximate index: how many of the exact rows it returned; null: none, or not compared. */
    recall: results.answers.get(answerKey(query.id, estimate?.rewrite ?? ''))?.recall ?? null,
    fingerprint: plan === undefined ? null : structureOf(plan.fingerprint),
    estimatedCost: plan?.totalCost ?? null,
    uses: shown === undefined ? [] : [...usedNames(shown)],
    memory: input === undefined ? null : memoryModel(input),
    findings: input === undefined ? [] : findingsModel(input),
    /** Foreign-key checks and other work outside the plan. */
    triggers: triggersModel(shown?.statement.triggers ?? []),
    plan: (input?.nodes ?? []).map(nodeModel),
  };
}

/** A run that was stopped before the target decides nothing. */
function meetsTarget(
  medianMs: number | undefined,
  timedOutAfterMs: number | undefined,
  targetMs: number,
): boolean | null {
  if (timedOutAfterMs !== undefined) return timedOutAfterMs >= targetMs ? false : null;
  return medianMs === undefined ? null : medianMs < targetMs;
}

function howOf(
  estimate: EstimateResult | undefined,
  failure: string | undefined,
  measuredUnder: string | undefined,
  timedOutAfterMs: number | undefined,
  key: string,
  onlyPlanned: boolean,
): 'measured' | 'reused' | 'timed out' | 'estimated' | 'planned' | 'hypothetical' | 'failed' | 'unknown' {
  if (failure !== undefined) return 'failed';
  if (estimate === undefined) return 'unknown';
  if (estimate.plan?.hypothetical === true) return 'hypothetical';
  if (measuredUnder === undefined) return onlyPlanned ? 'planned' : 'estimated';
  if (timedOutAfterMs !== undefined) return 'timed out';
  return measuredUnder === effectiveKey(key, estimate.missing) ? 'measured' : 'reused';
}

/** The executed plan with the time of each node if there is one, otherwise the estimate. */
export function shownPlan(results: Results, queryId: string, on: readonly string[]): Plan | undefined {
  const plan = results.estimates.get(configurationKey(on))?.get(queryId)?.plan;
  return results.measurements.get(measurementKey(queryId, plan?.fingerprint ?? ''))?.measurement.tree ?? plan;
}
