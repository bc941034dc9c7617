/** Queries × proposals: what each proposal does to each query. Pure. */
import { judged } from './judged.ts';
import { bit, contains, type Mask } from './masks.ts';
import {
  BASELINE,
  compareConfigurations,
  dropBits,
  everything,
  planUnder,
  type Survey,
  type SurveyedQuery,
} from './survey.ts';
import type { Verdict } from './verdict.ts';

interface Matrix {
  /** Ids, in the survey's order. */
  readonly queries: readonly string[];
  readonly columns: readonly MatrixColumn[];
}

/** One proposal. */
interface MatrixColumn {
  readonly proposal: string;
  /** One for each query, in their order. */
  readonly cells: readonly MatrixCell[];
  /** What it makes clearly slower, alone or added to all others. */
  readonly regressions: readonly Regression[];
  /**
   * Whether it makes any query clearly faster, added to any of the configurations that are looked at. 'nothing' only where
   * that was measured of each query: alone, added to all others, and added to the answers. Else it is 'unknown'.
   */
  readonly helps: 'something' | 'nothing' | 'unknown';
  /** `helps` is 'nothing'. Of an index to drop: that nothing gets faster without it, which is not why it would go. */
  readonly helpsNothing: boolean;
}

interface MatrixCell {
  readonly query: string;
  /** From the baseline to this proposal alone. */
  readonly alone: Verdict;
  /** From everything but this proposal to everything: what is lost when it alone is left out. */
  readonly added: Verdict;
  /** Read by the plan of everything; an index to drop: by the plan of everything else, while it is still there. */
  readonly used: boolean;
  /** Read by any of the query's plans. */
  readonly usedAnywhere: boolean;
}

interface Regression {
  readonly query: string;
  /** Against the baseline, or against everything else. */
  readonly where: 'alone' | 'added';
  readonly verdict: ComparedVerdict;
}

/** A verdict with figures. */
type ComparedVerdict = Extract<Verdict, { readonly factor: number }>;

/** @param answers Configurations that are advised. */
export function matrixOf(survey: Survey, answers: readonly Mask[] = []): Matrix {
  return {
    queries: survey.queries.map(({ id }) => id),
    columns: survey.proposals.map(({ id }, position) => columnOf(survey, id, position, answers)),
  };
}

function columnOf(
  survey: Survey,
  proposal: string,
  position: number,
  answers: readonly Mask[],
): MatrixColumn {
  const cells = survey.queries.map((query): MatrixCell => {
    const [one, all] = [bit(position), everything(survey)];
    const shown = planUnder(survey, query, (dropBits(survey.proposals) & one) === 0 ? all : all & ~one);
    return {
      query: query.id,
      alone: compareConfigurations(survey, query, BASELINE, one),
      added: compareConfigurations(survey, query, all & ~one, all),
      used: contains(shown?.uses ?? 0, one),
      usedAnywhere: query.plans.some(({ uses }) => contains(uses, one)),
    };
  });
  const helps = helpOf(survey, bit(position), answers);
  return {
    proposal,
    cells,
    regressions: cells.flatMap(regressionsOf),
    helps,
    helpsNothing: helps === 'nothing',
  };
}

function regressionsOf({ query, ...cell }: MatrixCell): Regression[] {
  return (['alone', 'added'] as const).flatMap(where => {
    const verdict = cell[where];
    return verdict.kind === 'slower' ? [{ query, where, verdict }] : [];
  });
}

/** Over all pairs C → C ∪ {proposal} of the survey's configurations. */
function helpOf(survey: Survey, one: Mask, answers: readonly Mask[]): MatrixColumn['helps'] {
  const proposal = survey.proposals[Math.log2(one)];
  if (proposal?.unusable !== undefined) return 'unknown';
  const known = new Set(survey.configurations);
  const without = survey.configurations.filter(set => !contains(set, one) && known.has(set | one));
  const queries = survey.queries.filter(({ failure }) => failure === undefined);
  const kindOf = (query: SurveyedQuery, set: Mask) =>
    judged(planUnder(survey, query, set & ~one), planUnder(survey, query, set | one)).kind;
  if (queries.some(query => without.some(set => kindOf(query, set) === 'faster'))) return 'something';
  const shown = [BASELINE, everything(survey), ...answers];
  const isKnown = queries.every(query => shown.every(set => kindOf(query, set) !== 'not measured'));
  return isKnown && without.length > 0 ? 'nothing' : 'unknown';
}
