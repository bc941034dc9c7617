/** What one proposal makes of a configuration: the configuration with it, compared with the same one without it. Pure. */
import { bit, type Mask } from './masks.ts';
import type { Requirement } from './requirement.ts';
import { compareConfigurations, planUnder, type Survey } from './survey.ts';
import type { Verdict } from './verdict.ts';

export interface ProposalDifference {
  /** Σ calls a day × (time without − time with) of the queries that clearly change, ms; undefined where none was compared. */
  readonly savedMs: number | undefined;
  /** A run without it was stopped: it saves more. */
  readonly atLeast: boolean;
  /** Queries that it clearly changes, those that change most first. */
  readonly queries: readonly { readonly query: string; readonly verdict: Verdict }[];
  /** It changes the plan of some query. */
  readonly changesPlans: boolean;
  /** Requirements that pass with it and not without it: ids. */
  readonly meets: readonly string[];
}

/** One for each proposal, in the survey's order. */
export function differencesOf(
  survey: Survey,
  requirements: readonly Requirement[],
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
