/** Turns what the search knows into its answer. Pure. */

import type { Verdict } from '../advisor/verdict.ts';
import { type BuiltProposal, removedOf, type TableFact } from '../session/events.ts';
import { type WriteReasons, whyNeverRun } from '../workload/workload.ts';
import type { Candidates } from './candidates.ts';
import { type Choice, frontier, type Limits } from './choice.ts';
import { allowed, type Known, type KnownPlan, rowsOf } from './knownPlans.ts';
import { meets } from './proposalSets.ts';
import type { Projected } from './setTrial.ts';
import type { Suggested, SuggestedQuery } from './suggested.ts';

export interface Grounds {
  readonly candidates: Candidates;
  /** Built in the lens, by id. */
  readonly built: ReadonlyMap<string, BuiltProposal>;
  /** A candidate's size in production. */
  readonly bytesOf: (id: string) => number;
  readonly limits: Limits;
}

interface Progress extends Pick<Suggested, 'complete' | 'planned' | 'effort'> {
  readonly known: readonly Known[];
  readonly choice: Choice;
  /** By query, with all recommended proposals on. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** Statements that write and ran → their times in production. */
  readonly projected: ReadonlyMap<string, Projected>;
  /** Proposal → reason. */
  readonly rejected: ReadonlyMap<string, string>;
  readonly builtHere: ReadonlyMap<string, BuiltProposal>;
  /** Recommended drops of indexes. */
  readonly dropped: ReadonlySet<string>;
  /** Recommended extended statistics → the queries that they make faster. */
  readonly statistics: ReadonlyMap<string, readonly string[]>;
  /** Queries that were planned at production size; the next field has the reason for the others. */
  readonly plannable: ReadonlySet<string>;
  readonly whyUnplanned: ReadonlyMap<string, string>;
  /** Query → why it could not be run here. */
  readonly failures: ReadonlyMap<string, string>;
  /** undefined without `--write-cost`. */
  readonly writing: WriteReasons | undefined;
}

export function answerOf(
  { candidates: { workload, views, queries: meantFor }, built, bytesOf, limits }: Grounds,
  {
    known,
    choice,
    verdicts,
    rejected,
    builtHere,
    dropped,
    statistics,
    whyUnplanned,
    failures,
    writing,
    projected,
    ...rest
  }: Progress,
): Suggested {
  const chosen = choice.proposals.filter(id => !rejected.has(id));
  const kept = [...statistics.keys()].filter(id => !rejected.has(id));
  const recommended = [...chosen, ...kept, ...dropped];
  const shown = new Set([
    ...recommended,
    ...known.flatMap(({ plans }) => plans.flatMap(({ option }) => option.needs)),
  ]);
  for (const id of rejected.keys()) shown.delete(id);
  const offered = known.map(one => allowed(one, rest.planned, rejected, workload));
  const taken = known.map(({ plans }, at) => {
    const option = offered[at]?.options[choice.options[at] ?? 0];
    return plans.find(plan => plan.option === option) ?? plans[0];
  });
  return {
    suggestions: workload.proposals.flatMap(proposal => {
      if (!shown.has(proposal.id)) return [];
      const { id } = proposal;
      const uses = known.flatMap((one, at) =>
        taken[at]?.option.needs.includes(id) === true ? [one.query.id] : [],
      );
      const here = builtHere.get(id);
      return [
        {
          proposal,
          rewrites: workload.queries.flatMap(query =>
            query.rewrites.filter(one => one.id === id).map(one => ({ ...one, query: query.id })),
          ),
          queries: uses.length > 0 ? uses : (statistics.get(id) ?? meantFor.get(id) ?? []),
          bytes: here && (dropped.has(id) ? freedBy(here) : here.bytes),
          productionBytes: dropped.has(id) ? freedBy(built.get(id)) : bytesOf(id),
          refreshMs: views.has(id) ? here?.buildMs : undefined,
          productionRefreshMs: views.has(id)
            ? refreshThere(
                here?.buildMs,
                known.find(one => meantFor.get(id)?.includes(one.query.id)),
              )
            : undefined,
          concurrently: views.get(id)?.key !== undefined,
          dated: views.get(id)?.dated === true,
          tied: views.get(id)?.tied === true,
          opened: views.get(id)?.opened ?? [],
        },
      ];
    }),
    recommended,
    rejected: [...rejected].map(([id, reason]) => ({ id, reason })),
    queries: known.flatMap((one, at) => {
      const [baseline] = one.plans;
      const plan = taken[at] ?? baseline;
      const verdict = verdicts.get(one.query.id) ?? { kind: 'not measured' };
      const { beforeMs = baseline.option.ms, afterMs = plan.option.ms } = projected.get(one.query.id) ?? {};
      return [
        {
          query: one.query,
          neverRun: whyNeverRun(one.query, writing),
          // A refusal that passed, as of a lock, says nothing about the runs that followed.
          failure: verdict.kind === 'not measured' ? failures.get(one.query.id) : undefined,
          by: [...plan.option.needs, ...kept.filter(id => statistics.get(id)?.includes(one.query.id))],
          rewrite: plan.planned.rewrite,
          verdict,
          beforeMs,
          afterMs,
          meets: meets(afterMs, one.query.targetMs),
          scans: plan.option.scans,
          risky: plan.option.risky,
          untried: rest.planned ? undefined : untriedOf(one, plan, rejected),
        },
      ];
    }),
    unplanned: workload.queries
      .filter(({ id }) => !rest.plannable.has(id))
      .map(query => ({ query, reason: whyUnplanned.get(query.id) ?? 'it was stopped' })),
    productionBytes: chosen.reduce((sum, id) => sum + bytesOf(id), 0),
    productionMs: choice.ms,
    weighted: Object.keys(workload.callsADay).length > 0,
    budgetBytes: workload.budgets.storageBytes,
    frontier: frontier(offered, limits, choice),
    complete: rest.complete,
    planned: rest.planned,
    effort: rest.effort,
  };
}

