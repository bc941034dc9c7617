/** Times and verdicts in words. Pure; what comes out is Markdown. */
import { runsOf, type SurveyedPlan, timeOf } from '../../advisor/survey.ts';
import type { Verdict } from '../../advisor/verdict.ts';
import { formatFactor, formatMs } from '../../format/index.ts';
import { text } from '../markdown.ts';

/** `5.0 ms (4.8 ms–5.3 ms, 8 runs)` */
export function timeCell(plan: SurveyedPlan | undefined): string {
  if (plan === undefined) return 'not planned';
  if (plan.failure !== undefined) return `not run: ${text(plan.failure)}`;
  const time = timeOf(plan);
  if (time === undefined) return 'not measured';
  if (time.atLeast) {
    const why = {
      timeout: 'stopped at the timeout',
      'cannot matter': 'stopped: it could not matter',
      budget: 'stopped: the time for measuring was spent',
    }[plan.stopped?.because ?? 'timeout'];
    return `> ${formatMs(time.ms)} (${why})`;
  }
  const { runsMs } = runsOf(plan);
  if (runsMs.length === 1) return `${formatMs(time.ms)} (1 run)`;
  return `${formatMs(time.ms)} (${formatMs(Math.min(...runsMs))}–${formatMs(Math.max(...runsMs))}, ${runsMs.length} runs)`;
}

export function verdictCell(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'same plan':
      return 'the same plan';
    case 'not measured':
      return verdict.tooFew === true ? 'too few runs' : 'not measured';
    case 'no clear difference':
      return verdict.settled ? 'no difference of 5 %' : 'no clear difference';
    default: {
      const factor = formatFactor(verdict.factor).text;
      const bound = verdict.atLeast ? 'at least ' : '';
      const word = verdict.kind === 'slower' ? '**SLOWER**' : verdict.kind;
      return `${bound}${factor} ${word}${intervalOf(verdict)}`;
    }
  }
}

/** How far apart the test lets them be, in the direction of the verdict. */
function intervalOf({ factor, interval }: Extract<Verdict, { factor: number }>): string {
  if (interval === undefined) return '';
  const [low, high] = factor >= 1 ? interval : [1 / interval[1], 1 / interval[0]];
  if (!Number.isFinite(high) || low <= 0) return '';
  const shown = (ratio: number) => `${ratio.toFixed(ratio < 10 ? 1 : 0)}×`;
  return ` (${shown(low)}–${shown(high)})`;
}

export function pCell(verdict: Verdict): string {
  if (!('p' in verdict) || verdict.p === undefined) return '';
  return verdict.p < 0.0001
    ? '< 0.0001'
    : verdict.p
        .toPrecision(2)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '');
}
