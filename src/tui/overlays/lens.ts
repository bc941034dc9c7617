/** What production is taken to be: its tables, which columns have more values there, and what the lens could not take. */
import { formatBytes } from '../../format/bytes.ts';
import { formatCount } from '../../format/count.ts';
import { harmless } from '../../format/harmless.ts';
import { cells, type Line, left, right, wrap } from '../cell.ts';
import type { State } from '../state/types.ts';

const NOT_ASKED =
  'p makes a lens: this database as large as in production, without its rows, in which PostgreSQL plans as it would there.';
const NEVER_RUN =
  'Plans and sizes at production size are worked out from the rows that schema/workload.json says production has. Nothing can be run there: there are no times, and what is measured here says nothing about a query that production plans otherwise (Δ).';

export function lensLines({ production, session }: State, width: number): Line[] {
  const dim = (text: string): Line[] => wrap(text, width).map(line => [{ text: line, dim: true }]);
  if (production === undefined) return dim(NOT_ASKED);
  if (production.state === 'failed')
    return wrap(harmless(production.words), width).map(text => [{ text, color: 'red' }]);
  const { facts, notes } = production;
  const here = new Map(session?.tables.map(table => [table.name, table]) ?? []);
  const tables = [...(facts?.tables ?? [])].sort((a, b) => b.rows - a.rows);
  const name = Math.min(40, Math.max(5, ...tables.map(table => cells(table.name))));
  const heading = `${left('table', name)} ${right('rows here', 11)} ${right('in production', 14)} ${right('size there', 12)}`;
  return [
    ...dim(NEVER_RUN),
    [],
    [{ text: heading, bold: true }],
    ...tables.map(
      (table): Line => [
        { text: left(harmless(table.name), name) },
        { text: ` ${right(rows(here.get(table.name)?.rows), 11)}` },
        { text: ` ${right(rows(table.rows), 14)}` },
        { text: ` ${right(formatBytes(table.bytes), 12)}` },
      ],
    ),
    [],
    [{ text: 'Taken for granted, and left out', bold: true }],
    ...(notes.length === 0 ? dim('nothing') : []),
    ...notes.flatMap(({ what, why }) =>
      wrap(harmless(`${what}: ${why}`), width - 2).map(
        (text, at): Line => [{ text: `${at === 0 ? '· ' : '  '}${text}` }],
      ),
    ),
  ];
}

const rows = (count: number | undefined): string => (count === undefined ? '–' : formatCount(count));
