/** Session events → results. */

import type { Plan } from '../plan/plan.ts';
import type { ConfigurationKey } from '../session/configuration.ts';
import {
  type AnswerCheck,
  answerKey,
  type BuiltProposal,
  type Measurement,
  measurementKey,
  type SessionEvent,
  type Unused,
} from '../session/events.ts';
import type { Verified } from '../session/verify.ts';

interface ProposalResult {
  /** 'hypothetical': cannot be built, estimated by HypoPG. */
  readonly state: 'not built' | 'built' | 'hypothetical' | 'failed' | 'cancelled';
  readonly built: BuiltProposal | undefined;
  readonly reason: string | undefined;
}

export interface EstimateResult {
  readonly plan: Plan | undefined;
  readonly rewrite: string | undefined;
  readonly missing: readonly string[];
  readonly failure: string | undefined;
}

interface MeasurementResult {
  /** The configuration of the measurement. */
  readonly configuration: ConfigurationKey;
  readonly measurement: Measurement;
}

export interface UnusedResult {
  readonly proposalId: string;
  readonly queryId: string;
  /** undefined: see `failure`. */
  readonly unused: Unused | undefined;
  readonly failure: string | undefined;
}

export interface Results {
  readonly opened: Extract<SessionEvent, { type: 'session:opened' }> | undefined;
  readonly proposals: ReadonlyMap<string, ProposalResult>;
  /** By configuration, then by query id. */
  readonly estimates: ReadonlyMap<ConfigurationKey, ReadonlyMap<string, EstimateResult>>;
  /** By measurementKey(). */
  readonly measurements: ReadonlyMap<string, MeasurementResult>;
  readonly failures: ReadonlyMap<string, string>;
  /** By answerKey(). */
  readonly answers: ReadonlyMap<string, AnswerCheck>;
  /** Why queries do not use the indexes that are on; undefined: not asked yet. */
  readonly unused?: readonly UnusedResult[];
  /** The checks of the session's promises. */
  readonly verified: Verified | undefined;
  readonly lost: string | undefined;
}

export const NO_RESULTS: Results = {
  opened: undefined,
  proposals: new Map(),
  estimates: new Map(),
  measurements: new Map(),
  failures: new Map(),
  answers: new Map(),
  verified: undefined,
  lost: undefined,
};

export function collect(results: Results, event: SessionEvent): Results {
  const proposal = (id: string, result: ProposalResult): Results => ({
    ...results,
    proposals: new Map(results.proposals).set(id, result),
  });
  const estimate = (configuration: string, queryId: string, result: EstimateResult): Results => ({
    ...results,
    estimates: new Map(results.estimates).set(
      configuration,
      new Map(results.estimates.get(configuration)).set(queryId, result),
    ),
  });
  switch (event.type) {
    case 'session:opened':
      return { ...results, opened: event };
    case 'session:verified':
      return { ...results, verified: event.verified };
    case 'session:lost':
      return { ...results, lost: event.reason };
    case 'build:finished':
      return proposal(event.proposalId, {
        state: event.built.hypothetical === true ? 'hypothetical' : 'built',
        built: event.built,
        reason: undefined,
      });
    case 'build:failed':
      return proposal(event.proposalId, { state: 'failed', built: undefined, reason: event.reason });
    case 'build:cancelled':
      return proposal(event.proposalId, { state: 'cancelled', built: undefined, reason: undefined });
    case 'plan:estimated':
      return estimate(event.configuration, event.queryId, {
        plan: event.plan,
        rewrite: event.rewrite,
        missing: event.missing,
        failure: undefined,
      });
    case 'plan:failed':
      return estimate(event.configuration, event.queryId, {
        plan: undefined,
        rewrite: undefined,
        missing: [],
        failure: event.reason,
      });
    case 'measurement:finished':
      return {
        ...results,
        measurements: new Map(results.measurements).set(measurementKey(event.queryId, event.fingerprint), {
          configuration: event.configuration,
          measurement: event.measurement,
        }),
      };
    case 'measurement:failed':
      return {
        ...results,
        failures: new Map(results.failures).set(
          measurementKey(event.queryId, event.fingerprint),
          event.reason,
        ),
      };
    case 'answer:compared': {
      const key = answerKey(event.queryId, event.rewrite);
      return { ...results, answers: new Map(results.answers).set(key, event.answer) };
    }
    default:
      return results;
  }
}
