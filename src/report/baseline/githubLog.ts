/** A comparison → the log of GitHub Actions with annotations, and the job summary. */
import { type AnnotationLevel, annotation, group, inert } from '../../base/workflowCommands.ts';
import { details, fence, table, text } from '../markdown.ts';
import type { ComparedQuery, Comparison, Status } from './compare.ts';
import {
  BY_ITSELF,
  changedQueries,
  comparisonHead,
  detailHeading,
  detailLines,
  STILL_FAILING,
  stillFailingLines,
} from './text.ts';
import {
  counts,
  differences,
  hasAnotherPlan,
  origin,
  remarkText,
  short,
  sidesText,
  timesOf,
  verdict,
} from './words.ts';

/**
 * GitHub shows ten annotations of each level per step: queries that got worse, or slower with another plan, have
 * their own; the rest share one.
 * @param failures Why the check itself fails.
 * @param fileOf Id of a query → its file in the workspace.
 * @returns Text with a trailing newline.
 */
export function githubLog(
  comparison: Comparison,
  failures: readonly string[],
  fileOf: (id: string) => string | undefined,
): string {
  const { queries, circumstances } = comparison;
  const of = (...statuses: Status[]) => queries.filter(({ status }) => statuses.includes(status));
  const single = (level: AnnotationLevel, what: string, query: ComparedQuery) =>
    annotation(level, { file: fileOf(query.id), title: `${what}: ${query.title}` }, [
      `${query.title}: ${verdict(query)}`,
      ...query.remarks.map(remark => remarkText(remark, query)),
    ]);
  const shared = (level: AnnotationLevel, title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [annotation(level, { title }, lines)];
  const each = (query: ComparedQuery) => {
    const said = query.remarks.map(remark => remarkText(remark, query)).join('; ');
    return `${query.title}: ${said === '' ? verdict(query) : said}`;
  };
  const slower = of('slower')
    .filter(query => !hasAnotherPlan(query))
    .map(each);
  const noise =
    slower.length === 0
      ? []
      : ['Times differ between machines and from minute to minute: this alone fails nothing'];
  return [
    inert(comparisonHead(comparison)),
    '',
    ...of('worse').map(query => single('error', 'Worse than the baseline', query)),
    ...shared('error', BY_ITSELF, failures),
    ...shared('warning', STILL_FAILING, stillFailingLines(comparison)),
    ...shared('warning', 'Plans may differ for other reasons, too', circumstances),
    ...of('slower')
      .filter(hasAnotherPlan)
      .map(query => single('warning', 'Slower, with another plan', query)),
    ...shared('warning', 'Slower than in the baseline', [...slower, ...noise]),
    ...of('changed').map(query => single('notice', 'Another plan', query)),
    ...shared('notice', 'Better than the baseline', of('better').map(each)),
    ...shared('notice', 'Not in both', of('new', 'gone').map(each)),
    ...changedQueries(comparison).map(query => group(detailHeading(query), detailLines(query).join('\n'))),
    '',
  ].join('\n');
}

/** GitHub refuses more than 1 MiB per step. */
export const SUMMARY_BYTES = 1024 ** 2;
/** Room for the sentence about omitted parts. */
const SPARE = 200;
/** The summary lists at most this many failures; the log lists all. */
const MOST_FAILURES = 20;
/** Maximum length of a cell, because a title may be a whole statement. */
const LONGEST = 300;

/**
 * @param budget The space in bytes.
 * @returns As many whole parts as fit; '' if none does.
 */
export function jobSummary(comparison: Comparison, failures: readonly string[], budget: number): string {
  const { queries, circumstances } = comparison;
  const still = stillFailingLines(comparison);
  const sides = sidesText(comparison);
  const head = [
    `## Plans: ${text(counts(comparison))}`,
    '',
    `Compared with ${cell(origin(comparison))}.${sides === undefined ? '' : ` ${cell(sides)}.`}`,
    '',
    ...circumstances.map(why => `- Plans may differ for another reason, too: ${cell(why)}`),
    ...failures.slice(0, MOST_FAILURES).map(why => `- **${BY_ITSELF}:** ${cell(why)}`),
    ...still.slice(0, MOST_FAILURES).map(why => `- ${STILL_FAILING}: ${cell(why)}`),
    ...(circumstances.length + failures.length + still.length === 0 ? [] : ['']),
    table(['#', 'Query', 'Baseline', 'Now', 'Compared with the baseline'], [], new Set([0, 2, 3])),
    '',
  ].join('\n');
  const left = { bytes: budget - SPARE - Buffer.byteLength(head) };
  if (left.bytes < 0) return '';
  const rows = fitting(queries.map(rowOf), left);
  const details = fitting(changedQueries(comparison).map(detailOf), left);
  const missing = queries.length - rows.length + changedQueries(comparison).length - details.length;
  const more =
    missing === 0 ? '' : `\n${missing} more rows and plans did not fit: GitHub accepts at most 1 MiB.\n`;
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

/** Folded unless the query got worse. */
function detailOf(query: ComparedQuery): string {
  const title = `${query.number ?? query.id}. ${query.title}: ${verdict(query)}`;
  const body = [
    query.remarks.map(remark => `- ${cell(remarkText(remark, query))}`).join('\n'),
    ...differences(query).flatMap(({ heading, lines }) => [
      `${cell(heading)}, baseline and now:`,
      fence('diff', lines),
    ]),
  ].join('\n\n');
  return `${details(short(title, LONGEST), body, query.status === 'worse')}\n\n`;
}

const cell = (data: string): string => text(short(data, LONGEST));
