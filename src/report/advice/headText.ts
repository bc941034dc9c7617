/** What to keep, what it saves, and the evidence: the first lines of an advice. Pure. */
import stringWidth from 'string-width';
import type { ChoiceModel } from '../../advisor/advice/models.ts';
import { savedText } from '../../advisor/advice/savedText.ts';
import { warningsOf } from '../../advisor/advice/warnings.ts';
import {
  bytesText,
  configurationText,
  evidenceText,
  plural,
  pText,
  queryTitle,
  timeText,
  verdictText,
} from '../../advisor/advice/words.ts';
import { formatMs, harmless, round } from '../../format/index.ts';
import { columns } from '../columns.ts';
import type { AdviceDocument } from './document.ts';

import { cut, wrap } from './wrap.ts';

export function headText(document: AdviceDocument, width: number): string[] {
  const { target, recommended } = document;
  const version = target.serverVersion === null ? '' : `, PostgreSQL ${target.serverVersion}`;
  const place = harmless(`${target.label}${version}: everything was rolled back, nothing is committed`);
  const warnings = warningsOf(document).map(line => wrap(line, width));
  const head = [wrap(place, width), ...(warnings.length === 0 ? [] : [warnings.join('\n')])];
  if (recommended === null)
    return [
      ...head,
      wrap(
        'Nothing can be recommended: of no configuration that meets what can be met all run times are known.',
        width,
      ),
    ];
  return [...head, recommendation(document, recommended, width), evidence(document, recommended, width)];
}

function recommendation(document: AdviceDocument, choice: ChoiceModel, width: number): string {
  const { costs, requirements } = choice;
  const creates = choice.proposals.filter(id => !isDrop(document, id));
  const drops = choice.proposals.filter(id => isDrop(document, id));
  const keep = [
    ...(creates.length > 0 ? [`Keep ${configurationText(document, creates)}.`] : []),
    ...(drops.length > 0 ? [`Drop the indexes that ${harmless(drops.join(', '))} names.`] : []),
  ];
  const what = keep.length === 0 ? 'Keep nothing: no proposal is worth its costs.' : keep.join(' ');
  const met = requirements.filter(({ judgement }) => judgement === 'pass').length;
  const judged = requirements.filter(({ judgement }) => judgement !== 'not applicable').length;
  const price = [
    `${bytesText(costs.bytes)} added`,
    ...(costs.freedBytes > 0 ? [`${bytesText(costs.freedBytes)} freed`] : []),
    ...(costs.refreshMs > 0 ? [`${formatMs(costs.refreshMs)} for a refresh of its views`] : []),
    ...(costs.writeMs === null ? [] : [`${formatMs(costs.writeMs)} more for a row written`]),
  ].join(', ');
  return [
    wrap(what, width),
    wrap(`  ${savedText(choice.saved, id => queryTitle(document, id))}`, width, '  '),
    wrap(`  It costs ${price}.`, width, '  '),
    ...choice.queries
      .filter(({ verdict }) => verdict.kind === 'slower')
      .map(({ query, verdict }) => {
        const change = `${verdictText(verdict)} (${evidenceText(verdict)})`;
        return wrap(`  It makes ${queryTitle(document, query)} ${change}.`, width, '  ');
      }),
    ...(judged === 0
      ? []
      : [
          wrap(
            `  It meets ${met} of ${plural(judged, 'requirement')}${rest(document, judged - met)}.`,
            width,
            '  ',
          ),
        ]),
  ].join('\n');
}

/** Of the requirements that it does not meet. */
function rest({ requirements }: AdviceDocument, missed: number): string {
  const none = requirements.filter(({ state }) => state === 'met by none').length;
  if (missed === 0 || none < missed) return '';
  return missed === 1
    ? '; no configuration meets the other one'
    : '; no configuration meets any of the others';
}

const isDrop = ({ proposals }: AdviceDocument, id: string) =>
  proposals.some(proposal => proposal.id === id && proposal.kind === 'drop');

function evidence(document: AdviceDocument, choice: ChoiceModel, width: number): string {
  const table = (titleWidth: number) =>
    columns(
      ['#', 'query', 'before', 'after', 'change', 'p', 'runs', 'target'],
      choice.queries.map((row, index) => {
        const query = document.queries[index];
        const rewrite = row.rewrite === null ? '' : ` @${row.rewrite}`;
        return [
          String(query?.number ?? ''),
          cut(`${query?.title ?? row.query}${rewrite}`, titleWidth),
          timeText(row.before),
          timeText(row.after),
          verdictText(row.verdict).replace('at least', '≥'),
          pText(row.verdict.p).replace('p = ', '').replace('p ', ''),
          String(row.runs),
          targetText(row.after, query?.targetMs ?? 0),
        ];
      }),
      new Set([2, 3, 6]),
    );
  return fitted(table, width);
}

/** The longest titles that let the table fit. */
export function fitted(table: (titleWidth: number) => string, width: number): string {
  for (let titleWidth = 40; titleWidth > 8; titleWidth -= 2) {
    const text = table(titleWidth);
    if (text.split('\n').every(line => stringWidth(line) <= width)) return text;
  }
  return table(8);
}

function targetText(after: ChoiceModel['queries'][number]['after'], targetMs: number): string {
  const target = round(formatMs(targetMs));
  if (after === null) return `${target}: not measured`;
  if (after.ms >= targetMs) return `${target}: MISSED`;
  return `${target}: ${after.atLeast ? 'not known' : 'met'}`;
}
