/** A survey → the advice as JSON values: `advise --json` prints it, and the explorer shows it. */
import { atOnce } from '../../base/steps.ts';
import { frontierOf } from '../frontier.ts';
import { differencesOf, matrixOf } from '../matrix.ts';
import type { Demand } from '../requirements/result.ts';
import { gapOf } from '../search.ts';
import { type Choice, type Choices, choicesOf } from '../smallest.ts';
import { standingsOf } from '../standings.ts';
import { allProposals, BASELINE, idsOf, type Survey, usableOf } from '../survey.ts';
import { togetherOf } from '../together.ts';
import { ALPHA, LEAST_FACTOR, LOOKS } from '../verdict.ts';
import { choiceModel, costsModel, differenceModel, indexNeedModel, isAbout, verdictModel } from './models.ts';

/** Brute force would run each cell once to fill caches, then as often as the first look needs. */
const RUNS_OF_A_CELL = 1 + LOOKS[0].rounds;

export type Advice = ReturnType<typeof adviceOf>;

/** @param within Share of the fastest total time that counts as near; 0.05 is 5 %. */
export function adviceOf(surveyed: Survey, requirements: readonly Demand[], within: number) {
  return atOnce(advising(surveyed, requirements, within));
}

/** The same in steps, so that a screen can handle keys in between. */
export function* advising(surveyed: Survey, requirements: readonly Demand[], within: number) {
  const survey = usableOf(surveyed);
  const choices = choicesOf(survey, requirements, { within });
  yield;
  const frontier = frontierOf(survey);
  yield;
  const answers = [choices.recommended, choices.fastest].flatMap(choice => choice?.configuration ?? []);
  const matrix = matrixOf(survey, answers);
  const standings = standingsOf(survey, choices.recommended?.configuration);
  const differences = differencesOf(survey, requirements, choices.recommended?.configuration ?? BASELINE);
  yield;
  const pairs = togetherOf(survey);
  const { effort, proposals } = survey;
  const ids = (configuration: number) => idsOf(survey, configuration);
  // Several choices are often one configuration, and the bootstrap of its savings is expensive.
  const models = new Map<number, ReturnType<typeof choiceModel>>();
  for (const configuration of configurationsOf(survey, choices)) {
    yield;
    models.set(configuration, choiceModel(survey, configuration, requirements));
  }
  const known = (configuration: number) =>
    models.get(configuration) ?? choiceModel(survey, configuration, requirements);
  const model = (choice: Pick<Choice, 'configuration'> | undefined) =>
    choice === undefined ? null : known(choice.configuration);
  return {
    /** Production's: planned in a lens, all times projected. */
    projected: survey.atProduction === true,
    complete: survey.complete,
    budgetSpent: survey.budgetSpent,
    exact: survey.exact,
    configurations: survey.configurations.length,
    proposals: proposals.map(({ id, title, kind, bytes, freedBytes, buildMs, ...proposal }, at) => ({
      id,
      title,
      kind,
      bytes,
      freedBytes,
      buildMs,
      refreshMs: proposal.refreshMs,
      refreshHow: proposal.refreshHow,
      writeMs: proposal.writeMs ?? null,
      advice: standings[at]?.advice ?? 'not measured',
      unmeasured: standings[at]?.unmeasured ?? [],
      unusable: proposal.unusable ?? null,
      /** What loses its last index, if this proposal drops one. */
      lost: (standings[at]?.lost ?? []).filter(isAbout(id)).map(indexNeedModel),
      /** How it changes the recommended configuration, or the baseline if there is none. */
      difference: differenceModel(differences[at]),
    })),
    leftOut: survey.leftOut,
    /** Statements that write, `01-update (UPDATE)`: the advice leaves them out. */
    neverRun: survey.neverRun ?? [],
    inPlace: survey.inPlace ?? [],
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
    everything: known(allProposals(survey)),
    baseline: known(BASELINE),
    /** How much faster than `recommended` any other configuration may be; null: not known. */
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
    matrix: matrix.map(({ proposal, helps, cells, regressions }) => ({
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
      plot: frontier.plot,
      leftOut: frontier.leftOut,
      different: frontier.different,
    },
    pairs: pairs.map(({ both, each, ...pair }) => ({
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

const configurationsOf = (
  survey: Survey,
  { recommended, cheapest, nearFastest, fastest }: Choices,
): ReadonlySet<number> =>
  new Set([
    ...[recommended, cheapest, nearFastest, fastest].flatMap(choice => choice?.configuration ?? []),
    allProposals(survey),
    BASELINE,
  ]);

/** Plans and runs each cell, and builds each configuration, separately. */
const bruteForce = (cells: number, proposals: number) => ({
  explains: cells,
  executions: cells * RUNS_OF_A_CELL,
  builds: (proposals * 2 ** proposals) / 2,
  runsOfACell: RUNS_OF_A_CELL,
});
