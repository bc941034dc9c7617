/**
 * How a session interleaves the runs of two plans, so that verdict.ts can compare them: up to the next look that can
 * still change the verdict.
 */
import { median, sum } from '../base/statistics.ts';
import type { Interleave, Timed, Turn } from '../session/measure.ts';
import { another } from '../session/measure.ts';
import { type Contestant, contendersOf, slowness } from './contenders.ts';
import { comparable, judge, LOOKS } from './verdict.ts';

/** Runs that each plan needs for its own figure, even if the difference is clear. */
const FIGURE = { runs: LOOKS[0].rounds, totalMs: 3000 };

/** Limits for the runs up to one look, ms: while a person waits, and otherwise. */
export const ATTENDED_MS = 15_000;
export const UNATTENDED_MS = 60_000;

/** @param mostMs The limit for the runs up to one look, ms. */
export const interleaving =
  (mostMs: number): Interleave =>
  (before, after) => {
    const sides = [contestant(before), contestant(after)] as const;
    const wanted = sides.map(forItsFigure);
    const compared = comparable(before ?? NO_RUNS, after ?? NO_RUNS);
    const verdict = judge(...compared);
    if (!('settled' in verdict) || !verdict.settled) {
      const plans = sides.map((side, at) => ({ ...side, runsMs: compared[at]?.runsMs ?? [] }));
      const contenders = contendersOf({ plans }, [[0, 1]], undefined, false, 1);
      const lacking = plans.map(({ runsMs }, at) => {
        const target = contenders.find(({ plan }) => plan === at)?.target ?? 0;
        return Math.max(0, target - runsMs.length);
      });
      const takesMs = lacking.reduce((sum, runs, at) => sum + runs * msOf(sides[at]), 0);
      if (takesMs <= mostMs)
        for (const [at, runs] of lacking.entries()) wanted[at] = Math.max(wanted[at] ?? 0, runs);
    }
    const rounds = Math.max(...wanted);
    // If it is cheap, repeat older runs beside the new ones: the machine may be busier or calmer now.
    const cheap = sides.every(side => side.runsMs.length > 0 && slowness(side) === undefined);
    return inTurns(cheap ? [rounds, rounds] : wanted, rounds);
  };

const NO_RUNS: Timed = { runsMs: [], timedOutAfterMs: undefined };

const contestant = (timed: Timed | undefined): Contestant => ({
  firstMs: undefined,
  runsMs: timed?.runsMs ?? [],
  stopped:
    timed?.timedOutAfterMs === undefined ? undefined : { because: 'timeout', afterMs: timed.timedOutAfterMs },
  failure: timed === undefined ? 'failed' : undefined,
});

const msOf = (side: Contestant | undefined): number => median(side?.runsMs ?? []) ?? 0;

function forItsFigure(side: Contestant): number {
  const { runsMs } = side;
  if (runsMs.length === 0 || !another(runsMs, FIGURE)) return 0;
  const leftMs = FIGURE.totalMs - sum(runsMs);
  return Math.min(FIGURE.runs - runsMs.length, Math.ceil(leftMs / Math.max(msOf(side), 0.001)));
}

/** Spreads the runs evenly over the rounds and alternates the order within them. */
function inTurns([before = 0, after = 0]: readonly number[], rounds: number): Turn[] {
  const isDue = (runs: number, round: number) =>
    Math.floor(((round + 1) * runs) / rounds) > Math.floor((round * runs) / rounds);
  return Array.from({ length: rounds }, (_, round) => {
    const due: Turn[] = [
      ...(isDue(before, round) ? (['before'] as const) : []),
      ...(isDue(after, round) ? (['after'] as const) : []),
    ];
    return round % 2 === 0 ? due : due.reverse();
  }).flat();
}
