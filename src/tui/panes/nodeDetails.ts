/** The node under the cursor in words, below the tree: the more room, the more of it. */
import { formatBlocks } from '../../format/bytes.ts';
import { formatCount } from '../../format/count.ts';
import { harmless } from '../../format/harmless.ts';
import type { Plan } from '../../plan/types.ts';
import { type Line, type Span, truncate, wrap } from '../cell.ts';
import type { PlanRow } from '../model/planRows.ts';
import { percent } from '../words.ts';

const CHANGE_WORDS = {
  same: undefined,
  added: 'not in the plan before',
  removed: 'not in the plan after',
  changed: 'changed',
  moved: 'moved',
} as const;

/** Conditions first: they say why the node is there. */
const FIRST =
  /^(Index Cond|Recheck Cond|Filter|Hash Cond|Merge Cond|Join Filter|Sort Key|Group Key|Presorted Key)/;
/** What every node has under VERBOSE and nobody looks for here; the overlay has it. */
const NOISE = /^(Output|Inner Unique|Async Capable|Single Copy|Query Identifier)$/;

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

/** `94 MB, 12 MB of it read`, of this node alone; '' where there are none. */
function ownBuffers({ node }: PlanRow): string {
  const own = node.actual?.exclusiveBuffers;
  if (own === undefined || own.sharedHit + own.sharedRead === 0) return '';
  const read = own.sharedRead === 0 ? '' : `, ${formatBlocks(own.sharedRead)} of it read`;
  return formatBlocks(own.sharedHit + own.sharedRead) + read;
}

/** Exactly `lines` lines of at most `width` cells, the node's own label first where there is more than one. */
export function nodeDetails(planRow: PlanRow, plan: Plan, width: number, lines: number): Line[] {
  const { node, largeScan } = planRow;
  const room = width - 1;
  const notes = remarks(planRow, plan).join(' · ');
  const details = node.details
    .filter(({ key }) => !NOISE.test(key))
    .sort((a, b) => Number(FIRST.test(b.key)) - Number(FIRST.test(a.key)))
    .map(({ key, value }) => `${key}: ${harmless(value)}`);
  // Where the panes are too narrow for a column of them.
  const buffers = ownBuffers(planRow);
  if (buffers !== '') details.unshift(`Buffers: ${buffers}`);
  const label: Span = { text: ` ${harmless(node.label)}`, bold: true };
  const noted: Span = { text: notes, ...(largeScan === undefined ? {} : { color: 'red' as const }) };
  if (lines < 3) {
    const head: Line =
      notes === '' ? [label] : lines === 1 ? [{ text: ' ' }, noted] : [label, { text: ' · ' }, noted];
    const conditions = details.join(' · ');
    if (lines === 1) return [conditions === '' ? head : [...head, { text: ` · ${conditions}` }]];
    return [head, [{ text: ` ${truncate(conditions, room)}` }]];
  }
  const all: Line[] = [
    [label],
    ...(notes === '' ? [] : wrap(notes, room - 2).map((text): Line => [{ ...noted, text: `   ${text}` }])),
    ...details.flatMap(text =>
      wrap(text, room - 2).map((part, index): Line => [{ text: `${index === 0 ? '   ' : '     '}${part}` }]),
    ),
  ];
  return Array.from({ length: lines }, (_, index) => all[index] ?? []);
}
