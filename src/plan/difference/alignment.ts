/** Pairs the nodes of two plans. */
import { groupBy, lowerBound } from '../../base/lists.ts';
import type { Steps } from '../../base/steps.ts';
import type { PlanNode } from '../plan.ts';
import { type Side, scanKey } from './side.ts';

/** Pairs of node ids: partner by id, undefined for an unpaired node. */
export class Matching {
  readonly ofBefore: (number | undefined)[];
  readonly ofAfter: (number | undefined)[];

  constructor(before: Side, after: Side) {
    this.ofBefore = before.nodes.map(() => undefined);
    this.ofAfter = after.nodes.map(() => undefined);
  }

  /** Does nothing if either already has a partner. */
  pair(before: number, after: number): void {
    if (this.ofBefore[before] !== undefined || this.ofAfter[after] !== undefined) return;
    this.ofBefore[before] = after;
    this.ofAfter[after] = before;
  }
}

/** Largest product of node counts for the quadratic comparisons; larger plans are paired in plan order. */
const COMPARABLE = 500 * 500;

/** Pairs equal subtrees, then scans, operators and the rest. Each stage leaves existing pairs alone. */
export function* align(before: Side, after: Side): Steps<Matching> {
  const matching = new Matching(before, after);
  alignEqualSubtrees(before, after, matching);
  yield;
  alignScans(before, after, matching);
  yield;
  if (before.nodes.length * after.nodes.length <= COMPARABLE) {
    alignOperators(before, after, matching);
    alignRest(before, after, matching);
  } else {
    alignInOrder(before, after, matching);
  }
  return matching;
}

export function oneToOne(before: Side, after: Side): Matching {
  const matching = new Matching(before, after);
  for (const { id } of before.nodes) matching.pair(id, id);
  return matching;
}

// Stage 1: equal subtrees, the largest first. Linear except for the sort.

function alignEqualSubtrees(before: Side, after: Side, matching: Matching): void {
  const ids = after.nodes.map(({ id }) => id);
  const waiting = groupBy(ids, id => after.subtree[id] ?? -1);
  const largestFirst = before.nodes
    .map(({ id }) => id)
    .filter(id => waiting.has(before.subtree[id] ?? -1))
    .sort((a, b) => (before.sizes[b] ?? 0) - (before.sizes[a] ?? 0) || a - b);
  const firstFree = new Map<number, number>();
  for (const id of largestFirst) {
    if (matching.ofBefore[id] !== undefined) continue;
    const kind = before.subtree[id] ?? -1;
    const candidates = waiting.get(kind) ?? [];
    const isTaken = (other: number | undefined) =>
      other !== undefined && matching.ofAfter[other] !== undefined;
    let free = firstFree.get(kind) ?? 0;
    while (isTaken(candidates[free])) free++;
    firstFree.set(kind, free);
    const partner = candidates
      .slice(free, free + LOOK_AHEAD)
      .find(other => !isTaken(other) && parentOwn(before, id) === parentOwn(after, other));
    const chosen = partner ?? candidates[free];
    if (chosen === undefined) continue;
    for (let i = 0; i < (before.sizes[id] ?? 1); i++) matching.pair(id + i, chosen + i);
  }
}

/** Prefers an equal subtree under an equal parent. The bound keeps the stage linear. */
const LOOK_AHEAD = 8;

function parentOwn(side: Side, id: number): number | undefined {
  return side.own[side.parents[id] ?? -1];
}

// Stage 2: scans of one table by different methods. By table and alias, then table, then alias (a view instead).

/** An alias from the query, which a rewrite keeps for its view; not the alias of a partition (`o_1`). */
function givenAlias(node: PlanNode): string | undefined {
  const { alias, relation } = node;
  return scanKey(node) === undefined || alias === relation || /_\d+$/.test(alias ?? '') ? undefined : alias;
}

function alignScans(before: Side, after: Side, matching: Matching): void {
  const keys: readonly ((node: PlanNode) => string | undefined)[] = [
    scanKey,
    node => node.relation,
    givenAlias,
    // Bitmap index scans name only their index.
    node => (node.nodeType === 'Bitmap Index Scan' ? node.index : undefined),
  ];
  for (const key of keys) pairByKey(before, after, matching, (_side, node) => key(node));
}

/** Pairs unpaired nodes with equal keys in plan order; linear. */
function pairByKey(
  before: Side,
  after: Side,
  matching: Matching,
  keyOf: (side: Side, node: PlanNode) => string | undefined,
): void {
  const free = after.nodes.filter(({ id }) => matching.ofAfter[id] === undefined);
  const waiting = groupBy(free.toReversed(), node => keyOf(after, node));
  for (const node of before.nodes) {
    const key = matching.ofBefore[node.id] === undefined ? keyOf(before, node) : undefined;
    const partner = key === undefined ? undefined : waiting.get(key)?.pop();
    if (partner !== undefined) matching.pair(node.id, partner.id);
  }
}

// Stage 3: joins, sorts and aggregates by the scans beneath them. O(n × m) with small constants.

/** Least share of common scans (Dice coefficient) for a pair. */
const ENOUGH = 0.5;

interface Candidate {
  readonly before: number;
  readonly after: number;
  readonly score: number;
}

