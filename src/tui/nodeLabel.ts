/** A node's label in the cells there are: relation and index stay readable the longest. */

import { harmless } from '../format/harmless.ts';
import type { PlanNode } from '../plan/types.ts';
import { cells, truncate, truncateMiddle } from './cell.ts';

const SHORT: readonly (readonly [RegExp, string])[] = [
  [/\bParallel /, '∥ '],
  [/\bIndex Only Scan\b/, 'Idx Only Scan'],
  [/\bBitmap Heap Scan\b/, 'Bitmap Heap'],
  [/\bBitmap Index Scan\b/, 'Bitmap Idx'],
  [/\bIndex Scan\b/, 'Idx Scan'],
  [/\bMaterialize\b/, 'Materialize'],
  [/\bAggregate\b/, 'Agg'],
  [/ Backward\b/, ' ↓'],
];

/** The node's kind without what it reads: `Parallel Index Only Scan`. */
function kind(node: PlanNode): string {
  const end = node.label.search(/ (using|on) /);
  return end < 0 ? node.label : node.label.slice(0, end);
}

function shorten(text: string): string {
  return SHORT.reduce((short, [long, replacement]) => short.replace(long, replacement), text);
}

/** The first wording that fits `width` cells, from EXPLAIN's own to one with its middle cut out. */
export function nodeLabel(node: PlanNode, width: number): string {
  const prefix =
    node.subplanName === undefined ? '' : `${harmless(node.subplanName).replace(/ \(returns .*\)$/, '')}: `;
  const label = harmless(node.label);
  const read = node.index ?? node.relation;
  const name = read === undefined ? undefined : harmless(read);
  const short = shorten(harmless(kind(node)));
  const wordings = [
    prefix + label,
    ...(node.alias !== undefined && label.endsWith(` ${node.alias}`)
      ? [prefix + label.slice(0, -node.alias.length - 1)]
      : []),
    ...(name === undefined ? [] : [`${prefix}${harmless(kind(node))} ${name}`, `${prefix}${short} ${name}`]),
    ...(name === undefined ? [prefix + shorten(label), shorten(label)] : [`${short} ${name}`]),
  ];
  const fitting = wordings.find(wording => cells(wording) <= width);
  if (fitting !== undefined) return fitting;
  if (name === undefined) return truncate(shorten(label), width);
  const room = width - cells(short) - 1;
  if (room >= 12) return `${short} ${truncateMiddle(name, room)}`;
  // Hardly any room: the name tells more than the kind of scan.
  const kindRoom = Math.max(3, Math.min(cells(short), Math.floor(width / 3)));
  return `${truncate(short, kindRoom)} ${truncateMiddle(name, width - kindRoom - 1)}`;
}
