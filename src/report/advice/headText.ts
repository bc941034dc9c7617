/** What to keep, what it saves, and the evidence: the first lines of an advice. Pure. */
import stringWidth from 'string-width';
import type { Advice } from '../../advisor/advice/advice.ts';
import { choiceText } from '../../advisor/advice/choiceText.ts';
import type { ChoiceModel } from '../../advisor/advice/models.ts';
import { warningsOf } from '../../advisor/advice/warnings.ts';
import { configurationText, pText, timeText, verdictText } from '../../advisor/advice/words.ts';
import { formatMs, harmless, round } from '../../format/index.ts';
import { columns } from '../columns.ts';
import type { AdviceDocument } from './document.ts';

import { cut, wrap } from './wrap.ts';

export function headText(document: AdviceDocument, width: number): string[] {
  const { target } = document;
  const version = target.serverVersion === null ? '' : `, PostgreSQL ${target.serverVersion}`;
  const place = harmless(`${target.label}${version}: everything was rolled back, nothing is committed`);
  return [wrap(place, width), ...keepText(document, width)];
}

/** The same of an advice wherever it is of. */
export function keepText(advice: Advice, width: number): string[] {
  const { recommended } = advice;
  const unfinished = 'Not finished: what follows is what was known when it was stopped.';
  const warnings = [...(advice.complete ? [] : [unfinished]), ...warningsOf(advice)].map(line =>
    wrap(line, width),
  );
  const head = warnings.length === 0 ? [] : [warnings.join('\n')];
  if (recommended === null)
    return [
      ...head,
      wrap(
        `Nothing can be recommended: of no configuration that meets what can be met all ${advice.projected ? '' : 'run '}times are known.`,
        width,
      ),
    ];
  return [...head, recommendation(advice, recommended, width), evidence(advice, recommended, width)];
}

function recommendation(advice: Advice, choice: ChoiceModel, width: number): string {
  const creates = choice.proposals.filter(id => !isDrop(advice, id));
  const drops = choice.proposals.filter(id => isDrop(advice, id));
  const keep = [
    ...(creates.length > 0 ? [`Keep ${configurationText(advice, creates)}.`] : []),
    ...(drops.length > 0 ? [`Drop the indexes that ${harmless(drops.join(', '))} names.`] : []),
  ];
  const what = keep.length === 0 ? 'Keep nothing: no proposal is worth its costs.' : keep.join(' ');
  const { saves, costs, slower, meets } = choiceText(advice, choice);
  const sentences = [saves, costs, ...slower, ...(meets === undefined ? [] : [meets])];
  return [wrap(what, width), ...sentences.map(line => wrap(`  ${line}`, width, '  '))].join('\n');
}

const isDrop = ({ proposals }: Advice, id: string) =>
  proposals.some(proposal => proposal.id === id && proposal.kind === 'drop');

function evidence(advice: Advice, choice: ChoiceModel, width: number): string {
  // Nothing of a projection was run or tested.
  const tested = !advice.projected;
  const table = (titleWidth: number) =>
    columns(
      ['#', 'query', 'before', 'after', 'change', ...(tested ? ['p', 'runs'] : []), 'target'],
      choice.queries.map((row, index) => {
        const query = advice.queries[index];
        const rewrite = row.rewrite === null ? '' : ` @${row.rewrite}`;
        return [
          String(query?.number ?? ''),
          cut(`${query?.title ?? row.query}${rewrite}`, titleWidth),
          timeOr(row.before, tested),
          timeOr(row.after, tested),
          verdictText(row.verdict).replace('at least', '≥'),
          ...(tested ? [pText(row.verdict.p).replace('p = ', '').replace('p ', ''), String(row.runs)] : []),
          targetText(row.after, query?.targetMs ?? 0, tested),
        ];
      }),
      new Set([2, 3, ...(tested ? [6] : [])]),
    );
  return fitted(table, width);
}

type Time = ChoiceModel['queries'][number]['after'];

const timeOr = (time: Time, tested: boolean): string =>
  time === null && !tested ? 'not known' : timeText(time);

/** The longest titles that let the table fit. */
export function fitted(table: (titleWidth: number) => string, width: number): string {
  for (let titleWidth = 40; titleWidth > 8; titleWidth -= 2) {
    const text = table(titleWidth);
    if (text.split('\n').every(line => stringWidth(line) <= width)) return text;
  }
  return table(8);
}

function targetText(after: Time, targetMs: number, tested: boolean): string {
  const target = round(formatMs(targetMs));
  if (after === null) return `${target}: not ${tested ? 'measured' : 'known'}`;
  // Only an interval that lies wholly on one side of it decides.
  const [low, high] = after.interval ?? [after.ms, after.ms];
  if ((low ?? after.ms) >= targetMs) return `${target}: MISSED`;
  return `${target}: ${after.atLeast ? 'not known' : (high ?? after.ms) < targetMs ? 'met' : 'not clear'}`;
}
