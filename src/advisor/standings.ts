/** The advice on each proposal. Without a measurement a proposal is neither recommended nor rejected. */
import { answersUnder } from './answers.ts';
import { type IndexNeed, lostUnder } from './indexNeeds.ts';
import { isTrifle, judged } from './judged.ts';
import { bit, contains, type Mask } from './masks.ts';
import { BASELINE, planUnder, type Survey, type SurveyedQuery } from './survey.ts';

interface ProposalStanding {
  readonly id: string;
  /** 'unknown': the transaction may not use it. */
  readonly advice: 'recommended' | 'not recommended' | 'not measured' | 'unknown';
  /** Ids of queries whose change, on top of the recommended set, was not measured. */
  readonly unmeasured: readonly string[];
  /** Why it is 'unknown'; a clause. */
  readonly why: string | undefined;
  /** What loses its last index, if this proposal drops one. */
  readonly lost: readonly IndexNeed[];
}

/** @param recommended undefined: no configuration can be recommended. */
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
  // Both hit the timeout, or the difference is too small to decide anything.
  if (before.stopped?.because === 'timeout' && after.stopped?.because === 'timeout') return true;
  return isTrifle(query, planUnder(survey, query, BASELINE), before, after);
}
