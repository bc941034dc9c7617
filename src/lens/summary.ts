/** The summary that `lens` prints: what the document holds and what it lacks. */
import { plural, sanitize } from '../base/format.ts';
import type { LensDocument } from './document.ts';

/** Lines printed of a list; the file has all of `hidden`. */
const SHOWN = 30;

/** @param without Columns that --redact cleared; undefined without --redact. */
export function summaryLines(document: LensDocument, without: readonly string[] | undefined): string[] {
  const { source, tables, views, hidden } = document;
  const indexes = tables.reduce((sum, table) => sum + table.indexes.length, 0);
  const lines = [
    `A lens of ${source.database}, PostgreSQL ${source.serverVersion}: ${plural(tables.length, 'table')}, ${plural(indexes, 'index', 'indexes')}, ${plural(views.length, 'view')}.`,
    ...(hidden.length === 0
      ? []
      : [
          'Not in it:',
          ...shortened(
            hidden.map(({ what, why }) => `${what}: ${why}`),
            'in the file, under "hidden"',
          ),
        ]),
    ...(without === undefined
      ? [
          'It holds data: values of columns (most common values, histograms). --redact removes those that are text.',
        ]
      : redactionLines(without)),
  ];
  return lines.map(line => sanitize(line));
}

function redactionLines(without: readonly string[]): string[] {
  const stays =
    'Constants in definitions (views, functions, indexes, constraints, partitions) and labels of enums are schema: they stay.';
  if (without.length === 0) return ['Redacted: there were no values to remove.', stays];
  return [
    `Redacted: the values of ${plural(without.length, 'column or expression', 'columns and expressions')} were dropped. The planner guesses from averages how many of their rows match a value, range or pattern:`,
    ...shortened(without, 'not shown here'),
    stays,
  ];
}

function shortened(lines: readonly string[], where: string): string[] {
  const more = lines.length - SHOWN;
  return [
    ...lines.slice(0, SHOWN).map(line => `  ${line}`),
    ...(more > 0 ? [`  … and ${more} more, ${where}`] : []),
  ];
}
