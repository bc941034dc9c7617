/** The marks of the panes, explained: one key away. */
import { type Line, left, type Span, wrap } from '../cell.ts';
import { changeMark, findingMark } from './marks.ts';

type Row = readonly [mark: Span, words: string];

const heading = (text: string): Line => [{ text, bold: true }];

const PLAN: readonly Row[] = [
  [changeMark('changed'), 'the step changed: another scan, join or index'],
  [changeMark('removed'), 'only in the plan before'],
  [changeMark('added'), 'only in the plan after'],
  [changeMark('moved'), 'the same step elsewhere in the tree'],
  [findingMark('severe'), 'a severe finding: its words stand below the tree'],
  [findingMark('warning'), 'a warning'],
  [findingMark('notice'), 'a remark'],
  [{ text: '◀', color: 'magenta', bold: true }, 'the costliest step'],
  [{ text: '∥' }, 'Parallel, where the label is short of room'],
  [{ text: '↓' }, 'Backward, where the label is short of room'],
  [{ text: '⋯ 7', color: 'cyan' }, 'collapsed: 7 steps beneath it are hidden'],
  [{ text: '█▌' }, 'the metric of the step alone; the greatest step of both plans fills the bar'],
];

const LISTS: readonly Row[] = [
  [{ text: '[x]', color: 'green', bold: true }, 'the proposal is on'],
  [{ text: '*' }, 'a suggestion that the search found'],
  [{ text: '✓ ✗ ·' }, 'the run time meets its target, misses it, or is not measured'],
  [{ text: '=', color: 'green' }, 'a rewrite is planned; it returns what the query returns'],
  [{ text: '≈', color: 'green' }, 'the same but for rows that tie in the sort order'],
  [{ text: '≠', color: 'red', bold: true }, 'the rewrite returns something else'],
  [{ text: '?', color: 'magenta' }, 'the answers were not compared'],
  [{ text: '8 of 10' }, 'recall: rows of the exact answer that an approximate index returns'],
  [{ text: 'Δ', color: 'magenta', bold: true }, 'production would choose another plan'],
  [{ text: '> 30 s', bold: true }, 'stopped at the timeout: it takes longer'],
  [{ text: 'm r p', dim: true }, 'at the end of a row: measured, reused from the same plan, only planned'],
  [{ text: 't h', dim: true }, 'at the end of a row: timed out, hypothetical'],
  [{ text: 'cost', dim: true }, 'the planner’s estimate; no time was measured (short: c)'],
  [{ text: 'Σ' }, 'the sum of the run times that are known on both sides'],
];

const MARK = 8;

export function legendLines(width: number, program: 'explorer' | 'viewer'): Line[] {
  const rows = (list: readonly Row[]): Line[] =>
    list.flatMap(([mark, words]) =>
      wrap(words, Math.max(20, width - MARK - 1)).map(
        (part, index): Line => [
          index === 0 ? { ...mark, text: left(mark.text.trim(), MARK) } : { text: ' '.repeat(MARK) },
          { text: part },
        ],
      ),
    );
  const plan = [heading('Plans'), ...rows(PLAN)];
  return program === 'viewer' ? plan : [...plan, [], heading('Queries and proposals'), ...rows(LISTS)];
}