function alignOperators(before: Side, after: Side, matching: Matching): void {
  const scansBefore = scansBelow(before);
  const scansAfter = scansBelow(after);
  const candidates: Candidate[] = [];
  for (const { id } of before.nodes) {
    if (matching.ofBefore[id] !== undefined || before.families[id] === 'scan') continue;
    const partners = (scansBefore.list(id) ?? [])
      .flatMap(scan => matching.ofBefore[scan] ?? [])
      .sort((a, b) => a - b);
    for (const { id: other } of after.nodes) {
      if (before.families[id] !== after.families[other] || matching.ofAfter[other] !== undefined) continue;
      const common = countWithin(partners, other, other + (after.sizes[other] ?? 1));
      const all = scansBefore.count(id) + scansAfter.count(other);
      const dice = all === 0 ? 0 : (2 * common) / all;
      const equal = before.own[id] === after.own[other];
      if (dice < ENOUGH && !(equal && (common > 0 || all === 0))) continue;
      const sameType = before.nodes[id]?.nodeType === after.nodes[other]?.nodeType;
      candidates.push({
        before: id,
        after: other,
        score:
          dice + (equal ? 0.5 : 0) + (sameType ? 0.1 : 0) + (sameMode(before, id, after, other) ? 0.1 : 0),
      });
    }
  }
  candidates.sort((a, b) => b.score - a.score || a.before - b.before || a.after - b.after);
  for (const candidate of candidates) matching.pair(candidate.before, candidate.after);
}

/** A plain aggregate matches the Finalize step; Partial is the addition of a parallel plan. */
function sameMode(before: Side, id: number, after: Side, other: number): boolean {
  const isPartial = (side: Side, node: number) => side.nodes[node]?.raw['Partial Mode'] === 'Partial';
  return isPartial(before, id) === isPartial(after, other);
}

function scansBelow(side: Side) {
  const scans = side.nodes.flatMap(({ id }) => (side.families[id] === 'scan' ? [id] : []));
  const end = (id: number) => id + (side.sizes[id] ?? 1);
  return {
    list: (id: number) => scans.slice(lowerBound(scans, id), lowerBound(scans, end(id))),
    count: (id: number) => countWithin(scans, id, end(id)),
  };
}

function countWithin(sorted: readonly number[], from: number, to: number): number {
  return lowerBound(sorted, to) - lowerBound(sorted, from);
}

// Stage 4: nodes at the same position between paired ones. O(n²) at worst.

function alignRest(before: Side, after: Side, matching: Matching): void {
  pairWithin(before, -1, after, -1, matching);
  for (const { id } of before.nodes) {
    const partner = matching.ofBefore[id];
    if (partner !== undefined) pairWithin(before, id, after, partner, matching);
  }
}

/** Pairs unmatched nodes below two partners, without descending past other pairs. */
function pairWithin(before: Side, id: number, after: Side, other: number, matching: Matching): void {
  const here = region(before, id, node => matching.ofBefore[node] !== undefined);
  if (here.length === 0) return;
  const there = region(after, other, node => matching.ofAfter[node] !== undefined);
  const free = groupBy(there, node => after.families[node] ?? '');
  for (const node of here) {
    const candidates = free.get(before.families[node] ?? '') ?? [];
    const fitting = candidates.filter(candidate => mayBeOne(before, node, after, candidate));
    const partner = fitting.find(candidate => after.own[candidate] === before.own[node]) ?? fitting[0];
    if (partner === undefined) continue;
    candidates.splice(candidates.indexOf(partner), 1);
    matching.pair(node, partner);
  }
}

/**
 * Scans that correspond are already paired, so the remaining ones read unrelated relations, and so do the nodes that
 * work only on them (a Hash, a Sort beneath a join). Nodes at the top work on the whole result in any case.
 */
function mayBeOne(before: Side, node: number, after: Side, candidate: number): boolean {
  const family = before.families[node];
  if (family === 'scan' || family === 'bitmap') return false;
  return (before.top[node] && after.top[candidate]) || !before.reads[node] || !after.reads[candidate];
}

/** Unmatched nodes below `id`, in plan order; -1 includes the root. */
function region(side: Side, id: number, isMatched: (id: number) => boolean): readonly number[] {
  const found: number[] = [];
  const end = id < 0 ? side.nodes.length : id + (side.sizes[id] ?? 1);
  for (let node = id + 1; node < end; ) {
    if (isMatched(node)) node += side.sizes[node] ?? 1;
    else found.push(node++);
  }
  return found;
}

// Large plans: equal nodes, then nodes of one family, in plan order.

function alignInOrder(before: Side, after: Side, matching: Matching): void {
  const equal = (side: Side, id: number) => `${side.own[id]} ${side.own[side.parents[id] ?? -1]}`;
  const alike = (side: Side, id: number) => String(side.own[id]);
  // Bitmap index scans belong to their table.
  const family = (side: Side, id: number) =>
    side.families[id] === 'bitmap' ? alike(side, id) : `${side.families[id]} ${side.nodes[id]?.depth}`;
  for (const key of [equal, alike, family])
    pairByKey(before, after, matching, (side, { id }) =>
      side.families[id] === 'scan' ? undefined : key(side, id),
    );
}
