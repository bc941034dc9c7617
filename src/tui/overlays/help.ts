/** The help, made from the key table, and the signs on the screen explained. */
import { fitted, type Line, left, lineCells } from '../cell.ts';
import { bindingsOf, keyNames } from '../keys/bindings.ts';
import { GROUPS, type Group, type Program } from '../keys/keyTable.ts';
import { passes } from '../model/selectors.ts';
import type { PaneId, State } from '../state/state.ts';

const KEYS = 15;
/** For other places the heading says enough. */
const NAMED: ReadonlySet<string> = new Set(['proposals', 'queries', 'editing']);

type Context = Pick<State, 'filters' | 'focus'>;

function groupLines(group: Group, program: Program, context: Context | undefined): Line[] {
  const bindings = bindingsOf(program).filter(
    binding =>
      binding.group === group &&
      isSought(context, `${group} ${keyNames(binding).join(' ')} ${binding.title}`),
  );
  return [
    [{ text: group, bold: true }],
    ...bindings.map((binding): Line => {
      const [where] = binding.places.length === 1 ? binding.places.filter(one => NAMED.has(one)) : [];
      return [
        { text: `  ${left(keyNames(binding).join(' '), KEYS)}`, color: 'cyan' },
        { text: binding.title },
        { text: where === undefined ? '' : ` (${where})`, dim: true },
      ];
    }),
    [],
  ];
}

/** The third says that only the explorer has it. */
const SIGNS: readonly (readonly [string, string, 'explorer'?])[] = [
  ['measured', 'median of runs, this configuration', 'explorer'],
  ['reused', 'measured elsewhere, identical plan', 'explorer'],
  ['estimated', "the planner's cost: not run, or not yet", 'explorer'],
  ['hypothetical', 'cannot be built; estimated by HypoPG', 'explorer'],
  ['> 30 s', 'stopped at the timeout', 'explorer'],
  ['≥ 46 MB', 'at least: not all that is on is built', 'explorer'],
  ['projected', 'bytes × production rows ÷ rows here', 'explorer'],
  ['planned', 'by PostgreSQL in a lens: never run', 'explorer'],
  ['= ≈ ≠ ?', 'rewrite: same answer, ties, other', 'explorer'],
  ['✓ ✗ – ?', 'pass, fail, not tested, not measured', 'explorer'],
  ['[ ]*', 'a suggestion of the search (S)', 'explorer'],
  ['unused', 'on, and in none of the plans', 'explorer'],
  ['+ - ~ >', 'node added, removed, changed, moved'],
  ['├ └', 'children; an only child may stand below'],
  ['◀ 83 %', 'costliest node and its own share'],
  ['⚠ ! ·', 'findings: severe, warning, notice'],
  ['⋯ 12', 'collapsed: nodes out of sight'],
  ['∥ Idx IdxOnly', 'parallel, index (only) scan'],
  ['rows, est.', 'over all loops and processes'],
  ['self', 'without children, run with TIMING ON'],
];

const GAP = 4;

const isSought = (context: Context | undefined, text: string): boolean =>
  context === undefined || passes(context, 'help', text);

/** Groups of the pane that had the keyboard; they come first. */
const OF_PANE: Readonly<Record<PaneId, readonly Group[]>> = {
  proposals: ['Switch', 'Propose'],
  queries: ['Move', 'Measure'],
  plan: ['Plan', 'Search'],
};

/**
 * Groups flow into as many columns as fit, each into the one that is shortest so far.
 * @param context The explorer's: the pane whose keys come first, and the filter.
 */
export function helpLines(width: number, program: Program = 'explorer', context?: Context): Line[] {
  const signs: Line[] = [
    [{ text: 'Signs', bold: true }],
    ...SIGNS.filter(
      ([sign, words, only]) =>
        (only === undefined || only === program) && isSought(context, `Signs ${sign} ${words}`),
    ).map(([sign, words]): Line => [{ text: `  ${left(sign, KEYS)}`, color: 'cyan' }, { text: words }]),
    [],
  ];
  const first = context === undefined ? [] : OF_PANE[context.focus];
  const groups = [...first, ...GROUPS.filter(group => group !== 'Text' && !first.includes(group))];
  const blocks = [...groups.map(group => groupLines(group, program, context)), signs].filter(
    block => block.length > 2,
  );
  if (blocks.length === 0) return [[{ text: 'no key and no sign has these words', dim: true }]];
  const widest = Math.max(...blocks.flat().map(lineCells));
  const count = Math.max(1, Math.floor((width + GAP) / (widest + GAP)));
  const columns: Line[][] = Array.from({ length: count }, () => []);
  for (const block of blocks) {
    const shortest = columns.reduce((best, column) => (column.length < best.length ? column : best));
    shortest.push(...block);
  }
  const height = Math.max(...columns.map(column => column.length));
  return Array.from({ length: height }, (_, index) =>
    columns.flatMap((column, position) => [
      ...(position === 0 ? [] : [{ text: ' '.repeat(GAP) }]),
      ...fitted(column[index] ?? [], widest),
    ]),
  );
}