/** The cheapest plan at production size that was not run here, if it is cheaper than the one taken. */
function untriedOf(
  { query, plans }: Known,
  taken: KnownPlan,
  rejected: ReadonlyMap<string, string>,
): SuggestedQuery['untried'] {
  if (query.writes !== undefined) return undefined;
  const untried = plans
    .slice(1)
    .filter(({ measured, option }) => measured === undefined && option.needs.every(id => !rejected.has(id)))
    .map(({ option }) => option)
    .filter(({ ms }) => ms < taken.option.ms)
    .sort((a, b) => a.ms - b.ms);
  const [best] = untried;
  return best && { by: best.needs, afterMs: best.ms };
}

/**
 * The lens sizes B-trees of columns well. Other kinds, and expressions, of which it has no statistics, scale the size that was
 * built here by the rows.
 */
export function productionBytes(
  { indexes }: Pick<Candidates, 'indexes'>,
  built: ReadonlyMap<string, BuiltProposal>,
  builtHere: ReadonlyMap<string, BuiltProposal>,
  { here, there }: { readonly here: readonly TableFact[]; readonly there: readonly TableFact[] },
): (id: string) => number {
  return id => {
    const index = indexes.get(id);
    const own = builtHere.get(id);
    const isKnown = index?.method === 'btree' && !index.keys.some(key => key.startsWith('('));
    if (index === undefined || isKnown || own === undefined) return built.get(id)?.bytes ?? 0;
    const rows = rowsOf(here, index.table);
    return rows === 0 ? own.bytes : own.bytes * Math.max(1, rowsOf(there, index.table) / rows);
  };
}

/** Bytes of the indexes that it drops. */
const freedBy = (built: BuiltProposal | undefined): number =>
  removedOf(built).reduce((sum, { bytes }) => sum + bytes, 0);

/** Filling a view takes as long as its query does without it. */
function refreshThere(buildMs: number | undefined, of: Known | undefined): number | undefined {
  const baseline = of?.plans[0];
  const hereMs = baseline?.measured?.ms;
  if (buildMs === undefined || baseline === undefined || hereMs === undefined) return undefined;
  return buildMs * Math.max(1, baseline.option.ms / hereMs);
}
