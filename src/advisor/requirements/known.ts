/** The facts that requirements are judged by: each query and each proposal, before and after. */

import type { Plan } from '../../plan/plan.ts';
import { configurationKey, effectiveKey } from '../../session/configuration.ts';
import type {
  AnswerCheck,
  BuiltObject,
  Measurement,
  SettingChoice,
  TableFact,
} from '../../session/events.ts';
import type { Verified } from '../../session/verify.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import {
  neverRunBecause,
  type Proposal,
  type Query,
  type Workload,
  type WriteReasons,
} from '../../workload/workload.ts';
import type { AtProduction, ProductionSide } from '../projected.ts';
import { type Unusable, whyUnknown } from '../unknownEffect.ts';

/** A query on one side, before or after. */
export interface KnownQuery {
  readonly query: Query;
  /** The measured tree if there is one, otherwise the planner's estimate. */
  readonly plan: Plan | undefined;
  readonly measurement: Measurement | undefined;
  /** Stopped after this time, before the timeout, because its run time could no longer matter: it takes longer. */
  readonly boundMs?: number | undefined;
  /** The configuration that it was measured under, if that is another one with the same plan. */
  readonly reusedFrom: string | undefined;
  /** Why a figure is missing; undefined: it is known, or still to come. */
  readonly problem: string | undefined;
  /** Id of the planned text: a rewrite, or the query's own text through an approximate index. */
  readonly rewrite?: string | undefined;
  /** Why its rewrite is not known to return the same rows: nothing passes with it. */
  readonly unproven?: string | undefined;
}

/** A proposal that is on and creates objects. */
interface KnownProposal {
  readonly proposal: Proposal;
  /** undefined: not built. */
  readonly objects: readonly BuiltObject[] | undefined;
}

export interface Side {
  readonly queries: readonly KnownQuery[];
  readonly proposals: readonly KnownProposal[];
  /** Bytes of existing indexes that are switched off. */
  readonly freedBytes: number;
}

export interface Known {
  readonly workload: Workload;
  readonly tables: readonly TableFact[];
  /** `15.18`; undefined: no connection. */
  readonly serverVersion: string | undefined;
  readonly before: Side;
  readonly after: Side;
  /** For rewrites whose views are on; undefined: not compared yet. */
  readonly answer: (queryId: string, rewrite: string) => AnswerCheck | undefined;
  /** Ids of the proposals that are on. */
  readonly on: readonly string[];
  /** The session's last check; undefined: none yet. */
  readonly verified: Verified | undefined;
  /** Rows and plans are production's, from a lens. */
  readonly projected?: true;
  readonly inLens: boolean;
}

/** Access to what a screen or a report has collected from the session's events. */
interface Lookups extends Pick<Known, 'tables' | 'serverVersion' | 'answer' | 'verified'> {
  /** The session's database is a lens: it runs, builds and compares nothing. */
  readonly inLens?: boolean;
  /** As in `session:opened`. */
  readonly writing?: WriteReasons | undefined;
  /** Settings on the side after. */
  readonly settings?: readonly SettingChoice[];
  readonly planned: (
    queryId: string,
    configuration: string,
  ) =>
    | {
        plan?: Plan | undefined;
        rewrite?: string | undefined;
        missing: readonly string[];
        failure?: string | undefined;
      }
    | undefined;
  readonly measured: (
    queryId: string,
    fingerprint: string,
  ) =>
    | {
        measurement?: Measurement | undefined;
        boundMs?: number | undefined;
        configuration?: string;
        problem?: string | undefined;
      }
    | undefined;
  readonly objects: (proposalId: string) => readonly BuiltObject[] | undefined;
  /** Proposals whose effect this session cannot show. */
  readonly unusable?: readonly Unusable[];
  /** Whether its build failed: then measurements without it are final. */
  readonly hasFailed?: (proposalId: string) => boolean;
}

