/**
 * Pairs of proposals that only help together, and pairs that replace each other, for each query over the whole
 * lattice.
 */
import { judged } from './judged.ts';
import { bit, contains, type Mask, positions, size } from './masks.ts';
import { idsOf, planUnder, type Survey, type SurveyedPlan, type SurveyedQuery } from './survey.ts';
import type { Verdict } from './verdict.ts';

interface Pair {
  readonly query: string;
  readonly proposals: readonly [string, string];
  /**
   * 'only together': neither clearly helps without the other; both together do. 'replace each other': each clearly
   * helps without the other and adds nothing clear to it. As far as measured: see `unmeasured`.
   */
  readonly kind: 'only together' | 'replace each other';
  /** Configurations in which the effect of one of the two was not measured, so that the pair may be none. */
  readonly unmeasured: number;
  /** The smallest configuration that shows it; []: the baseline. */
  readonly beside: readonly string[];
  /** Verdicts on top of `beside`: for both together, and for each alone. */
  readonly both: Verdict;
  readonly each: readonly [Verdict, Verdict];
}

/** The configurations differ in one or two proposals. */
type Compare = (from: Mask, to: Mask) => Verdict;

export function togetherOf(survey: Survey): Pair[] {
  return survey.queries
    .filter(({ failure, plans }) => failure === undefined && plans.length > 1)
    .flatMap(query => pairsOfQuery(survey, query));
}

function pairsOfQuery(survey: Survey, query: SurveyedQuery): Pair[] {
  // Irrelevant proposals would only repeat every context.
  const { relevant } = query;
  const contexts = [...new Set(survey.configurations.map(configuration => configuration & relevant))].sort(
    (a, b) => size(a) - size(b) || a - b,
  );
  const plans = new Map<Mask, SurveyedPlan | undefined>(
    contexts.map(context => [context, planUnder(survey, query, context)]),
  );
  const compare: Compare = (from, to) => judged(plans.get(from), plans.get(to));
  const bits = positions(relevant).map(bit);
  const looked = new Set(contexts);
  const gains = new Map(bits.map(one => [one, gainsOf(one, looked, compare)]));
  return bits.flatMap((a, at) =>
    bits.slice(at + 1).flatMap((b): Pair[] => {
      const found = kindOf(a, b, gains);
      const shown =
        found === undefined
          ? undefined
          : contexts.find(set => (set & (a | b)) === 0 && shows(found.kind, set, a, b, compare));
      if (found === undefined || shown === undefined) return [];
      const [first = '', second = ''] = idsOf(survey, a | b);
      return [
        {
          query: query.id,
          proposals: [first, second],
          ...found,
          beside: idsOf(survey, shown),
          both: compare(shown, shown | a | b),
          each: [compare(shown, shown | a), compare(shown, shown | b)],
        },
      ];
    }),
  );
}

/** The contexts in which a proposal clearly helps, and those in which that was not measured. */
interface Gains {
  readonly clear: readonly Mask[];
  readonly unmeasured: readonly Mask[];
}

function gainsOf(one: Mask, contexts: ReadonlySet<Mask>, compare: Compare): Gains {
  const without = [...contexts].filter(set => !contains(set, one) && contexts.has(set | one));
  const ofKind = (kind: Verdict['kind']) => without.filter(set => compare(set, set | one).kind === kind);
  return { clear: ofKind('faster'), unmeasured: ofKind('not measured') };
}

/** The kind that the gains allow: each of the two helps only with the other, or only without it. */
function kindOf(
  a: Mask,
  b: Mask,
  gains: ReadonlyMap<Mask, Gains>,
): Pick<Pair, 'kind' | 'unmeasured'> | undefined {
  const count = (what: keyof Gains, isThere: boolean) =>
    [
      [a, b],
      [b, a],
    ].reduce((sum, [one = 0, other = 0]) => {
      const sets = gains.get(one)?.[what] ?? [];
      return sum + sets.filter(set => contains(set, other) === isThere).length;
    }, 0);
  if (count('clear', false) === 0) return { kind: 'only together', unmeasured: count('unmeasured', false) };
  if (count('clear', true) > 0) return undefined;
  return { kind: 'replace each other', unmeasured: count('unmeasured', true) };
}

/** Whether a context shows the kind; unmeasured differences show nothing. */
function shows(kind: Pair['kind'], set: Mask, a: Mask, b: Mask, compare: Compare): boolean {
  const gains = (from: Mask, to: Mask) => compare(from, to).kind === 'faster';
  const gainsNothing = (from: Mask, to: Mask) => {
    const verdict = compare(from, to).kind;
    return verdict !== 'faster' && verdict !== 'not measured';
  };
  if (!gains(set, set | a | b)) return false;
  if (kind === 'only together') return gainsNothing(set, set | a) && gainsNothing(set, set | b);
  return (
    gains(set, set | a) &&
    gains(set, set | b) &&
    gainsNothing(set | b, set | a | b) &&
    gainsNothing(set | a, set | a | b)
  );
}
