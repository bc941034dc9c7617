/** Results → the JSON document of `check --json` (docs/check-json.md describes every field). Pure. */

import { verdictModel } from '../advisor/advice/models.ts';
import { notesOn } from '../advisor/existing.ts';
import type { AtProduction } from '../advisor/projected.ts';
import { projectBytes } from '../advisor/projection.ts';
import { proposedBy, surroundingsFor } from '../advisor/surroundings.ts';
import { type Unusable, unusableAmong, whyUnknown } from '../advisor/unknownEffect.ts';
import { unusedText } from '../advisor/unused/unusedText.ts';
import { judgeMeasured, type Verdict } from '../advisor/verdict.ts';
import { formatError } from '../base/errors.ts';
import { type ProposedObject, type Surroundings, subjectOf } from '../plan/findings/find.ts';
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

/** Grows when a field changes its meaning or goes away; new fields do not change it. */
export const FORMAT_VERSION = 1;
/** Identifies the document's format. */
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

/** @param on Ids of the proposals that were switched on for `after`. */
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
      /** The lens's origin, and the parts that it lacks: everything is planned, nothing was run. null outside a lens. */
      lens: results.opened?.lens ?? null,
      /** The role that queries run as (`--role`), if not `user`; `missing`: its settings that could not be applied. */
      role: results.opened?.role ?? null,
      /** Tables of the queries whose row security does not bind the role that ran them. */
      rowSecurityBypassed: results.opened?.rowSecurityBypassed ?? [],
      tables: results.opened?.tables ?? [],
    },
    workload: {
      title: workload.title,
      budgets,
      /** Errors in its files, as they are printed; the rest of this document is without those files. */
      problems: problemsOf(workload, results.opened).map(problem => formatError(problem)),
    },
    /** Planner settings that were set for the whole session: before as well as after. */
    settings: (results.opened?.settings ?? []).map(({ name, value, source }) => ({ name, value, source })),
    proposals: workload.proposals.map(proposal => proposalOf(proposal, results, on, workload)),
    storage: {
      bytes: bytesOf(built),
      /** Of the existing indexes that were switched off; not taken off `bytes`, which is what the proposals need. */
      freedBytes: bytesOf(freed),
      /** What HypoPG estimates of those that cannot be built; no part of the other sums. */
      hypotheticalBytes: bytesOf(inState('hypothetical').flatMap(added)),
      /** False when a proposal that is on could not be built: the sums are lower bounds. */
      complete,
      budgetBytes: budgets.storageBytes,
      projectedBytes: projected?.bytes ?? null,
      projectedAssumption: projected?.assumption ?? null,
    },
    queries,
    ...requirementsModel(workload, results, on, production),
    production: productionModel(workload, production),
    /** Existing indexes that are worth a question, whether a proposal names them or not. */
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
    /** Of an index to drop: whether it was there, as it is. */
    on: isSwitchedOn(proposal, on.includes(proposal.id)),
    state: result?.state ?? ('not built' as const),
    reason: result?.reason ?? null,
    buildMs: isBuilt ? (result?.built?.buildMs ?? null) : null,
    /** What of it the database has already, and nothing was built; null where it has not. */
    inPlace: result?.built?.inPlace ?? null,
    /** What of it is not there, or not known to its full size; null where there is nothing to say. */
    note: result?.built?.note ?? null,
    bytes: result?.built?.bytes ?? null,
    writeCost: writeCostModel(proposal, result?.built?.cost),
    projectedBytes:
      objects.length === 0
        ? null
        : (projectBytes(objects, budgets.productionRows, results.opened?.tables)?.bytes ?? null),
    objects,
    /** Why this transaction may not use it, with what to do: nothing here says what it does for a query. */
    unusable: unusable ?? null,
    /** Queries whose `after` plan reads one of its objects or relies on it; of an index to drop those whose `before` plan does. */
    usedBy: queries
      .filter(query => {
        if (unusable !== undefined) return false;
        const plan = planOf(query);
        return plan !== undefined && isUsed(plan, proposal.id, names);
      })
      .map(query => query.id),
    /** Of an index that is on: the other queries, each with the reason. */
    unused: (results.unused ?? [])
      .filter(({ proposalId }) => proposalId === proposal.id)
      .map(one => unusedModel(one, results, on)),
    /** What the server's own statistics say of an index to drop; what a new one has in common with existing ones. */
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
    /** null: it is not known, and `text` is why. */
    reason: unused?.reason ?? null,
    text: unused === undefined ? (failure ?? '') : unusedText(unused, measured?.measurement.runsMs ?? []),
    readsTable: unused?.unread !== true,
    /** Of `more-expensive` only: the refused plan's, and the chosen plan's. */
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
    /** What it changes or locks rows with (`UPDATE`); null for a query that only reads. */
    writes: query.writes ?? null,
    /** Of one that writes: why it is not run, a clause; null where it is, and rolled back each time. */
    neverRun: whyNeverRun(query, results.opened?.writing) ?? null,
    /** It writes and was run: each run was rolled back. */
    rolledBack:
      query.writes !== undefined &&
      [before, after].some(({ runsMs, timedOutAfterMs }) => runsMs.length > 0 || timedOutAfterMs !== null),
    /** What its parameters stood for; null without parameters. Each set of values is a query of its own here. */
    values: query.values ?? null,
    targetMs: query.targetMs,
    before,
    after,
    /** Functions that it calls and that run queries of their own: EXPLAIN does not show those plans. */
    hiddenPlans: results.opened?.hiddenPlans?.get(query.id) ?? [],
    /** Of each rewrite whose views were on: whether it returns what the query returns. */
    answers: [...new Set([...query.rewrites.map(({ id }) => id), after.rewrite ?? ''])].flatMap(id => {
      const answer = results.answers.get(answerKey(query.id, id));
      return answer === undefined ? [] : [{ rewrite: id, ...answer, rows: answer.rows ?? null }];
    }),
    samePlan,
    ...changeOf(
      failed ? { kind: 'not measured' } : samePlan ? { kind: 'same plan' } : judgeMeasured(before, after),
    ),
    /** before ÷ after, of the medians; null where either was not measured or the plan is the same. */
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
    /** What the test does not rule out of the factor; null without a test. */
    interval,
    p,
    /** Both were run, but not often enough to be compared. */
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
  // What fails does so with any index.
  const unknown = failure === undefined ? why : undefined;
  const estimate = unknown === undefined ? planned : undefined;
  const plan = estimate?.plan;
  const id = measurementKey(query.id, plan?.fingerprint ?? '');
  const measured = results.measurements.get(id);
  const { medianMs, runsMs = [], timedOutAfterMs } = measured?.measurement ?? {};
  const shown = measured?.measurement.tree ?? plan;
  const subject = shown === undefined ? undefined : subjectOf(shown, surroundings);
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
    /** Why nothing is known of it in this transaction, and what to do; all else is null or empty then. */
    unknown: unknown ?? null,
    rewrite: estimate?.rewrite ?? null,
    /** Through an approximate index: how many rows of the exact answer came back; null where it reads none, or was not compared. */
    recall: results.answers.get(answerKey(query.id, estimate?.rewrite ?? ''))?.recall ?? null,
    fingerprint: plan === undefined ? null : structureOf(plan.fingerprint),
    estimatedCost: plan?.totalCost ?? null,
    uses: shown === undefined ? [] : [...usedNames(shown)],
    memory: subject === undefined ? null : memoryModel(subject),
    findings: subject === undefined ? [] : findingsModel(subject),
    /** Foreign keys that were checked, and what else ran beside the plan's nodes. */
    triggers: triggersModel(shown?.statement.triggers ?? []),
    plan: (subject?.nodes ?? []).map(nodeModel),
  };
}

/** Stopped before the target it has missed nothing yet. */
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

/** What a side shows: the plan as it ran, with the time of each node; else as it was planned. */
export function shownPlan(results: Results, queryId: string, on: readonly string[]): Plan | undefined {
  const plan = results.estimates.get(configurationKey(on))?.get(queryId)?.plan;
  return results.measurements.get(measurementKey(queryId, plan?.fingerprint ?? ''))?.measurement.tree ?? plan;
}
