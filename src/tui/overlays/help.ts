/** The help, made from the key table, and the signs on the screen explained. */
import { cells, type Line, left } from '../cell.ts';
import { BINDINGS, GROUPS, type Group, keyNames } from '../keymap.ts';

const KEYS = 16;

function groupLines(group: Group): Line[] {
  const bindings = BINDINGS.filter(binding => binding.group === group);
  return [
    [{ text: group, bold: true }],
    ...bindings.map((binding): Line => {
      const where =
        binding.places.length === 1 && binding.places[0] !== 'overlay' ? ` (${binding.places[0]})` : '';
      return [
        { text: `  ${left(keyNames(binding).join(' '), KEYS)}`, color: 'cyan' },
        { text: binding.title },
        { text: where, dim: true },
      ];
    }),
    [],
  ];
}

const SIGNS: readonly (readonly [string, string])[] = [
  ['measured', 'run under this very configuration; the median of the runs'],
  ['reused', 'run under another configuration that has the identical plan'],
  ['estimated', "the planner's cost; it was not run (yet)"],
  ['> 30 s', 'stopped at the timeout: it takes longer than that'],
  ['≥', 'at least: something that is on is not built yet'],
  ['projected', 'bytes × production rows ÷ rows here'],
  ['+ - ~ >', 'node added, removed, changed or moved against the other plan'],
  ['◀ 83 %', 'the costliest node and its own share of the time'],
  ['⚠', 'sequential scan on a table that is large here or in production'],
];

export function helpLines(width: number): Line[] {
  const signs: Line[] = [
    [{ text: 'Signs', bold: true }],
    ...SIGNS.map(
      ([sign, words]): Line => [{ text: `  ${left(sign, KEYS)}`, color: 'cyan' }, { text: words }],
    ),
  ];
  const columns = [...GROUPS.map(groupLines)];
  const all = columns.flat();
  const widest = Math.max(
    ...[...all, ...signs].map(line => line.reduce((sum, span) => sum + cells(span.text), 0)),
  );
  if (width < widest * 2 + 4) return [...all, ...signs];
  // Two columns where they fit: keys to switch and move on the left, the rest and the signs on the right.
  const start = columns.slice(0, 2).flat();
  const end = [...columns.slice(2).flat(), ...signs];
  return Array.from({ length: Math.max(start.length, end.length) }, (_, index) => {
    const first = start[index] ?? [];
    const used = first.reduce((sum, span) => sum + cells(span.text), 0);
    return [...first, { text: ' '.repeat(widest + 4 - used) }, ...(end[index] ?? [])];
  });
}
