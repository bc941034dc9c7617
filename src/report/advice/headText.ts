/** What to keep, what it saves, and the evidence: the first lines of an advice. Pure. */
import stringWidth from 'string-width';
import { formatMs, harmless, round } from '../../format/index.ts';
import { columns } from '../columns.ts';
import type { AdviceDocument } from './document.ts';
import type { ChoiceModel } from './models.ts';
import { bytesText } from './plot.ts';
import {
  configurationText,
  cut,
  evidenceText,
  plural,
  pText,
  queryTitle,
  timeText,
  verdictText,
  wrap,
} from './words.ts';

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

function warningsOf(document: AdviceDocument): string[] {
  const { complete, leftOut, queries, budgetSpent, recommended, answers } = document;
  const different = answers.filter(({ verdict }) => verdict === 'different');
  const uncompared = (recommended?.queries ?? []).filter(
    ({ rewrite, answer }) => rewrite !== null && (answer === null || answer === 'not compared'),
  );
  const title = (id: string) => queries.find(query => query.id === id)?.title ?? id;
  return [
    ...(complete ? [] : ['Not finished: what follows is what was known when it was stopped.']),
    ...(budgetSpent
      ? [
          'The time for measuring was spent before every difference was clear: "no clear difference" may only mean too few runs.',
        ]
      : []),
    ...leftOut.map(({ id, reason }) => harmless(`${id} was left out: ${reason}`)),
    ...queries.flatMap(({ title, failure }) =>
      failure === null ? [] : [harmless(`${title} was left out: ${failure}`)],
    ),
    ...different.map(({ rewrite: key }) => {
      // `query@rewrite`: the query's id may have an @ in the label of its values.
      const at = key.lastIndexOf('@');
      return harmless(
        `NOT THE SAME ANSWER: the rewrite ${key.slice(at)} of ${title(key.slice(0, at))} returns other rows than the query. No configuration that reads it is a choice.`,
      );
    }),
    ...uncompared.map(({ query, rewrite }) =>
      harmless(
        `Whether the rewrite @${rewrite} of ${title(query)} returns what the query does is not known: they were not compared.`,
      ),
    ),
  ];
}

/** Nothing where it was measured of none: it was not asked for. */
function writesText({ proposals }: AdviceDocument, { proposals: kept, costs }: ChoiceModel): string[] {
  if (costs.writeMs !== null) return [`${formatMs(costs.writeMs)} more for a row written`];
  if (proposals.every(({ writeMs }) => writeMs === null)) return [];
  const unmeasured = proposals.filter(
    ({ id, kind, writeMs }) => kept.includes(id) && kind !== 'drop' && writeMs === null,
  );
  return [
    `and for a row written what was not measured of ${unmeasured.map(({ id }) => harmless(id)).join(', ')}`,
  ];
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
    ...writesText(document, choice),
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

/**
 * The headline.
 * @param title Of a query, harmless.
 */
export function savedText(
  { savedMs, interval, atLeast, stopped, beforeMs, weighted }: ChoiceModel['saved'],
  title: (query: string) => string,
): string {
  const [day, once] = weighted ? [' a day', ''] : ['', ' in one call of each query'];
  if (savedMs === null) return `What it saves${day}${once} is not known: not all of it was measured.`;
  const word = savedMs < 0 ? 'costs' : 'saves';
  const bound = atLeast ? 'at least ' : '';
  const isBound = atLeast || stopped.length > 0;
  const of = beforeMs === null ? '' : ` of ${isBound ? '> ' : ''}${formatMs(beforeMs)}`;
  const without =
    stopped.length === 0
      ? ''
      : ` Not counted, because it was stopped before and after: ${stopped.map(title).join(', ')}.`;
  const sure =
    interval === null
      ? 'no interval: not all plans were run twice'
      : `95 % interval ${interval.map(signedMs).join(' to ')}`;
  const total = `It ${word} ${bound}${formatMs(Math.abs(savedMs))}${savedMs < 0 ? ' more time' : of}${day}${once}`;
  return savedMs === 0 && interval?.every(end => end === 0)
    ? 'It saves no time.'
    : `${total} (${sure}).${without}`;
}

const signedMs = (ms: number) => (ms < 0 ? `−${formatMs(-ms)}` : formatMs(ms));

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
