/** A node's label in the cells there are: relation and index stay readable the longest. */

import { sanitize } from '../base/format.ts';
import type { PlanNode } from '../plan/plan.ts';
import { cells, truncate, truncateMiddle } from './cell.ts';

type Shortenings = readonly (readonly [RegExp, string])[];

const SHORT: Shortenings = [
  [/\bParallel /, '∥ '],
  [/\bIndex Only Scan\b/, 'Idx Only Scan'],
  [/\bIndex Scan\b/, 'Idx Scan'],
  [/\bBitmap Heap Scan\b/, 'Bitmap Heap'],
  [/\bBitmap Index Scan\b/, 'Bitmap Idx'],
  [/Aggregate\b/, 'Agg'],
  [/ Backward\b/, ' ↓'],
];

const SHORTEST: Shortenings = [
  [/\bIdx Only Scan\b/, 'IdxOnly'],
  [/\bIdx Scan\b/, 'Idx'],
  [/\bSeq Scan\b/, 'Seq'],
  [/\bBitmap Heap\b/, 'BmpHeap'],
  [/\bBitmap Idx\b/, 'BmpIdx'],
  [/^∥ /, '∥'],
];

/** The node's kind without what it reads: `Parallel Index Only Scan`. */
function kind(node: PlanNode): string {
  const end = node.label.search(/ (using|on) /);
  return end < 0 ? node.label : node.label.slice(0, end);
}

function shorten(text: string, by: Shortenings = SHORT): string {
  return by.reduce((short, [long, replacement]) => short.replace(long, replacement), text);
}

/** For `Parallel Index Only Scan idx`: the node's own name and the whole name of the index or relation. */
export function wholeLabelCells(node: PlanNode): number {
  const read = node.index ?? node.relation;
  return read === undefined ? cells(sanitize(node.label)) : cells(sanitize(`${kind(node)} ${read}`));
}

/** The first wording that fits `width` cells, from EXPLAIN's own to one with its middle cut out. */
export function nodeLabel(node: PlanNode, width: number): string {
  const prefix =
    node.subplanName === undefined ? '' : `${sanitize(node.subplanName).replace(/ \(returns .*\)$/, '')}: `;
  const label = sanitize(node.label);
  const read = node.index ?? node.relation;
  const name = read === undefined ? undefined : sanitize(read);
  const short = shorten(sanitize(kind(node)));
  const shortest = shorten(short, SHORTEST);
  const wordings = [
    prefix + label,
    ...(node.alias !== undefined && label.endsWith(` ${node.alias}`)
      ? [prefix + label.slice(0, -node.alias.length - 1)]
      : []),
    ...(name === undefined ? [] : [`${prefix}${sanitize(kind(node))} ${name}`, `${prefix}${short} ${name}`]),
    ...(name === undefined
      ? [prefix + shorten(label), shorten(label)]
      : [`${short} ${name}`, `${shortest} ${name}`]),
  ];
  const fitting = wordings.find(wording => cells(wording) <= width);
  if (fitting !== undefined) return fitting;
  if (name === undefined) return truncate(shorten(label), width);
  // The name says more than the kind of scan, and its ends say more than its middle.
  const room = Math.max(4, width - cells(shortest) - 1);
  return truncate(`${shortest} ${truncateMiddle(name, room)}`, width);
}
