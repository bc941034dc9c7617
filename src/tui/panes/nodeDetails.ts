/** The node under the cursor in words: one or two lines below the tree. */

import { formatCount } from '../../format/count.ts';
import { harmless } from '../../format/harmless.ts';
import type { Plan } from '../../plan/types.ts';
import { type Line, type Span, truncate } from '../cell.ts';
import type { PlanRow } from '../model/planRows.ts';
import { percent } from '../words.ts';

const CHANGE_WORDS = {
  same: undefined,
  added: 'not in the other plan',
  removed: 'gone in the other plan',
  changed: 'changed',
  moved: 'moved',
} as const;

/** Conditions first: they say why the node is there. */
const FIRST =
  /^(Index Cond|Recheck Cond|Filter|Hash Cond|Merge Cond|Join Filter|Sort Key|Group Key|Presorted Key)/;

/** What is remarkable about a node, in words. */
export function remarks(
  { node, share, costliest, largeScan, change, changeText }: PlanRow,
  plan: Plan,
): string[] {
  const words: string[] = [];
  if (costliest) words.push(`costliest: ${percent(share)} of the ${plan.timed ? 'time' : 'cost'}`);
  if (largeScan !== undefined) {
    const where = largeScan.where === 'here' ? '' : ' in production';
    words.push(`seq scan on large table: ${formatCount(largeScan.rows)} rows${where}`);
  }
  const changed = CHANGE_WORDS[change];
  if (changed !== undefined) words.push(changeText === '' ? changed : `${changed}: ${harmless(changeText)}`);
  if (node.actual?.executed === false) words.push('never executed');
  return words;
}

export function nodeDetails(planRow: PlanRow, plan: Plan, width: number, lines: 1 | 2): Line[] {
  const { node, largeScan } = planRow;
  const notes = remarks(planRow, plan).join(' · ');
  const conditions = [...node.details]
    .sort((a, b) => Number(FIRST.test(b.key)) - Number(FIRST.test(a.key)))
    .map(({ key, value }) => `${key}: ${harmless(value)}`)
    .join(' · ');
  const head: Span = { text: ` ${harmless(node.label)}`, bold: true };
  const noted: Span = { text: notes, ...(largeScan === undefined ? {} : { color: 'red' as const }) };
  if (lines === 2)
    return [
      notes === '' ? [head] : [head, { text: ' · ' }, noted],
      [{ text: ` ${truncate(conditions === '' ? 'no conditions' : conditions, width - 1)}`, dim: true }],
    ];
  return [
    [
      { text: ' ' },
      noted,
      { text: notes === '' ? '' : ' · ' },
      { text: conditions === '' ? node.label : conditions },
    ],
  ];
}
