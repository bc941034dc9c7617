/** A survey → the JSON document of `advise --json` (docs/advise-json.md describes every field). Pure. */
import { frontierOf } from '../frontier.ts';
import { matrixOf } from '../matrix.ts';
import type { Requirement } from '../requirement.ts';
import { gapOf } from '../search.ts';
import { type Choice, choicesOf } from '../smallest.ts';
import { BASELINE, everything, idsOf, type Survey } from '../survey.ts';
import { togetherOf } from '../together.ts';

import { usableOf } from '../usable.ts';
import { ALPHA, LEAST_FACTOR, LOOKS } from '../verdict.ts';

import { choiceModel, costsModel, verdictModel } from './models.ts';

/** Grows when a field changes its meaning or goes away; new fields do not change it. */
export const ADVICE_VERSION = 1;

export type AdviceDocument = ReturnType<typeof adviceDocument>;

export interface AdviceAbout {
  /** Version of pgopt-explore. */
  readonly program: string;
  /** ISO 8601. */
  readonly at: string;
  /** The workload's. */
  readonly title: string;
  /** What the database is called, and its version. */
  readonly target: { readonly label: string; readonly serverVersion: string | undefined };
}

/** Brute force runs each cell as often as a plan is run at the first look: once to fill caches, and then counted. */
const RUNS_OF_A_CELL = 1 + LOOKS[0].rounds;

/** @param within Share of the fastest total time that is near enough: 0.05 is 5 %. */
export function adviceDocument(
  surveyed: Survey,
  requirements: readonly Requirement[],
  about: AdviceAbout,
  { within = 0.05 }: { readonly within?: number } = {},
) {
  const survey = usableOf(surveyed);
  const choices = choicesOf(survey, requirements, { within });
  const frontier = frontierOf(survey);
  const { effort, proposals } = survey;
  const ids = (configuration: number) => idsOf(survey, configuration);
  const model = (choice: Choice | undefined) =>
    choice === undefined ? null : choiceModel(survey, choice.configuration, requirements);
  return {
    format: 'pgopt-explore/advice',
    version: ADVICE_VERSION,
    ...about,
    target: { ...about.target, serverVersion: about.target.serverVersion ?? null },
    complete: survey.complete,
    budgetSpent: survey.budgetSpent,
    exact: survey.exact,
    configurations: survey.configurations.length,
    proposals: proposals.map(({ id, title, kind, bytes, freedBytes, buildMs, ...proposal }) => ({
      id,
      title,
      kind,
      bytes,
      freedBytes,
      buildMs,
      refreshMs: proposal.refreshMs,
      refreshHow: proposal.refreshHow,
      writeMs: proposal.writeMs ?? null,
    })),
    leftOut: survey.leftOut,
    queries: survey.queries.map(({ id, number, title, targetMs, callsADay, plans, failure }) => ({
      id,
      number,
      title,
      targetMs,
      callsADay,
      distinctPlans: plans.length,
      failure: failure ?? null,
    })),
    within,
    recommended: model(choices.recommended),
    cheapest: model(choices.cheapest),
    nearFastest: model(choices.nearFastest),
    fastest: model(choices.fastest),
    everything: choiceModel(survey, everything(survey), requirements),
    baseline: choiceModel(survey, BASELINE, requirements),
    /** How much faster than `recommended` any other configuration may still be; null where that is not known. */
    gap:
      choices.recommended === undefined ? null : (gapOf(survey, choices.recommended.configuration) ?? null),
    requirements: choices.outcomes.map(({ requirement, title, state, counts, nearest }) => ({
      id: requirement,
      title,
      state,
      counts,
      nearest:
        nearest === undefined
          ? null
          : { proposals: ids(nearest.configuration), missBy: nearest.missBy ?? null },
    })),
    excluding: choices.excluding,
    matrix: matrixOf(survey).columns.map(({ proposal, helps, cells, regressions }) => ({
      proposal,
      helps,
      cells: cells.map(cell => ({
        ...cell,
        alone: verdictModel(cell.alone),
        added: verdictModel(cell.added),
      })),
      regressions: regressions.map(item => ({ ...item, verdict: verdictModel(item.verdict) })),
    })),
    frontier: {
      points: frontier.points.map(({ configuration, costs, tied, ...point }) => ({
        proposals: ids(configuration),
        costs: costsModel(costs),
        clearlyFasterThanPrevious: point.clearlyFasterThanPrevious,
        clearlySlowerThanPrevious: point.clearlySlowerThanPrevious,
        tied: tied.map(ids),
        beats: point.beats,
      })),
      plot: frontier.plot.map(({ configuration: _, ...point }) => point),
      leftOut: frontier.leftOut,
      different: frontier.different,
    },
    pairs: togetherOf(survey).map(({ both, each, ...pair }) => ({
      ...pair,
      both: verdictModel(both),
      each: each.map(verdictModel),
    })),
    answers: [...survey.answers].map(([rewrite, { verdict }]) => ({ rewrite, verdict })),
    effort: { ...effort, bruteForce: bruteForce(effort.cells, proposals.length) },
    test: {
      name: 'exact permutation test on ranks',
      alpha: ALPHA,
      looks: LOOKS,
      leastFactor: LEAST_FACTOR,
    },
  };
}

/** Each cell asked for and run by itself, each configuration built anew. */
const bruteForce = (cells: number, proposals: number) => ({
  explains: cells,
  executions: cells * RUNS_OF_A_CELL,
  builds: (proposals * 2 ** proposals) / 2,
  runsOfACell: RUNS_OF_A_CELL,
});
