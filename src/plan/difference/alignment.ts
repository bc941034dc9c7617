/** Which node of one plan is which of the other. */
import type { Steps } from '../../base/steps.ts';
import type { PlanNode } from '../plan.ts';
import { type Side, scanKey } from './side.ts';

export class Matching {
  readonly #ofBefore: (number | undefined)[];
  readonly #ofAfter: (number | undefined)[];

  constructor(before: number, after: number) {
    this.#ofBefore = new Array(before).fill(undefined);
    this.#ofAfter = new Array(after).fill(undefined);
  }

  /** Does nothing when either has a partner already. */
  pair(before: number, after: number): void {
    if (this.#ofBefore[before] !== undefined || this.#ofAfter[after] !== undefined) return;
    this.#ofBefore[before] = after;
    this.#ofAfter[after] = before;
  }

  partnerOfBefore(id: number): number | undefined {
    return this.#ofBefore[id];
  }

  partnerOfAfter(id: number): number | undefined {
    return this.#ofAfter[id];
  }

  /** The same matching seen from the other plan. */
  reversed(): Pick<Matching, 'partnerOfBefore' | 'partnerOfAfter'> {
    return {
      partnerOfBefore: id => this.#ofAfter[id],
      partnerOfAfter: id => this.#ofBefore[id],
    };
  }
}

/** Nodes × nodes up to which steps are compared with each other; beyond, in plan order only. */
const COMPARABLE = 500 * 500;

/** In this order: equal sub-trees, scans, operators, what is left; each step pairs only what is not paired yet. */
export function* align(before: Side, after: Side): Steps<Matching> {
  const matching = new Matching(before.nodes.length, after.nodes.length);
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
  const matching = new Matching(before.nodes.length, after.nodes.length);
  for (const { id } of before.nodes) matching.pair(id, id);
  return matching;
}

// First step of aligning: whole subtrees that are in both plans, the largest first. Linear but for a sort.

function alignEqualSubtrees(before: Side, after: Side, matching: Matching): void {
  const waiting = new Map<number, number[]>();
  for (const { id } of after.nodes) {
    const same = waiting.get(after.subtree[id] ?? -1);
    if (same === undefined) waiting.set(after.subtree[id] ?? -1, [id]);
    else same.push(id);
  }
  const largestFirst = before.nodes
    .map(({ id }) => id)
    .filter(id => waiting.has(before.subtree[id] ?? -1))
    .sort((a, b) => (before.sizes[b] ?? 0) - (before.sizes[a] ?? 0) || a - b);
  const firstFree = new Map<number, number>();
  for (const id of largestFirst) {
    if (matching.partnerOfBefore(id) !== undefined) continue;
    const kind = before.subtree[id] ?? -1;
    const candidates = waiting.get(kind) ?? [];
    const isTaken = (other: number | undefined) =>
      other !== undefined && matching.partnerOfAfter(other) !== undefined;
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

/** Among equals the one under an equal parent is meant; how many are asked is bounded to stay linear. */
const LOOK_AHEAD = 8;

function parentOwn(side: Side, id: number): number | undefined {
  return side.own[side.parents[id] ?? -1];
}

// Second step: the same table read another way. By table and alias, then by table, then by alias (a view in its place).

/** The alias that the query gives it, which a rewrite keeps for the view it reads instead; not one of a partition (`o_1`). */
function givenAlias(node: PlanNode): string | undefined {
  const { alias, relation } = node;
  return scanKey(node) === undefined || alias === relation || /_\d+$/.test(alias ?? '') ? undefined : alias;
}

/** Linear: nodes with the same key are paired in plan order. */
function alignScans(before: Side, after: Side, matching: Matching): void {
  const keys: readonly ((node: PlanNode) => string | undefined)[] = [
    scanKey,
    node => node.relation,
    givenAlias,
    // A bitmap's scans name their index only.
    node => (node.nodeType === 'Bitmap Index Scan' ? node.index : undefined),
  ];
  for (const key of keys) {
    const waiting = new Map<string, number[]>();
    for (const node of after.nodes.toReversed()) {
      const name = key(node);
      if (name === undefined || matching.partnerOfAfter(node.id) !== undefined) continue;
      const same = waiting.get(name);
      if (same === undefined) waiting.set(name, [node.id]);
      else same.push(node.id);
    }
    for (const node of before.nodes) {
      const name = key(node);
      if (name === undefined || matching.partnerOfBefore(node.id) !== undefined) continue;
      const partner = waiting.get(name)?.pop();
      if (partner !== undefined) matching.pair(node.id, partner);
    }
  }
}

// Third step: joins, sorts and aggregates are known by the scans beneath them. O(n × m) with small constants.

/** Less in common than this, and it is another step. */
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
    if (matching.partnerOfBefore(id) !== undefined || before.families[id] === 'scan') continue;
    const partners = (scansBefore.list(id) ?? [])
      .flatMap(scan => matching.partnerOfBefore(scan) ?? [])
      .sort((a, b) => a - b);
    for (const { id: other } of after.nodes) {
      if (before.families[id] !== after.families[other] || matching.partnerOfAfter(other) !== undefined)
        continue;
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

/** A Finalize step is what the whole aggregate was; the Partial one is the addition. */
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

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Last step: what stands in the same place between steps already aligned. O(n²) at worst.

function alignRest(before: Side, after: Side, matching: Matching): void {
  pairWithin(before, -1, after, -1, matching);
  for (const { id } of before.nodes) {
    const partner = matching.partnerOfBefore(id);
    if (partner !== undefined) pairWithin(before, id, after, partner, matching);
  }
}

/** Pairs what is unmatched below two partners, without looking beyond other matched nodes. */
function pairWithin(before: Side, id: number, after: Side, other: number, matching: Matching): void {
  const here = region(before, id, node => matching.partnerOfBefore(node) !== undefined);
  if (here.length === 0) return;
  const there = region(after, other, node => matching.partnerOfAfter(node) !== undefined);
  const free = new Map<string, number[]>();
  for (const node of there) {
    const family = after.families[node] ?? '';
    const same = free.get(family);
    if (same === undefined) free.set(family, [node]);
    else same.push(node);
  }
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
 * Whether two steps in the same place can be one. Scans that stand for each other were paired before this, so what is left
 * reads unrelated relations, and what works on such a scan alone (a hash table, a sort beneath a join) is no more the
 * same. Steps at the top work on the whole answer, whatever it is read from.
 */
function mayBeOne(before: Side, node: number, after: Side, candidate: number): boolean {
  const family = before.families[node];
  if (family === 'scan' || family === 'bitmap') return false;
  return (before.top[node] && after.top[candidate]) || !before.reads[node] || !after.reads[candidate];
}

/** Unmatched nodes below, in plan order; -1 starts above the root. */
function region(side: Side, id: number, isMatched: (id: number) => boolean): readonly number[] {
  const found: number[] = [];
  const end = id < 0 ? side.nodes.length : id + (side.sizes[id] ?? 1);
  for (let node = id + 1; node < end; ) {
    if (isMatched(node)) node += side.sizes[node] ?? 1;
    else found.push(node++);
  }
  return found;
}

// For plans too big to compare step by step: equal steps, then steps of one family, in plan order.

function alignInOrder(before: Side, after: Side, matching: Matching): void {
  const equal = (side: Side, id: number) => `${side.own[id]} ${side.own[side.parents[id] ?? -1]}`;
  const alike = (side: Side, id: number) => String(side.own[id]);
  // A bitmap's scans belong to their table.
  const family = (side: Side, id: number) =>
    side.families[id] === 'bitmap' ? alike(side, id) : `${side.families[id]} ${side.nodes[id]?.depth}`;
  for (const key of [equal, alike, family]) {
    const waiting = new Map<string, number[]>();
    for (let id = after.nodes.length - 1; id >= 0; id--) {
      if (matching.partnerOfAfter(id) !== undefined || after.families[id] === 'scan') continue;
      const same = waiting.get(key(after, id));
      if (same === undefined) waiting.set(key(after, id), [id]);
      else same.push(id);
    }
    for (const { id } of before.nodes) {
      if (matching.partnerOfBefore(id) !== undefined || before.families[id] === 'scan') continue;
      const partner = waiting.get(key(before, id))?.pop();
      if (partner !== undefined) matching.pair(id, partner);
    }
  }
}