export function knownFrom(workload: Workload, on: readonly string[], lookups: Lookups): Known {
  const { tables, serverVersion, answer, verified, unusable = [] } = lookups;
  const side = (ids: readonly string[], settings: readonly SettingChoice[] = []): Side => {
    const proposals = workload.proposals.filter(({ id }) => ids.includes(id));
    const objects = ({ id }: Proposal) => lookups.objects(id);
    return {
      queries: workload.queries.map(query => {
        const one = (key: string) => knownQuery(query, key, lookups);
        const known = one(configurationKey(ids, settings));
        const problem = whyUnknown([one('').plan, known.plan], ids, unusable);
        // A failure does not depend on indexes, so it stays.
        return problem === undefined || known.plan === undefined ? known : { ...NOTHING, query, problem };
      }),
      proposals: proposals
        .filter(proposal => !factsOf(proposal).standsForExisting)
        .map(proposal => ({
          proposal,
          objects: objects(proposal)?.filter(({ existing }) => existing !== true),
        })),
      freedBytes: proposals
        .flatMap(proposal => objects(proposal) ?? [])
        .filter(({ existing }) => existing === true)
        .reduce((sum, { bytes }) => sum + bytes, 0),
    };
  };
  return {
    workload,
    tables,
    serverVersion,
    answer,
    verified,
    inLens: lookups.inLens === true,
    on: on.filter(id => lookups.hasFailed?.(id) !== true),
    before: side([]),
    after: side(on, lookups.settings),
  };
}

const NOTHING = { plan: undefined, measurement: undefined, reusedFrom: undefined };

function knownQuery(
  query: Query,
  configuration: string,
  { planned, measured, answer, hasFailed, inLens, writing }: Lookups,
): KnownQuery {
  const nothing = { ...NOTHING, query };
  const found = planned(query.id, configuration);
  if (found === undefined) return { ...nothing, problem: undefined };
  // A plan without a proposal that may still be built says nothing about this configuration.
  const open = found.missing.filter(id => hasFailed?.(id) !== true);
  if (open.length > 0) return { ...nothing, problem: `${open.join(', ')} is not built` };
  const { plan, failure, rewrite } = found;
  if (plan === undefined) return { ...nothing, problem: failure };
  const { measurement, boundMs, configuration: under, problem } = measured(query.id, plan.fingerprint) ?? {};
  const here = under === undefined || under === effectiveKey(configuration, found.missing);
  return {
    query,
    plan: measurement?.tree ?? plan,
    measurement,
    boundMs,
    reusedFrom: here ? undefined : under,
    problem:
      problem ??
      neverRunBecause(query, writing) ??
      (inLens === true ? 'planned in a lens, never run' : undefined),
    rewrite,
    unproven: rewrite === undefined ? undefined : unproven(rewrite, answer(query.id, rewrite)),
  };
}

function unproven(rewrite: string, answer: AnswerCheck | undefined): string | undefined {
  if (answer?.verdict === 'same' || answer?.verdict === 'same but for ties') return undefined;
  const why = answer === undefined ? 'not compared yet' : `${answer.verdict}: ${answer.explanation}`;
  return `the answer of @${rewrite} is ${why}`;
}

/** `Q3`, or `Q3 (label)` if it has several sets of values. */
export function queryName({ query }: { readonly query: Query }, workload: Workload): string {
  const sets = workload.queries.filter(({ number }) => number === query.number).length;
  return sets > 1 && query.values !== undefined
    ? `Q${query.number} (${query.values.label})`
    : `Q${query.number}`;
}

/** The facts at production size: plans and bytes from the lens, times and memory projected. */
export interface KnownAtProduction {
  readonly known: Known;
  /** A query under the configuration after. */
  readonly side: (queryId: string) => ProductionSide | undefined;
}

export function knownAtProduction(
  workload: Workload,
  on: readonly string[],
  { tables, serverVersion, objects, before, after }: AtProduction,
): KnownAtProduction {
  const key = configurationKey(on);
  const known = knownFrom(workload, on, {
    tables,
    serverVersion,
    verified: undefined,
    answer: () => undefined,
    planned: (queryId, configuration) => {
      const side = (configuration === key ? after : before).get(queryId);
      return side && { plan: side.plan, missing: [], failure: side.failure };
    },
    measured: () => undefined,
    objects: id => objects.get(id),
  });
  return { known: { ...known, projected: true }, side: queryId => after.get(queryId) };
}
