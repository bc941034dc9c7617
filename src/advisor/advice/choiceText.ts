/** What a choice saves, costs, slows down and meets, in sentences. */
import { formatMs, plural, sanitize } from '../../base/format.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import type { Advice } from './advice.ts';
import type { ChoiceModel } from './models.ts';
import { bytesText, evidenceText, queryTitle, signedMs, verdictText } from './words.ts';

/**
 * The headline.
 * @param title Returns a query's title, sanitized.
 */
function savedText(
  { savedMs, interval, atLeast, stopped, beforeMs, weighted, projected }: ChoiceModel['saved'],
  title: (query: string) => string,
): string {
  const [day, once] = weighted ? [' a day', ''] : ['', ' in one call of each query'];
  if (savedMs === null)
    return `What it saves${day}${once} is not known: not all of it ${projected ? 'could be projected' : 'was measured'}.`;
  const word = savedMs < 0 ? 'costs' : 'saves';
  const about = projected ? '≈ ' : '';
  const bound = atLeast ? 'at least ' : about;
  const isBound = atLeast || stopped.length > 0;
  const of = beforeMs === null ? '' : ` of ${isBound ? '> ' : about}${formatMs(beforeMs)}`;
  const without =
    stopped.length === 0
      ? ''
      : ` Not counted, because it was stopped before and after: ${stopped.map(title).join(', ')}.`;
  const sure =
    interval === null
      ? 'no interval: not all plans were run twice'
      : `${projected ? 'projected,' : '95 % interval'} ${interval.map(signedMs).join(' to ')}`;
  const total = `It ${word} ${bound}${formatMs(Math.abs(savedMs))}${savedMs < 0 ? ' more time' : of}${day}${once}`;
  return savedMs === 0 && interval?.every(end => end === 0)
    ? 'It saves no time.'
    : `${total} (${sure}).${without}`;
}

interface ChoiceText {
  readonly saves: string;
  readonly costs: string;
  readonly slower: readonly string[];
  /** undefined: there are no requirements. */
  readonly meets: string | undefined;
}

export function choiceText(advice: Advice, choice: ChoiceModel): ChoiceText {
  const { costs } = choice;
  const price = [
    `${bytesText(costs.bytes)} added`,
    ...(costs.freedBytes > 0 ? [`${bytesText(costs.freedBytes)} freed`] : []),
    ...(costs.refreshMs > 0 ? [`${formatMs(costs.refreshMs)} for a refresh of its views`] : []),
    ...writesText(advice, choice),
  ].join(', ');
  const { met, judged } = metBy(choice);
  return {
    saves: savedText(choice.saved, id => queryTitle(advice, id)),
    costs: `It costs ${price}.`,
    slower: choice.queries
      .filter(({ verdict }) => verdict.kind === 'slower')
      .map(
        ({ query, verdict }) =>
          `It makes ${queryTitle(advice, query)} ${verdictText(verdict)} (${evidenceText(verdict)}).`,
      ),
    meets:
      judged === 0
        ? undefined
        : `It meets ${met} of ${plural(judged, 'requirement')}${rest(advice, judged - met)}.`,
  };
}

export function metBy({ requirements }: ChoiceModel): { readonly met: number; readonly judged: number } {
  return {
    met: requirements.filter(({ judgement }) => judgement === 'pass').length,
    judged: requirements.filter(({ judgement }) => judgement !== 'not applicable').length,
  };
}

/** Says whether any configuration meets the missed requirements. */
function rest({ requirements }: Advice, missed: number): string {
  const none = requirements.filter(({ state }) => state === 'met by none').length;
  if (missed === 0 || none < missed) return '';
  return missed === 1
    ? '; no configuration meets the other one'
    : '; no configuration meets any of the others';
}

export function meanings({ within, projected }: Pick<Advice, 'within' | 'projected'>) {
  if (projected)
    return {
      recommended:
        'the smallest of those that meet all that can be met together and are clearly slower in no query than the fastest of them',
      cheapest: 'meets all that can be met together, whatever its time',
      nearFastest: 'the smallest that is clearly slower in no query than the fastest, whatever it meets',
    };
  const share = `loses at most ${Math.round(within * 100)} % of the fastest set's savings, in each query and in all`;
  return {
    recommended: `meets all that can be met together, was measured, and ${share}; the smallest of these`,
    cheapest: 'meets all that can be met together, whatever its time',
    nearFastest: `the same, whatever it meets`,
  };
}

/** Empty if write costs were not measured at all. */
function writesText({ proposals }: Advice, { proposals: kept, costs }: ChoiceModel): string[] {
  if (costs.writeMs !== null) return [`${formatMs(costs.writeMs)} more for a row written`];
  if (proposals.every(({ writeMs }) => writeMs === null)) return [];
  const unmeasured = proposals.filter(
    one => kept.includes(one.id) && !factsOf(one).standsForExisting && one.writeMs === null,
  );
  return [`write cost not measured for ${unmeasured.map(({ id }) => sanitize(id)).join(', ')}`];
}
