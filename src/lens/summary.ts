/** The summary of a lens that was read: what is in it, what is not, and what its values are. Pure. */
import { formatThousands, sanitize } from '../base/format.ts';
import type { LensDocument } from './document.ts';

/** So many lines of a list are printed; all of `hidden` is in the file. */
const SHOWN = 30;

/** @param without What --redact took the values of; undefined: it was not asked for. */
export function summaryLines(document: LensDocument, without: readonly string[] | undefined): string[] {
  const { source, tables, views, hidden } = document;
  const indexes = tables.reduce((sum, table) => sum + table.indexes.length, 0);
  const lines = [
    `A lens of ${source.database}, PostgreSQL ${source.serverVersion}: ${counted(tables.length, 'table')}, ${counted(indexes, 'index', 'indexes')}, ${counted(views.length, 'view')}.`,
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
          'It holds values out of columns (most common values, histograms): data. --redact drops those that are text.',
        ]
      : redactionLines(without)),
  ];
  return lines.map(line => sanitize(line));
}

function redactionLines(without: readonly string[]): string[] {
  const stays =
    'Constants in definitions (views, functions, indexes, constraints, partitions) and labels of enums are schema: they stay.';
  if (without.length === 0) return ['Redacted: no values had to be dropped.', stays];
  return [
    `Redacted: the values of ${counted(without.length, 'column or expression', 'columns and expressions')} were dropped. How many rows match a value, a range or a pattern of theirs the planner will guess from averages:`,
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

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${formatThousands(count)} ${count === 1 ? one : many}`;
