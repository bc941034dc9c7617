/**
 * Which configuration to keep: the cheapest that meets the requirements that can be met together and is near the fastest.
 * "Near" compares the loss with the possible savings of each query and of all together, because a total hides a fast query
 * behind one that takes hours. Without a measurement a configuration is neither recommended nor rejected.
 */
import { factsOf } from '../workload/proposalKinds.ts';
import { answersDiffer, answersUnder } from './answers.ts';
import { byCost } from './cheaper.ts';
import { lostUnder } from './indexNeeds.ts';
import { apartMs, type Rated, ratedOf } from './judged.ts';
import { bit, contains, type Mask, positions } from './masks.ts';
import type { Demand, VerdictState } from './requirements/result.ts';
import { BASELINE, type Costs, costsOf, dropBits, type Survey, timeOf } from './survey.ts';
import { Scale } from './weigh.ts';

interface RequirementOutcome {
  readonly requirement: string;
  readonly title: string;
  /**
   * 'met by none': some configurations fail and none passes. 'not applicable': none passes or fails, because there is
   * nothing to test. 'not measured': no configuration is known to pass or fail.
   */
  readonly state: 'can be met' | 'met by none' | 'not applicable' | 'not measured';
  readonly counts: Readonly<Record<VerdictState, number>>;
  /** If none meets it: the configuration that misses it by the smallest factor, the cheapest of equals. */
  readonly nearest: { readonly configuration: Mask; readonly missBy: number | undefined } | undefined;
}

interface Met {
  readonly outcomes: readonly RequirementOutcome[];
  /** Ids of the requirements that some configuration meets. */
  readonly meetable: readonly string[];
  /**
   * Minimal groups of two or three requirements that no configuration meets together; without such a group, all of
   * `meetable`.
   */
  readonly excluding: readonly (readonly string[])[];
  /** The configurations that meet the most of `meetable`, in the given order. */
  readonly meeting: readonly Mask[];
  readonly most: number;
}

/** @param configurations Cheapest first. */
function metOf(configurations: readonly Mask[], requirements: readonly Demand[]): Met {
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
  requirement: Demand,
  configurations: readonly Mask[],
  judgements: readonly VerdictState[],
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

export interface Choices extends Met {
  /** Meets the most requirements, whatever its time, and costs least; it drops no index that something else needs. */
  readonly cheapest: Choice | undefined;
  /** The cheapest safe one near the fastest; at production size the cheapest that is not clearly slower. */
  readonly nearFastest: Choice | undefined;
  /** No safe one clearly gains on it; of those that are clearly slower in no query the cheapest. */
  readonly fastest: Choice | undefined;
  /** As nearFastest, among the safe ones that meet the most requirements. undefined: nothing was measured. */
  readonly recommended: Choice | undefined;
  /** The share that counts as near; 0.05 is 5 %. */
  readonly within: number;
  /** False above 12 proposals: a better configuration may not have been visited. */
  readonly exact: boolean;
}

export interface Choice {
  readonly configuration: Mask;
  readonly costs: Costs;
}

/**
 * Configurations that return other rows are no choice and meet nothing.
 * @param requirements Without any, every configuration meets them.
 */
export function choicesOf(
  survey: Survey,
  requirements: readonly Demand[],
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

function meetingMost(safe: readonly Rated[], requirements: readonly Demand[]): readonly Rated[] {
  const { meeting } = metOf(
    safe.map(({ configuration }) => configuration),
    requirements,
  );
  const chosen = new Set(meeting);
  return safe.filter(({ configuration }) => chosen.has(configuration));
}

class Pool {
  private readonly rated: ReadonlyMap<Mask, Rated>;
  private readonly scale: Scale;

  constructor(private readonly survey: Survey) {
    this.rated = new Map(ratedOf(survey).map(one => [one.configuration, one]));
    this.scale = new Scale(survey.queries.filter(({ failure }) => failure === undefined));
  }

  /**
   * Configurations that do no harm and return the same rows, and whose difference from the baseline was measured in
   * every query; cheapest first. None if nothing was measured.
   */
  safe(): readonly Rated[] {
    const baseline = this.rated.get(BASELINE);
    // No time, no advice: least of all to drop an index.
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

  /**
   * It drops no index that something else needs. If the set, or one of its proposals, makes queries clearly slower,
   * it gains more elsewhere.
   */
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
    // Noise in the totals must not make an expensive configuration the fastest.
    const isNoSlower = (one: Rated) => {
      const { slower, unmeasured } = this.scale.weighed(least, one);
      return slower.length === 0 && unmeasured.length === 0;
    };
    return safe.find(isNoSlower) ?? least;
  }

  /** The configuration on which no other one clearly gains; unclear differences do not add up. */
  private leastTime(safe: readonly Rated[]): Rated | undefined {
    const baseline = this.rated.get(BASELINE);
    const [first] = safe;
    if (baseline === undefined || first === undefined) return undefined;
    const best = (from: Rated) =>
      safe.reduce((most, one) => (this.scale.gain(from, one) > this.scale.gain(from, most) ? one : most));
    let least = best(baseline);
    // Gains may form a cycle, because "no clear difference" is not transitive.
    for (const seen = new Set([least]); ; seen.add(least)) {
      const next = best(least);
      if (!(this.scale.gain(least, next) > 0) || seen.has(next)) return least;
      least = next;
    }
  }

  /**
   * The cheapest near the fastest, plus proposals that help and cost nothing.
   * @param safe Cheapest first.
   */
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

  /** Whether its loss against the fastest is a small share of the fastest's savings, in each query and in total. */
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
    // Its loss is also limited to that share of the fastest's total time.
    const total = fastest.costs.totalMs ?? Number.POSITIVE_INFINITY;
    return lost <= share * Math.min(saved, total);
  }

  /** With too few runs for the test, the loss is at most its slowest run minus the other's fastest. */
  private lossOf(from: Rated, to: Rated, at: number): number {
    const loss = -this.scale.weight(from, to, at).gainMs;
    const [before, after] = [from.plans[at], to.plans[at]];
    if (!Number.isNaN(loss) || before === undefined || after === undefined) return loss;
    return apartMs(before, after) * (this.scale.queries[at]?.callsADay ?? 1);
  }

  /** Adds one proposal that costs nothing (extended statistics) and clearly helps. */
  private isFreeGain(from: Rated, to: Rated): boolean {
    const added = to.configuration & ~from.configuration;
    if (!contains(to.configuration, from.configuration) || positions(added).length !== 1) return false;
    const [proposal] = positions(added).map(position => this.survey.proposals[position]);
    const { gainMs, slower } = this.scale.weighed(from, to);
    return proposal !== undefined && factsOf(proposal).onlyInforms && gainMs > 0 && slower.length === 0;
  }
}
