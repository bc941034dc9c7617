/** Assumptions about production: its tables, which columns have more values there, and what the lens could not take. */
import { formatBytes, formatCount, formatThousands, sanitize } from '../../base/format.ts';
import type { LensFacts, TableFact } from '../../session/events.ts';
import { cells, type Line, left, right, wrap } from '../cell.ts';
import type { State } from '../state/state.ts';

const NOT_ASKED =
  'p makes a lens: this database as large as in production, without its rows, in which PostgreSQL plans as it would there.';
const OF_FILE =
  'its schema, statistics and sizes, without a row of it. PostgreSQL plans in it as it would there; nothing can be run, so there are no times. Sizes of proposals are worked out from the statistics.';
const NEVER_RUN =
  'Plans and sizes at production size are worked out from the rows that schema/workload.json says production has. Nothing can be run there: there are no times, and what is measured here says nothing about a query that production plans otherwise (Δ).';

export function lensLines({ production, session }: State, width: number): Line[] {
  const dim = (text: string): Line[] => wrap(text, width).map(line => [{ text: line, dim: true }]);
  if (session?.lens !== undefined) {
    const { of, hidden } = session.lens;
    return [
      ...dim(sanitize(`A lens of ${of}: ${OF_FILE}`)),
      [],
      ...tableLines(session.tables, undefined),
      [],
      [{ text: 'Left out of it, or not as it was', bold: true }],
      ...noteLines(hidden, width),
    ];
  }
  if (production === undefined) return dim(NOT_ASKED);
  if (production.state === 'failed')
    return wrap(sanitize(production.words), width).map(text => [{ text, color: 'red' }]);
  const { facts, notes } = production;
  return [
    ...dim(NEVER_RUN),
    [],
    ...tableLines(facts?.tables ?? [], session?.tables ?? []),
    [],
    [{ text: 'Taken for granted, and left out', bold: true }],
    ...noteLines(notes, width),
  ];
}

/** @param here The same tables in this database; undefined without one. */
function tableLines(tables: readonly TableFact[], here: readonly TableFact[] | undefined): Line[] {
  const known = new Map(here?.map(table => [table.name, table]) ?? []);
  const shown = [...tables].sort((a, b) => b.rows - a.rows).slice(0, MOST_SHOWN);
  const name = Math.min(40, Math.max(5, ...shown.map(table => cells(sanitize(table.name)))));
  const hereCells = (text: string) => (here === undefined ? '' : ` ${right(text, 11)}`);
  const heading = `${left('table', name)}${hereCells('rows here')} ${right('in production', 14)} ${right('size there', 12)}`;
  return [
    [{ text: heading, bold: true }],
    ...shown.map(
      (table): Line => [
        { text: left(sanitize(table.name), name) },
        { text: hereCells(rows(known.get(table.name)?.rows)) },
        { text: ` ${right(rows(table.rows), 14)}` },
        { text: ` ${right(formatBytes(table.bytes), 12)}` },
      ],
    ),
    ...moreLine(tables.length - shown.length),
  ];
}

/** More is not readable, in a schema of 100,000 tables, and they are laid out anew with each key. */
const MOST_SHOWN = 500;

const moreLine = (count: number): Line[] =>
  count > 0 ? [[{ text: `… and ${formatThousands(count)} more`, dim: true }]] : [];

function noteLines(notes: LensFacts['hidden'], width: number): Line[] {
  if (notes.length === 0) return [[{ text: 'nothing', dim: true }]];
  const lines = notes
    .slice(0, MOST_SHOWN)
    .flatMap(({ what, why }) =>
      wrap(sanitize(`${what}: ${why}`), width - 2).map(
        (text, at): Line => [{ text: `${at === 0 ? '· ' : '  '}${text}` }],
      ),
    );
  return [...lines, ...moreLine(notes.length - MOST_SHOWN)];
}

const rows = (count: number | undefined): string => (count === undefined ? '–' : formatCount(count));
