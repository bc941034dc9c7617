/** Which requirements can be met, by none, and which exclude each other. Pure. */
import type { Mask } from './masks.ts';
import type { Judgement, Requirement } from './requirement.ts';

export interface RequirementOutcome {
  readonly requirement: string;
  readonly title: string;
  /**
   * 'met by none': some configurations fail, none passes. 'not applicable': none fails or passes, because there is nothing
   * to test. 'not measured': no configuration is known to pass or to fail.
   */
  readonly state: 'can be met' | 'met by none' | 'not applicable' | 'not measured';
  /** How many configurations do which. */
  readonly counts: Readonly<Record<Judgement, number>>;
  /** Where none meets it: the one that misses by least (of equals the first, so the cheapest), and its factor. */
  readonly nearest: { readonly configuration: Mask; readonly missBy: number | undefined } | undefined;
}

export interface Met {
  readonly outcomes: readonly RequirementOutcome[];
  /** Ids of those that can be met, each by some configuration. */
  readonly meetable: readonly string[];
  /** Smallest groups that cannot be met together, though each part of them can; of up to three, else all of `meetable`. */
  readonly excluding: readonly (readonly string[])[];
  /** The configurations that meet as many of `meetable` as can be met together, in the order they came. */
  readonly meeting: readonly Mask[];
  /** How many they meet. */
  readonly most: number;
}

/** @param configurations Cheapest first. */
export function metOf(configurations: readonly Mask[], requirements: readonly Requirement[]): Met {
  const rows = requirements.map(requirement => configurations.map(one => requirement.judge(one)));
  const outcomes = requirements.map((requirement, index) =>
    outcomeOf(requirement, configurations, rows[index] ?? []),
  );
  const meetable = outcomes.flatMap(({ state }, index) => (state === 'can be met' ? [index] : []));
  const passes = (index: number, at: number) => {
    const judgement = rows[index]?.[at];
    return judgement === 'pass' || judgement === 'not applicable';
  };
  const patterns = configurations.map((_, at) => meetable.filter(index => passes(index, at)));
  const most = Math.max(0, ...patterns.map(met => met.length));
  const idOf = (index: number) => requirements[index]?.id ?? '';
  return {
    outcomes,
    meetable: meetable.map(idOf),
    excluding: most === meetable.length ? [] : excluding(meetable, patterns).map(group => group.map(idOf)),
    meeting: configurations.filter((_, at) => patterns[at]?.length === most),
    most,
  };
}

function outcomeOf(
  requirement: Requirement,
  configurations: readonly Mask[],
  judgements: readonly Judgement[],
): RequirementOutcome {
  const counts = { pass: 0, fail: 0, 'not applicable': 0, 'not measured': 0 };
  for (const judgement of judgements) counts[judgement]++;
  const state =
    counts.pass > 0
      ? 'can be met'
      : counts.fail > 0
        ? 'met by none'
        : counts['not measured'] > 0
          ? 'not measured'
          : 'not applicable';
  const failing = configurations.flatMap((configuration, at) =>
    judgements[at] === 'fail' ? [{ configuration, missBy: requirement.missBy(configuration) }] : [],
  );
  const [nearest] =
    state === 'met by none'
      ? failing.sort((a, b) => (a.missBy ?? Number.MAX_VALUE) - (b.missBy ?? Number.MAX_VALUE))
      : [];
  return { requirement: requirement.id, title: requirement.title, state, counts, nearest };
}

function excluding(meetable: readonly number[], patterns: readonly (readonly number[])[]): number[][] {
  const distinct = [...new Map(patterns.map(met => [met.join(), new Set(met)])).values()];
  const together = (group: readonly number[]) => distinct.some(met => group.every(index => met.has(index)));
  const pairs = meetable.flatMap((a, at) => meetable.slice(at + 1).map(b => [a, b]));
  const apart = pairs.filter(pair => !together(pair));
  const holds = (group: readonly number[]) => apart.some(pair => pair.every(index => group.includes(index)));
  const triples = pairs.flatMap(pair => meetable.filter(c => c > (pair[1] ?? c)).map(c => [...pair, c]));
  const found = [...apart, ...triples.filter(triple => !holds(triple) && !together(triple))];
  return found.length > 0 ? found : [[...meetable]];
}
