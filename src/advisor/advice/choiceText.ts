/** What one choice saves, costs, slows down and meets, in sentences. Pure. */

import { formatMs, sanitize } from '../../base/format.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import type { Advice } from './advice.ts';
import type { ChoiceModel } from './models.ts';
import { savedText } from './savedText.ts';
import { bytesText, evidenceText, plural, queryTitle, verdictText } from './words.ts';

export interface ChoiceText {
  readonly saves: string;
  readonly costs: string;
  /** One for each query that it makes slower. */
  readonly slower: readonly string[];
  /** undefined where there is nothing to meet. */
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

/** How many requirements there are to meet, and how many it does. */
export function metBy({ requirements }: ChoiceModel): { readonly met: number; readonly judged: number } {
  return {
    met: requirements.filter(({ judgement }) => judgement === 'pass').length,
    judged: requirements.filter(({ judgement }) => judgement !== 'not applicable').length,
  };
}

/** Of the requirements that it does not meet. */
function rest({ requirements }: Advice, missed: number): string {
  const none = requirements.filter(({ state }) => state === 'met by none').length;
  if (missed === 0 || none < missed) return '';
  return missed === 1
    ? '; no configuration meets the other one'
    : '; no configuration meets any of the others';
}

/** What the names of the choices mean. */
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

/** Nothing where it was measured of none: it was not asked for. */
function writesText({ proposals }: Advice, { proposals: kept, costs }: ChoiceModel): string[] {
  if (costs.writeMs !== null) return [`${formatMs(costs.writeMs)} more for a row written`];
  if (proposals.every(({ writeMs }) => writeMs === null)) return [];
  const unmeasured = proposals.filter(
    one => kept.includes(one.id) && !factsOf(one).standsForExisting && one.writeMs === null,
  );
  return [
    `and for a row written what was not measured of ${unmeasured.map(({ id }) => sanitize(id)).join(', ')}`,
  ];
}
