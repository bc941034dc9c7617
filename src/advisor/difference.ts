/** How one proposal changes a configuration: with it compared to without it. */
import { bit, type Mask } from './masks.ts';
import type { Demand } from './requirements/result.ts';
import { compareConfigurations, planUnder, type Survey } from './survey.ts';
import type { Verdict } from './verdict.ts';

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
