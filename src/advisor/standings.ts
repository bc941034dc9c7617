/** What is advised of each proposal. What was not measured is neither recommended nor rejected. Pure. */
import { answersUnder } from './answers.ts';
import { isTrifle, judged } from './judged.ts';
import { type Keeper, lostUnder } from './keepers.ts';
import { bit, contains, type Mask } from './masks.ts';
import { BASELINE, planUnder, type Survey, type SurveyedQuery } from './survey.ts';

interface ProposalStanding {
  readonly id: string;
  /** 'unknown': the transaction that measured may not use it. */
  readonly advice: 'recommended' | 'not recommended' | 'not measured' | 'unknown';
  /** Queries whose change by it was not measured, beside what is recommended: ids. */
  readonly unmeasured: readonly string[];
  /** Of 'unknown': a clause. */
  readonly why: string | undefined;
  /** Of an index to drop: what no index would serve any more without what it drops. */
  readonly lost: readonly Keeper[];
}

/** @param recommended undefined: nothing can be. */
export function standingsOf(survey: Survey, recommended: Mask | undefined): readonly ProposalStanding[] {
  const beside = recommended ?? BASELINE;
  return survey.proposals.map(({ id, unusable }, position) => {
    const one = bit(position);
    const known = { id, why: unusable, unmeasured: [], lost: lostUnder(survey, beside | one) };
    if (unusable !== undefined) return { ...known, advice: 'unknown' };
    if (recommended !== undefined && contains(recommended, one)) return { ...known, advice: 'recommended' };
    const unmeasured = survey.queries
      .filter(({ failure }) => failure === undefined)
      .filter(query => !isKnown(survey, query, beside, beside | one))
      .map(query => query.id);
    const isOpen =
      recommended === undefined ||
      unmeasured.length > 0 ||
      answersUnder(survey, beside | one) === 'not compared';
    return { ...known, unmeasured, advice: isOpen ? 'not measured' : 'not recommended' };
  });
}

function isKnown(survey: Survey, query: SurveyedQuery, from: Mask, to: Mask): boolean {
  const [before, after] = [planUnder(survey, query, from), planUnder(survey, query, to)];
  if (before === undefined || after === undefined) return false;
  if (judged(before, after).kind !== 'not measured') return true;
  // It is too slow on both sides, or too small a difference to decide anything.
  if (before.stopped?.because === 'timeout' && after.stopped?.because === 'timeout') return true;
  return isTrifle(query, planUnder(survey, query, BASELINE), before, after);
}
