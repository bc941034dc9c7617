/** The requirements on the screen: rows of a board, judged before and after. */

import {
  type AtProduction,
  type ProductionSide,
  type ProjectedTime,
  unrehearsed,
} from '../../advisor/projected.ts';
import { requirementsOf } from '../../advisor/requirements/board.ts';
import { invariantsOf } from '../../advisor/requirements/invariants.ts';
import { knownAtProduction, knownFrom } from '../../advisor/requirements/known.ts';
import type { Verdict } from '../../advisor/requirements/result.ts';
import { answerKey } from '../../session/events.ts';
import { settingsOn } from '../settings/settings.ts';
import type { Side, State } from '../state/state.ts';
import { configurationOf, isBaseline, measuringOf } from './selectors.ts';
import { unusableIn } from './unknown.ts';

export interface BoardRow {
  /** `REQ-01`; '' for an invariant. */
  readonly id: string;
  readonly title: string;
  /** undefined for an invariant, which is about the session as a whole. */
  readonly before: Verdict | undefined;
  /** undefined with nothing on. */
  readonly after: Verdict | undefined;
  /** With production's rows and the current configuration; undefined until the lens is open. */
  readonly there?: Verdict | undefined;
}

export interface Board {
  readonly requirements: readonly BoardRow[];
  readonly invariants: readonly BoardRow[];
}

export function boardOf(state: State): Board {
  const { workload, on, session } = state;
  const known = knownFrom(workload, on, {
    settings: settingsOn(state.settings),
    tables: session?.tables ?? [],
    serverVersion: session?.serverVersion,
    verified: state.verified,
    inLens: session?.lens !== undefined,
    writing: session?.writing,
    answer: (queryId, rewrite) => {
      const answering = state.answers[answerKey(queryId, rewrite)];
      return answering?.state === 'compared' ? answering.answer : undefined;
    },
    planned: (queryId, configuration) => {
      const planned = state.plans[queryId]?.[configuration];
      return planned?.state === 'failed' ? { missing: [], failure: planned.reason } : planned;
    },
    measured: (queryId, fingerprint) => {
      const { result, problem, runningSince } = measuringOf(state, queryId, fingerprint) ?? {};
      return { ...result, problem: problem ?? (runningSince === undefined ? undefined : 'running') };
    },
    objects: id => {
      const build = state.builds[id];
      return build?.state === 'built' ? build.built.objects : undefined;
    },
    unusable: unusableIn(state),
    hasFailed: id => state.builds[id]?.state === 'failed',
  });
  const production = atProductionOf(state);
  const there = production && knownAtProduction(workload, on, production);
  return {
    requirements: requirementsOf(known, there).map(({ id, title, before, after, atProductionSize }) => ({
      id,
      title,
      before,
      there: atProductionSize,
      after: isBaseline(state) ? undefined : after,
    })),
    invariants: invariantsOf(known).map(({ title, verdict }) => ({
      id: '',
      title,
      before: undefined,
      after: verdict,
    })),
  };
}

export function rowsOf({ requirements, invariants }: Board): readonly BoardRow[] {
  return [...requirements, ...invariants];
}

const NEVER_RUN: ProjectedTime = {
  kind: 'unknown',
  why: 'nothing is run in a lens; check --scales projects times',
};

/** undefined until the lens is open. */
function atProductionOf(state: State): AtProduction | undefined {
  const { production, workload } = state;
  if (production?.state !== 'open' || production.facts === undefined) return undefined;
  const { builds, plans, facts, notes } = production;
  const objects = new Map(
    Object.entries(builds).flatMap(([id, build]) =>
      build.state === 'built' ? [[id, build.built.objects] as const] : [],
    ),
  );
  const sideOf = (side: Side): ReadonlyMap<string, ProductionSide> =>
    new Map(
      workload.queries.map(({ id }) => {
        const planned = plans[id]?.[configurationOf(state, side)];
        const plan = planned?.state === 'planned' ? planned.plan : undefined;
        const rewrite = planned?.state === 'planned' ? planned.rewrite : undefined;
        const failure = planned?.state === 'failed' ? planned.reason : undefined;
        return [id, unrehearsed({ plan, rewrite, failure, time: NEVER_RUN })];
      }),
    );
  return {
    sizes: [],
    tables: facts.tables,
    serverVersion: facts.serverVersion,
    objects,
    before: sideOf('before'),
    after: sideOf('after'),
    remarks: notes.map(({ what, why }) => `${what}: ${why}`),
  };
}
