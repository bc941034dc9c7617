/** The difference between two plans of one query, node by node. */
import { atOnce, type Steps } from '../../base/steps.ts';
import { operationOf } from '../label.ts';
import type { Plan, PlanNode } from '../plan.ts';
import { align, type Matching, oneToOne } from './alignment.ts';
import { isBelow, numbering, type Side, sideOf } from './side.ts';

/** 'changed': another access path, method or condition. 'moved': the same node at another place in the tree. */
export type DiffStatus = 'same' | 'changed' | 'added' | 'removed' | 'moved';

export interface NodeDiff {
  readonly status: DiffStatus;
  /** Id in the other plan; undefined if added or removed. */
  readonly partner: number | undefined;
  /** `Seq Scan → Index Only Scan using i`, from before to after; '' if same, added or removed. */
  readonly text: string;
}

export interface PlanDiff {
  /** The fingerprints are equal. */
  readonly identical: boolean;
  /** By node id of the plan before. */
  readonly before: readonly NodeDiff[];
  /** By node id of the plan after. */
  readonly after: readonly NodeDiff[];
}

/** Never throws. */
export function diffPlans(before: Plan, after: Plan): PlanDiff {
  return atOnce(diffSteps(before, after));
}

export function* diffSteps(before: Plan, after: Plan): Steps<PlanDiff> {
  const number = numbering();
  const sideBefore = yield* sideOf(before, number);
  const sideAfter = yield* sideOf(after, number);
  const identical = before.fingerprint === after.fingerprint;
  const matching = identical ? oneToOne(sideBefore, sideAfter) : yield* align(sideBefore, sideAfter);
  yield;
  const ofBefore = statusesOf(sideBefore, sideAfter, matching);
  yield;
  const ofAfter = sideAfter.nodes.map(({ id }): NodeDiff => {
    const partner = matching.ofAfter[id];
    const paired = ofBefore[partner ?? -1];
    return paired === undefined ? { status: 'added', partner: undefined, text: '' } : { ...paired, partner };
  });
  return { identical, before: ofBefore, after: ofAfter };
}

/** By node id of the plan before. */
function statusesOf(before: Side, after: Side, { ofBefore, ofAfter }: Matching): readonly NodeDiff[] {
  const placesBefore = nearestPaired(before, ofBefore);
  const placesAfter = nearestPaired(after, ofAfter);
  return before.nodes.map((node): NodeDiff => {
    const partner = ofBefore[node.id];
    const other = after.nodes[partner ?? -1];
    if (partner === undefined || other === undefined)
      return { status: 'removed', partner: undefined, text: '' };
    if (before.own[node.id] !== after.own[partner]) {
      const text = changeText(node, other, before.conditions(node), after.conditions(other));
      return { status: 'changed', partner, text };
    }
    const place = placesBefore[node.id] ?? NOWHERE;
    const placeAfter = placesAfter[partner] ?? NOWHERE;
    const moved = (from: string, to: string): NodeDiff => ({
      status: 'moved',
      partner,
      text: `${from} → ${to}`,
    });
    const above = ofBefore[place.id];
    const aboveBack = ofAfter[placeAfter.id];
    const out = above !== undefined && !isBelow(after, partner, above);
    const into = aboveBack !== undefined && !isBelow(before, node.id, aboveBack);
    if (out || into) return moved(under(before, place.id), under(after, placeAfter.id));
    const side = sideOfJoin(before, place);
    const sideAfter = sideOfJoin(after, placeAfter);
    // Another kind of join chooses its sides for other reasons.
    const sameJoin = before.nodes[place.id]?.nodeType === after.nodes[placeAfter.id]?.nodeType;
    if (above === placeAfter.id && sameJoin && side !== undefined && sideAfter !== undefined)
      if (side !== sideAfter) return moved(side, sideAfter);
    return { status: 'same', partner, text: '' };
  });
}

interface Place {
  /** The nearest paired ancestor; -1 for none. */
  readonly id: number;
  /** The ancestor's child on the path to the node. */
  readonly through: number;
}

const NOWHERE: Place = { id: -1, through: -1 };

function nearestPaired(side: Side, partners: readonly (number | undefined)[]): readonly Place[] {
  const places: Place[] = [];
  for (const { id } of side.nodes) {
    const parent = side.parents[id] ?? -1;
    if (parent < 0) places.push(NOWHERE);
    else if (partners[parent] !== undefined) places.push({ id: parent, through: id });
    else places.push(places[parent] ?? NOWHERE);
  }
  return places;
}

function sideOfJoin(side: Side, { id, through }: Place): string | undefined {
  if (side.families[id] !== 'join') return undefined;
  const relationship = side.nodes[through]?.parentRelationship;
  return relationship === 'Outer' || relationship === 'Inner'
    ? `${relationship.toLowerCase()} side`
    : undefined;
}

function under(side: Side, id: number): string {
  const node = side.nodes[id];
  return node === undefined ? 'at the top' : `under ${node.label}`;
}

/** Longer conditions are only reported as changed; both trees show them in full. */
const SHORT = 60;

/**
 * `Seq Scan → Index Only Scan using i`; full labels if another table is read; the changed condition if labels are equal.
 * @param then, now Conditions before and after.
 */
function changeText(
  before: PlanNode,
  after: PlanNode,
  then: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): string {
  if (before.label !== after.label) {
    const sameTarget = before.relation === after.relation && before.alias === after.alias;
    const from = sameTarget ? operationOf(before.raw, before) : before.label;
    const to = sameTarget ? operationOf(after.raw, after) : after.label;
    // Only the target differs, such as a CTE or a bitmap's index.
    return from === to ? `${before.label} → ${after.label}` : `${from} → ${to}`;
  }
  for (const key of new Set([...then.keys(), ...now.keys()])) {
    const from = then.get(key);
    const to = now.get(key);
    if (from === to) continue;
    if (from === undefined) return `${key} added`;
    if (to === undefined) return `${key} gone`;
    return from.length + to.length <= SHORT ? `${key}: ${from} → ${to}` : `${key} changed`;
  }
  return 'changed';
}
