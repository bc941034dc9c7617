/** A comparison → text for a log: what got worse, a table of all queries, and the differences of plans. */
import { sanitize } from '../../base/format.ts';
import { columns } from '../columns.ts';
import type { ComparedQuery, Comparison } from './compare.ts';
import {
  counts,
  differences,
  MOST_OF_A_TITLE,
  origin,
  remarkText,
  short,
  sidesText,
  timesOf,
  verdict,
} from './words.ts';

/**
 * @param failures Why the check itself fails.
 * @returns Text with a trailing newline.
 */
export function comparisonText(comparison: Comparison, failures: readonly string[]): string {
  const sections = [comparisonHead(comparison), ...changedQueries(comparison).map(detailText)];
  if (failures.length > 0)
    sections.push([`${BY_ITSELF}:`, ...failures.map(why => `  ${sanitize(short(why))}`)].join('\n'));
  const still = stillFailingLines(comparison);
  if (still.length > 0)
    sections.push([`${STILL_FAILING}:`, ...still.map(why => `  ${sanitize(short(why))}`)].join('\n'));
  return `${sections.join('\n\n')}\n`;
}

export const BY_ITSELF = 'The check fails, whatever the baseline';
export const STILL_FAILING = 'Still failing, as in the baseline (fails nothing here)';

/** Worded like the failures of queries. */
export const stillFailingLines = ({ stillFailing }: Comparison): readonly string[] =>
  stillFailing.map(({ id, title, text }) => `${id}, ${title}: ${text}`);

/** The verdict and the table. */
export function comparisonHead(comparison: Comparison): string {
  const { circumstances, queries } = comparison;
  const sides = sidesText(comparison);
  const lines = [
    `Compared with ${origin(comparison)}: ${counts(comparison)}`,
    ...(sides === undefined ? [] : [`  ${sides}`]),
    ...circumstances.map(text => `  plans may differ for another reason, too: ${text}`),
  ];
  const table = columns(
    ['#', 'query', 'baseline', 'now', 'compared with the baseline'],
    queries.map(query => [
      query.status === 'gone' ? '–' : String(query.number ?? '–'),
      short(query.title, MOST_OF_A_TITLE),
      ...timesOf(query),
      verdict(query),
    ]),
    new Set([2, 3]),
  );
  return `${lines.map(line => sanitize(short(line, 2000))).join('\n')}\n\n${table}`;
}

/** Queries with remarks, which the table has no room for. */
export function changedQueries({ queries }: Comparison): readonly ComparedQuery[] {
  return queries.filter(({ remarks }) => remarks.length > 0);
}

/** `query 1, Orders of a customer`, its remarks, and the difference of its plans. */
function detailText(query: ComparedQuery): string {
  return [detailHeading(query), ...detailLines(query)].join('\n');
}

export function detailHeading(query: ComparedQuery): string {
  return sanitize(short(`query ${query.number ?? query.id}, ${query.title}: ${verdict(query)}`));
}

export function detailLines(query: ComparedQuery): readonly string[] {
  return [
    ...query.remarks.map(remark => `  ${sanitize(remarkText(remark, query))}`),
    ...differences(query).flatMap(({ heading, lines }) => [
      `  ${heading}, baseline (-) and now (+):`,
      ...lines.map(line => `  ${sanitize(line)}`),
    ]),
  ];
}
