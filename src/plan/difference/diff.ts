/** The difference of two plans of one query, as a person would describe it. */
import { atOnce, type Steps } from '../../base/steps.ts';
import { operationOf } from '../label.ts';
import type { Plan, PlanNode } from '../plan.ts';
import { align, type Matching, oneToOne } from './alignment.ts';
import { isBelow, numbering, type Side, sideOf } from './side.ts';

/** 'changed': another access, method or condition. 'moved': the same step in another place. */
export type DiffStatus = 'same' | 'changed' | 'added' | 'removed' | 'moved';

export interface NodeDiff {
  readonly status: DiffStatus;
  /** Id in the other plan; undefined for what was added or removed. */
  readonly partner: number | undefined;
  /** `Seq Scan → Index Only Scan using i`, always from before to after; '' for the same, added and removed. */
  readonly text: string;
}

export interface PlanDiff {
  /** Same fingerprint: the planner chose the same plan. */
  readonly identical: boolean;
  /** By node id of the plan before. */
  readonly before: readonly NodeDiff[];
  /** By node id of the plan after. */
  readonly after: readonly NodeDiff[];
}

/** Every node is aligned with at most one of the other plan; see NodeDiff for what is said of it. Never throws. */
export function diffPlans(before: Plan, after: Plan): PlanDiff {
  return atOnce(diffSteps(before, after));
}

/** The same in steps. */
export function* diffSteps(before: Plan, after: Plan): Steps<PlanDiff> {
  const number = numbering();
  const sideBefore = yield* sideOf(before, number);
  const sideAfter = yield* sideOf(after, number);
  const identical = before.fingerprint === after.fingerprint;
  const matching = identical ? oneToOne(sideBefore, sideAfter) : yield* align(sideBefore, sideAfter);
  yield;
  const ofBefore = statusesOf(sideBefore, sideAfter, matching, 'before');
  yield;
  const ofAfter = statusesOf(sideAfter, sideBefore, matching.reversed(), 'after');
  return { identical, before: ofBefore, after: ofAfter };
}

/**
 * @param here The plan spoken of. @param there The other one.
 * @param matching Seen from `here`.
 * @param which Which of the two `here` is.
 */
function statusesOf(
  here: Side,
  there: Side,
  matching: Pick<Matching, 'partnerOfBefore' | 'partnerOfAfter'>,
  which: 'before' | 'after',
): readonly NodeDiff[] {
  const nearestHere = nearestMatched(here, id => matching.partnerOfBefore(id) !== undefined);
  const nearestThere = nearestMatched(there, id => matching.partnerOfAfter(id) !== undefined);
  return here.nodes.map(node => {
    const partner = matching.partnerOfBefore(node.id);
    const other = partner === undefined ? undefined : there.nodes[partner];
    if (partner === undefined || other === undefined) {
      return { status: which === 'before' ? 'removed' : 'added', partner: undefined, text: '' };
    }
    const [before, after] = which === 'before' ? [node, other] : [other, node];
    const [then, now] = which === 'before' ? [here, there] : [there, here];
    if (here.own[node.id] !== there.own[partner]) {
      return {
        status: 'changed',
        partner,
        text: changeText(before, after, then.conditions(before), now.conditions(after)),
      };
    }
    const above = nearestHere[node.id] ?? NOWHERE;
    const aboveThere = nearestThere[partner] ?? NOWHERE;
    const sidesHere = sideOfJoin(here, above);
    const sidesThere = sideOfJoin(there, aboveThere);
    const place = (a: string, b: string) => (which === 'before' ? `${a} → ${b}` : `${b} → ${a}`);
    const partnerAbove = matching.partnerOfBefore(above.id);
    const aboveBack = matching.partnerOfAfter(aboveThere.id);
    const out = above.id >= 0 && partnerAbove !== undefined && !isBelow(there, partner, partnerAbove);
    const into = aboveThere.id >= 0 && aboveBack !== undefined && !isBelow(here, node.id, aboveBack);
    if (out || into) {
      return { status: 'moved', partner, text: place(under(here, above.id), under(there, aboveThere.id)) };
    }
    if (partnerAbove === aboveThere.id && sidesHere !== undefined && sidesThere !== undefined) {
      const sameJoin = here.nodes[above.id]?.nodeType === there.nodes[aboveThere.id]?.nodeType;
      // Another kind of join has other reasons for its sides.
      if (sameJoin && sidesHere !== sidesThere)
        return { status: 'moved', partner, text: place(sidesHere, sidesThere) };
    }
    return { status: 'same', partner, text: '' };
  });
}

interface Place {
  /** The nearest matched node above; -1 for none. */
  readonly id: number;
  /** Its child through which the node is reached. */
  readonly through: number;
}

const NOWHERE: Place = { id: -1, through: -1 };

function nearestMatched(side: Side, isMatched: (id: number) => boolean): readonly Place[] {
  const places: Place[] = [];
  for (const { id } of side.nodes) {
    const parent = side.parents[id] ?? -1;
    if (parent < 0) places.push(NOWHERE);
    else if (isMatched(parent)) places.push({ id: parent, through: id });
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

/** Conditions longer than this are said to have changed; both trees show them whole. */
const SHORT = 60;

/** `Seq Scan → Index Only Scan using i`; both labels whole where another table is read; else the condition that differs. @param then, now Their conditions. */
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
    // A CTE or a bitmap's index: the operation is the same, what it works on is not.
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
