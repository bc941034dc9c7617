/** Which requirements can be met, by none, and which exclude each other. Pure. */
import { answersDiffer, answersUnder } from './answers.ts';
import { byCost } from './cheaper.ts';
import { apartMs, type Rated, ratedOf } from './judged.ts';
import { lostUnder } from './keepers.ts';
import { bit, contains, type Mask, positions } from './masks.ts';
import type { Judgement, Requirement } from './requirement.ts';
import { BASELINE, type Costs, costsOf, dropBits, type Survey, timeOf } from './survey.ts';
import { Scale } from './weigh.ts';

interface RequirementOutcome {
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
function metOf(configurations: readonly Mask[], requirements: readonly Requirement[]): Met {
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

/**
 * Which configuration to keep: the cheapest that meets what can be met and is near the fastest. "Near" is measured against
 * what can be saved, of each query and of all together: a total hides what helps a query behind one that takes hours. What
 * was not measured is neither recommended nor rejected. Pure.
 */

export interface Choices extends Met {
  /** Meets all that can be met together, whatever its time, and costs least; no index goes that is kept for something. */
  readonly cheapest: Choice | undefined;
  /** Costs least of the safe ones that are near the fastest; at production size of those not clearly slower. */
  readonly nearFastest: Choice | undefined;
  /** Of the safe ones: none clearly gains on it; of those that are not clearly slower in any query the cheapest. */
  readonly fastest: Choice | undefined;
  /** As nearFastest, among the safe ones that meet all that they can meet together. undefined where nothing was measured. */
  readonly recommended: Choice | undefined;
  /** The share, 0.05 is 5 %. */
  readonly within: number;
  /** False above 12 proposals: not every configuration was looked at, and a better one may be among the others. */
  readonly exact: boolean;
}

export interface Choice {
  readonly configuration: Mask;
  readonly costs: Costs;
}

/**
 * Configurations that return something else than the queries do are no choice, and meet nothing.
 * @param requirements As timeRequirements() makes them, and others; none: everything meets them.
 */
export function choicesOf(
  survey: Survey,
  requirements: readonly Requirement[],
  { within = 0.05 }: { readonly within?: number } = {},
): Choices {
  const all = survey.configurations
    .filter(configuration => !answersDiffer(survey, configuration))
    .map(configuration => ({ configuration, costs: costsOf(survey, configuration) }))
    .sort(byCost);
  const met = metOf(
    all.map(({ configuration }) => configuration),
    requirements,
  );
  const meeting = new Set<Mask>(met.meeting);
  const pool = new Pool(survey);
  const safe = pool.safe();
  return {
    ...met,
    cheapest: all.find(
      ({ configuration }) => meeting.has(configuration) && lostUnder(survey, configuration).length === 0,
    ),
    nearFastest: choiceOf(pool.nearest(safe, within)),
    fastest: choiceOf(pool.fastest(safe)),
    recommended: choiceOf(pool.nearest(meetingMost(safe, requirements), within)),
    within,
    exact: survey.exact,
  };
}

const choiceOf = (found: Rated | undefined): Choice | undefined =>
  found && { configuration: found.configuration, costs: found.costs };

/** Of those that are safe, the ones that meet as many requirements as can be met together. */
function meetingMost(safe: readonly Rated[], requirements: readonly Requirement[]): readonly Rated[] {
  const { meeting } = metOf(
    safe.map(({ configuration }) => configuration),
    requirements,
  );
  const chosen = new Set(meeting);
  return safe.filter(({ configuration }) => chosen.has(configuration));
}

/** The configurations of a survey, compared with each other. */
class Pool {
  private readonly rated: ReadonlyMap<Mask, Rated>;
  private readonly scale: Scale;

  constructor(private readonly survey: Survey) {
    this.rated = new Map(ratedOf(survey).map(one => [one.configuration, one]));
    this.scale = new Scale(survey.queries.filter(({ failure }) => failure === undefined));
  }

  /**
   * Cheapest first: those whose difference from the database as it is was measured in every query, that return the same and
   * do no harm. None where nothing was measured at all.
   */
  safe(): readonly Rated[] {
    const baseline = this.rated.get(BASELINE);
    // Without a time there is no advice, least of all to drop an index.
    if (baseline === undefined || baseline.plans.every(plan => timeOf(plan) === undefined)) return [];
    return [...this.rated.values()]
      .filter(one => this.isKnown(baseline, one) && this.isHarmless(baseline, one))
      .sort(byCost);
  }

  private isKnown(baseline: Rated, one: Rated): boolean {
    const { survey } = this;
    return (
      positions(one.configuration).every(position => survey.proposals[position]?.unusable === undefined) &&
      answersUnder(survey, one.configuration) === 'same' &&
      !Number.isNaN(this.scale.gain(baseline, one))
    );
  }

  /** Neither it nor one of its proposals makes a query clearly slower that does not gain more elsewhere; no index goes that is kept for something. */
  private isHarmless(baseline: Rated, one: Rated): boolean {
    const { survey, scale } = this;
    if (lostUnder(survey, one.configuration).length > 0) return false;
    const pays = (from: Rated) => {
      const { gainMs, slower } = scale.weighed(from, one);
      return Number.isNaN(gainMs) ? undefined : slower.length === 0 || gainMs > 0;
    };
    return (
      pays(baseline) === true &&
      positions(one.configuration).every(position => {
        const without = this.rated.get(one.configuration & ~bit(position));
        const isDrop = contains(dropBits(survey.proposals), bit(position));
        return (without && pays(without)) ?? !isDrop;
      })
    );
  }

  /** @param safe Cheapest first. */
  fastest(safe: readonly Rated[]): Rated | undefined {
    const least = this.leastTime(safe);
    if (least === undefined) return undefined;
    // Two totals that differ by noise alone must not make the more expensive one the fastest.
    const isNoSlower = (one: Rated) => {
      const { slower, unmeasured } = this.scale.weighed(least, one);
      return slower.length === 0 && unmeasured.length === 0;
    };
    return safe.find(isNoSlower) ?? least;
  }

  /** From which no other one clearly gains: differences that are not clear do not add up to one. */
  private leastTime(safe: readonly Rated[]): Rated | undefined {
    const baseline = this.rated.get(BASELINE);
    const [first] = safe;
    if (baseline === undefined || first === undefined) return undefined;
    const best = (from: Rated) =>
      safe.reduce((most, one) => (this.scale.gain(from, one) > this.scale.gain(from, most) ? one : most));
    let least = best(baseline);
    // "No clear difference" is not transitive: a ring of gains must end somewhere.
    for (const seen = new Set([least]); ; seen.add(least)) {
      const next = best(least);
      if (!(this.scale.gain(least, next) > 0) || seen.has(next)) return least;
      least = next;
    }
  }

  /** The cheapest that is near the fastest, with what helps and costs nothing. @param safe Cheapest first. */
  nearest(safe: readonly Rated[], within: number): Rated | undefined {
    const fastest = this.fastest(safe);
    if (fastest === undefined) return undefined;
    const share = this.survey.atProduction === true ? 0 : within;
    let found = safe.find(one => this.isNear(one, fastest, share)) ?? fastest;
    for (;;) {
      const better = safe.find(one => this.isFreeGain(found, one));
      if (better === undefined) return found;
      found = better;
    }
  }

  /** Its loss against the fastest is a small share of the fastest's savings: in each query, and in all of them. */
  private isNear(one: Rated, fastest: Rated, share: number): boolean {
    const { scale, rated } = this;
    const baseline = rated.get(BASELINE);
    if (baseline === undefined) return false;
    let [lost, saved] = [0, 0];
    for (const at of scale.queries.keys()) {
      const loss = this.lossOf(fastest, one, at);
      const savable = Math.max(0, scale.weight(baseline, fastest, at).gainMs);
      if (!(loss <= share * savable)) return false;
      lost += Math.max(0, loss);
      saved += savable;
    }
    // Nor may it be slower than the fastest by more than that share of its own time.
    const total = fastest.costs.totalMs ?? Number.POSITIVE_INFINITY;
    return lost <= share * Math.min(saved, total);
  }

  /** What was run too seldom to be tested loses at most what lies between its slowest run and the other's fastest. */
  private lossOf(from: Rated, to: Rated, at: number): number {
    const loss = -this.scale.weight(from, to, at).gainMs;
    const [before, after] = [from.plans[at], to.plans[at]];
    if (!Number.isNaN(loss) || before === undefined || after === undefined) return loss;
    return apartMs(before, after) * (this.scale.queries[at]?.callsADay ?? 1);
  }

  /** One proposal more that costs nothing, as extended statistics do, and clearly helps. */
  private isFreeGain(from: Rated, to: Rated): boolean {
    const added = to.configuration & ~from.configuration;
    if (!contains(to.configuration, from.configuration) || positions(added).length !== 1) return false;
    const [proposal] = positions(added).map(position => this.survey.proposals[position]);
    const { gainMs, slower } = this.scale.weighed(from, to);
    return proposal?.kind === 'statistics' && gainMs > 0 && slower.length === 0;
  }
}
