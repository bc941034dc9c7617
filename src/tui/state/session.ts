/** What the session's events change, and what a new session in the place of a lost one takes over. */
import { roleNotes } from '../../advisor/roleNotes.ts';
import { sanitize } from '../../base/format.ts';
import { answerKey, type SessionEvent } from '../../session/events.ts';
import { problemsNotice } from '../model/notices.ts';
import { BASELINE } from '../model/selectors.ts';
import { reduceSettings } from './settings.ts';
import type { Action, Answering, Build, Measuring, Planned, State } from './state.ts';

export function reduceSession(state: State, event: SessionEvent): State {
  switch (event.type) {
    case 'session:opened': {
      const { type: _, ...session } = event;
      const { workload } = state;
      // A lens reports its builds right after this; those of the session before go now.
      const opened: State = { ...state, session, builds: state.phase === 'lost' ? {} : state.builds };
      if (session.refusals?.length) return { ...opened, message: problemsNotice({ workload, session }) };
      if (!session.rowSecurityBypassed?.length) return opened;
      return { ...opened, message: sanitize(roleNotes(session, session.user).at(-1) ?? '') };
    }
    case 'build:queued':
      return withBuild(state, event.proposalId, { state: 'queued' });
    case 'build:running': {
      const { fraction, phase, elapsedMs } = event;
      return withBuild(state, event.proposalId, { state: 'building', fraction, phase, elapsedMs });
    }
    case 'build:finished':
      return withBuild(state, event.proposalId, { state: 'built', built: event.built });
    case 'build:failed':
      return withBuild(state, event.proposalId, { state: 'failed', reason: event.reason });
    case 'build:cancelled':
      return withBuild(state, event.proposalId, { state: 'cancelled' });
    case 'plan:estimated': {
      const { plan, missing, rewrite } = event;
      return withPlan(state, event, { state: 'planned', plan, missing, rewrite });
    }
    case 'plan:failed':
      return withPlan(state, event, { state: 'failed', reason: event.reason });
    case 'measurement:running':
      return withMeasuring(state, event, before => ({
        ...before,
        runningSince: event.startedAt,
        ...(event.more === true ? { more: true } : {}),
      }));
    case 'measurement:finished': {
      const { measurement, configuration } = event;
      return withMeasuring(state, event, () => ({ result: { measurement, configuration } }));
    }
    case 'measurement:cancelled':
      return withMeasuring(state, event, before =>
        stopped(before, event.by === 'user' ? 'cancelled' : undefined),
      );
    case 'measurement:failed':
      return withMeasuring(state, event, before => stopped(before, event.reason));
    case 'session:inspected':
      return { ...state, inspected: event };
    case 'settings:read':
    case 'setting:accepted':
    case 'setting:refused':
      return reduceSettings(state, event);
    case 'session:verified':
      return { ...state, verified: event.verified };
    case 'answer:comparing':
      return withAnswer(state, event, { state: 'comparing', since: event.startedAt });
    case 'answer:compared':
      return withAnswer(state, event, { state: 'compared', answer: event.answer });
    case 'answer:cancelled':
      return withAnswer(state, event, undefined);
    case 'session:idle':
      return { ...state, idle: true };
    case 'session:lost':
      return {
        ...state,
        phase: state.phase === 'closing' ? 'closing' : 'lost',
        lost: { reason: event.reason, reconnecting: false },
        production: undefined,
        atProduction: false,
        overlay: undefined,
      };
    case 'session:closed':
      return state;
  }
}

/** `problem` says why it will not come by itself; undefined where it will. */
function stopped({ result }: Measuring, problem: string | undefined): Measuring {
  return { ...(result === undefined ? {} : { result }), ...(problem === undefined ? {} : { problem }) };
}

function withBuild(state: State, proposalId: string, build: Build): State {
  return { ...state, idle: false, builds: { ...state.builds, [proposalId]: build } };
}

/** An answer to an older desired state is dropped; the baseline is the same under every desired state, so its answers stay true. */
function withPlan(
  state: State,
  event: { queryId: string; configuration: string; revision: number },
  planned: Planned,
): State {
  if (event.revision < state.revision && event.configuration !== BASELINE) return state;
  const ofQuery = { ...state.plans[event.queryId], [event.configuration]: planned };
  return { ...state, plans: { ...state.plans, [event.queryId]: ofQuery } };
}

function withMeasuring(
  state: State,
  { queryId, fingerprint }: { queryId: string; fingerprint: string },
  change: (before: Measuring) => Measuring,
): State {
  const before = state.measurements[queryId];
  const ofQuery = { ...before, [fingerprint]: change(before?.[fingerprint] ?? {}) };
  return { ...state, idle: false, measurements: { ...state.measurements, [queryId]: ofQuery } };
}

function withAnswer(
  state: State,
  { queryId, rewrite }: { queryId: string; rewrite: string },
  answering: Answering | undefined,
): State {
  const { [answerKey(queryId, rewrite)]: _, ...others } = state.answers;
  const answers = answering === undefined ? others : { ...others, [answerKey(queryId, rewrite)]: answering };
  return { ...state, idle: false, answers };
}

export function reduceReconnect(
  state: State,
  action: Extract<Action, { type: 'reconnect:started' | 'reconnect:failed' }>,
): State {
  const { lost } = state;
  if (state.phase === 'exploring' && action.type === 'reconnect:started')
    return {
      ...state,
      phase: 'lost',
      lost: { reason: 'the transaction was rolled back', reconnecting: true, afresh: true },
      overlay: undefined,
      production: undefined,
      atProduction: false,
      startup: { steps: [] },
    };
  if (state.phase !== 'lost' || lost === undefined) return state;
  if (action.type === 'reconnect:started')
    return { ...state, lost: { reason: lost.reason, reconnecting: true }, startup: { steps: [] } };
  return { ...state, lost: { ...lost, reconnecting: false, failure: action.reason } };
}

/**
 * Only what the person chose is taken over from the lost session: the new one reads another snapshot, on a server that
 * may have been restarted with a cold cache. Its first desired state goes out with the new revision: what was on is built anew.
 */
export function reconnected(state: State): State {
  return {
    ...state,
    phase: 'exploring',
    lost: undefined,
    plans: {},
    measurements: {},
    unused: {},
    verified: undefined,
    idle: false,
    revision: state.revision + 1,
  };
}
