/** What is known when requirements are judged: of each query and of each proposal, before and after. */

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
import { neverRunBecause, type Proposal, type Query, type Workload } from '../../workload/workload.ts';
import { type Unusable, whyUnknown } from '../unknownEffect.ts';

/** One query on one side. */
export interface KnownQuery {
  readonly query: Query;
  /** The measured tree where there is one, else the planner's estimate. */
  readonly plan: Plan | undefined;
  readonly measurement: Measurement | undefined;
  /** Stopped before the timeout, after so many ms, because nothing hung on its time any more: it takes longer. */
  readonly boundMs?: number | undefined;
  /** The configuration it was measured under, where that is another one with the same plan. */
  readonly reusedFrom: string | undefined;
  /** Why something is not known; undefined where it is, or is still to come. */
  readonly problem: string | undefined;
  /** What it is planned as: a rewrite, or its own text through an approximate index. */
  readonly rewrite?: string | undefined;
  /** Its plan reads a rewrite that is not known to return the same, and why: nothing passes by it. */
  readonly unproven?: string | undefined;
}

/** A proposal that is on and brings something into being. */
interface KnownProposal {
  readonly proposal: Proposal;
  /** undefined where it is not built. */
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
  /** `15.18`; undefined without a connection. */
  readonly serverVersion: string | undefined;
  readonly before: Side;
  readonly after: Side;
  /** Of rewrites whose views are on: undefined where it was not compared yet. */
  readonly answer: (queryId: string, rewrite: string) => AnswerCheck | undefined;
  /** Ids of the proposals that are on. */
  readonly on: readonly string[];
  /** What the session looked up last; undefined before that. */
  readonly verified: Verified | undefined;
  /** Rows and plans are production's, from a lens. */
  readonly projected?: true;
  /** The session's database is a lens: plans and sizes only. */
  readonly inLens: boolean;
}

/** Where a screen or a report keeps what the session emitted. */
interface Lookups extends Pick<Known, 'tables' | 'serverVersion' | 'answer' | 'verified'> {
  /** The session's database is a lens: nothing was run, built or compared. */
  readonly inLens?: boolean;
  /** As of `session:opened`. */
  readonly writing?: ReadonlyMap<string, string | undefined> | undefined;
  /** What is set after, and not before. */
  readonly settings?: readonly SettingChoice[];
  readonly planned: (
    queryId: string,
    configuration: string,
  ) =>
    | {
        plan?: Plan | undefined;
        /** Id of the rewrite that was planned. */
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
  /** Proposals whose effect cannot be seen in this session. */
  readonly unusable?: readonly Unusable[];
  /** Whether it could not be built: what was measured without it is all that there will be. */
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
        // What fails does so with any index.
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
  // It was planned without something that is on and may still be built: that says nothing of this configuration.
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

/** `Q3`, and which values where it has several sets. */
export function queryName({ query }: { readonly query: Query }, workload: Workload): string {
  const sets = workload.queries.filter(({ number }) => number === query.number).length;
  return sets > 1 && query.values !== undefined
    ? `Q${query.number} (${query.values.label})`
    : `Q${query.number}`;
}
