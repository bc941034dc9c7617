/** From an alignment to what is said of each node. */
import { isBelow, type Side } from './diff-side.ts';
import { changeText } from './diff-text.ts';
import type { Matching } from './matching.ts';

/** 'changed': another access, method or condition. 'moved': the same step in another place. */
export type DiffStatus = 'same' | 'changed' | 'added' | 'removed' | 'moved';

export interface NodeDiff {
  readonly status: DiffStatus;
  /** Id in the other plan; undefined for what was added or removed. */
  readonly partner: number | undefined;
  /** `Seq Scan → Index Only Scan using i`, always from before to after; '' for the same, added and removed. */
  readonly text: string;
}

/**
 * @param here The plan spoken of. @param there The other one.
 * @param matching Seen from `here`.
 * @param which Which of the two `here` is.
 */
export function statusesOf(
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
