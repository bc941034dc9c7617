/** What to keep, what it saves, and the evidence: the first lines of an advice. Pure. */
import stringWidth from 'string-width';
import { choiceText } from '../../advisor/advice/choiceText.ts';
import type { ChoiceModel } from '../../advisor/advice/models.ts';
import { warningsOf } from '../../advisor/advice/warnings.ts';
import { configurationText, pText, timeText, verdictText } from '../../advisor/advice/words.ts';
import { formatMs, harmless, round } from '../../format/index.ts';
import { columns } from '../columns.ts';
import type { AdviceDocument } from './document.ts';

import { cut, wrap } from './wrap.ts';

export function headText(document: AdviceDocument, width: number): string[] {
  const { target, recommended } = document;
  const version = target.serverVersion === null ? '' : `, PostgreSQL ${target.serverVersion}`;
  const place = harmless(`${target.label}${version}: everything was rolled back, nothing is committed`);
  const unfinished = 'Not finished: what follows is what was known when it was stopped.';
  const warnings = [...(document.complete ? [] : [unfinished]), ...warningsOf(document)].map(line =>
    wrap(line, width),
  );
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
  const creates = choice.proposals.filter(id => !isDrop(document, id));
  const drops = choice.proposals.filter(id => isDrop(document, id));
  const keep = [
    ...(creates.length > 0 ? [`Keep ${configurationText(document, creates)}.`] : []),
    ...(drops.length > 0 ? [`Drop the indexes that ${harmless(drops.join(', '))} names.`] : []),
  ];
  const what = keep.length === 0 ? 'Keep nothing: no proposal is worth its costs.' : keep.join(' ');
  const { saves, costs, slower, meets } = choiceText(document, choice);
  const sentences = [saves, costs, ...slower, ...(meets === undefined ? [] : [meets])];
  return [wrap(what, width), ...sentences.map(line => wrap(`  ${line}`, width, '  '))].join('\n');
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
