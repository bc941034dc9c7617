/** How each proposal changes each query: alone, added to all others, and in one configuration. */
import { judged } from './judged.ts';
import { bit, contains, type Mask } from './masks.ts';
import type { Demand } from './requirements/result.ts';
import {
  allProposals,
  BASELINE,
  compareConfigurations,
  dropBits,
  planUnder,
  type Survey,
  type SurveyedQuery,
} from './survey.ts';
import type { Verdict } from './verdict.ts';

interface MatrixColumn {
  readonly proposal: string;
  readonly cells: readonly MatrixCell[];
  /** Queries that it makes clearly slower, alone or added to all other proposals. */
  readonly regressions: readonly Regression[];
  /**
   * Whether it makes any query clearly faster in any configuration of the survey. 'nothing' requires a measurement
   * for every query: alone, added to all other proposals, and added to the answers.
   */
  readonly helps: 'something' | 'nothing' | 'unknown';
}

interface MatrixCell {
  readonly query: string;
  /** Compares the baseline with this proposal alone. */
  readonly alone: Verdict;
  /** Compares all proposals but this one with all proposals. */
  readonly added: Verdict;
  /**
   * The plan under all proposals reads it; for an index to drop: the plan under all others, while the index exists.
   */
  readonly used: boolean;
  readonly usedAnywhere: boolean;
}

interface Regression {
  readonly query: string;
  /** Compared with the baseline, or with all other proposals. */
  readonly where: 'alone' | 'added';
  readonly verdict: ComparedVerdict;
}

type ComparedVerdict = Extract<Verdict, { readonly factor: number }>;

/**
 * One column for each proposal, in the survey's order.
 * @param answers The advised configurations.
 */
export const matrixOf = (survey: Survey, answers: readonly Mask[] = []): readonly MatrixColumn[] =>
  survey.proposals.map(({ id }, position) => columnOf(survey, id, position, answers));

function columnOf(
  survey: Survey,
  proposal: string,
  position: number,
  answers: readonly Mask[],
): MatrixColumn {
  const cells = survey.queries.map((query): MatrixCell => {
    const [one, all] = [bit(position), allProposals(survey)];
    const shown = planUnder(survey, query, (dropBits(survey.proposals) & one) === 0 ? all : all & ~one);
    return {
      query: query.id,
      alone: compareConfigurations(survey, query, BASELINE, one),
      added: compareConfigurations(survey, query, all & ~one, all),
      used: contains(shown?.uses ?? 0, one),
      usedAnywhere: query.plans.some(({ uses }) => contains(uses, one)),
    };
  });
  return {
    proposal,
    cells,
    regressions: cells.flatMap(regressionsOf),
    helps: helpOf(survey, bit(position), answers),
  };
}

function regressionsOf({ query, ...cell }: MatrixCell): Regression[] {
  return (['alone', 'added'] as const).flatMap(where => {
    const verdict = cell[where];
    return verdict.kind === 'slower' ? [{ query, where, verdict }] : [];
  });
}

/** Compares C with C ∪ {proposal} for all configurations C of the survey. */
function helpOf(survey: Survey, one: Mask, answers: readonly Mask[]): MatrixColumn['helps'] {
  const proposal = survey.proposals[Math.log2(one)];
  if (proposal?.unusable !== undefined) return 'unknown';
  const known = new Set(survey.configurations);
  const without = survey.configurations.filter(set => !contains(set, one) && known.has(set | one));
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  const kindOf = (query: SurveyedQuery, set: Mask) =>
    judged(planUnder(survey, query, set & ~one), planUnder(survey, query, set | one)).kind;
  if (queries.some(query => without.some(set => kindOf(query, set) === 'faster'))) return 'something';
  const shown = [BASELINE, allProposals(survey), ...answers];
  const isKnown = queries.every(query => shown.every(set => kindOf(query, set) !== 'not measured'));
  return isKnown && without.length > 0 ? 'nothing' : 'unknown';
}

/** How one proposal changes a configuration: with it compared to without it. */
export interface ProposalDifference {
  /**
   * Σ calls per day × (time without − time with) over the clearly changed queries, ms; undefined: no query was
   * compared.
   */
  readonly savedMs: number | undefined;
  /** A run without it was stopped, so it saves more. */
  readonly atLeast: boolean;
  /** Clearly changed queries, largest change first. */
  readonly queries: readonly { readonly query: string; readonly verdict: Verdict }[];
  readonly changesPlans: boolean;
  /** Ids of requirements that pass only with it. */
  readonly meets: readonly string[];
}

/** In the order of the survey's proposals. */
export function differencesOf(
  survey: Survey,
  requirements: readonly Demand[],
  configuration: Mask,
): readonly ProposalDifference[] {
  return survey.proposals.map((_, position) => {
    const [without, withIt] = [configuration & ~bit(position), configuration | bit(position)];
    const compared = survey.queries.map(query => ({
      query,
      verdict: compareConfigurations(survey, query, without, withIt),
    }));
    const clear = compared.flatMap(({ query, verdict }) =>
      verdict.kind === 'faster' || verdict.kind === 'slower'
        ? [{ query: query.id, verdict, ms: (verdict.beforeMs - verdict.afterMs) * query.callsADay }]
        : [],
    );
    const isKnown = compared.some(({ verdict }) => verdict.kind !== 'not measured');
    return {
      savedMs: isKnown ? clear.reduce((sum, { ms }) => sum + ms, 0) : undefined,
      atLeast: clear.some(({ verdict }) => verdict.atLeast),
      queries: clear
        .sort((a, b) => Math.abs(b.ms) - Math.abs(a.ms))
        .map(({ query, verdict }) => ({ query, verdict })),
      changesPlans: survey.queries.some(
        query => planUnder(survey, query, without) !== planUnder(survey, query, withIt),
      ),
      meets: requirements
        .filter(one => one.judge(withIt) === 'pass' && one.judge(without) !== 'pass')
        .map(({ id }) => id),
    };
  });
}
