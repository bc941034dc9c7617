/** A comparison → what reads well in the log of GitHub Actions, and is noted beside the files of a pull request. Pure. */
import type { ComparedQuery, Comparison, Status } from './compare.ts';
import {
  BY_ITSELF,
  comparisonHead,
  detailHeading,
  detailLines,
  STILL_FAILING,
  stillFailingLines,
  told,
} from './text.ts';
import { hasAnotherPlan, remarkText, verdict } from './words.ts';
import { type AnnotationLevel, annotation, group, inert } from './workflow.ts';

/**
 * GitHub shows ten notes of each level a step: what got worse, or slower by another plan, has its own beside its
 * file; the rest shares.
 * @param failures Why the check fails by itself.
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
    slower.length === 0 ? [] : ['Times of two machines, or of two minutes, differ: this alone fails nothing'];
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
    ...told(comparison).map(query => group(detailHeading(query), detailLines(query).join('\n'))),
    '',
  ].join('\n');
}
