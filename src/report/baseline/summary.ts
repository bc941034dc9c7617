/** A comparison → the job summary of GitHub Actions, in Markdown. Pure. */
import type { ComparedQuery, Comparison } from './compare.ts';
import { codeBlock, html, markdown } from './markdown.ts';
import { told } from './text.ts';
import { counts, differences, origin, remarkText, short, sidesText, timesOf, verdict } from './words.ts';

/** GitHub takes 1 MiB a step, and nothing of what is more. */
export const SUMMARY_BYTES = 1024 ** 2;
/** Room for the sentence that something was left out. */
const SPARE = 200;
/** Of a cell; a title can be a whole statement. */
const LONGEST = 300;

/** @param budget Bytes there is room for. @returns Whole parts as far as they fit; '' where nothing does. */
export function jobSummary(comparison: Comparison, budget: number): string {
  const { queries, circumstances } = comparison;
  const sides = sidesText(comparison);
  const head = [
    `## Plans: ${markdown(counts(comparison))}`,
    '',
    `Compared with ${cell(origin(comparison))}.${sides === undefined ? '' : ` ${cell(sides)}.`}`,
    '',
    ...circumstances.map(text => `- Plans may differ for another reason, too: ${cell(text)}`),
    ...(circumstances.length === 0 ? [] : ['']),
    '| # | Query | Baseline | Now | Compared with the baseline |',
    '|--:|---|--:|--:|---|',
    '',
  ].join('\n');
  const left = { bytes: budget - SPARE - Buffer.byteLength(head) };
  if (left.bytes < 0) return '';
  const rows = fitting(queries.map(rowOf), left);
  const details = fitting(told(comparison).map(detailOf), left);
  const missing = queries.length - rows.length + told(comparison).length - details.length;
  const more =
    missing === 0 ? '' : `\n${missing} rows and plans more did not fit: GitHub takes no more than 1 MiB.\n`;
  return `${head}${rows.join('')}\n${details.join('')}${more}`;
}

function fitting(parts: readonly string[], left: { bytes: number }): readonly string[] {
  const taken: string[] = [];
  for (const part of parts) {
    const bytes = Buffer.byteLength(part);
    if (bytes > left.bytes) break;
    left.bytes -= bytes;
    taken.push(part);
  }
  return taken;
}

function rowOf(query: ComparedQuery): string {
  const [baseline, now] = timesOf(query);
  const said = verdict(query);
  const cells = [
    query.status === 'gone' ? '–' : String(query.number ?? '–'),
    cell(query.title),
    cell(baseline),
    cell(now),
    query.status === 'worse' ? `**${cell(said)}**` : cell(said),
  ];
  return `| ${cells.join(' | ')} |\n`;
}

/** Folded, unless it got worse. Markdown inside needs the empty lines around it. */
function detailOf(query: ComparedQuery): string {
  const title = `${query.number ?? query.id}. ${query.title}: ${verdict(query)}`;
  return [
    `<details${query.status === 'worse' ? ' open' : ''}><summary>${html(short(title, LONGEST))}</summary>`,
    '',
    ...query.remarks.map(remark => `- ${cell(remarkText(remark, query))}`),
    '',
    ...differences(query).flatMap(({ heading, lines }) => [
      `${cell(heading)}, baseline and now:`,
      '',
      codeBlock(lines, 'diff'),
      '',
    ]),
    '</details>',
    '',
    '',
  ].join('\n');
}

const cell = (text: string): string => markdown(short(text, LONGEST));
