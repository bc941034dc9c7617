/** Collapsing and expanding, in step on both sides. */
import { factsOf, type PlanFacts } from './facts.ts';
import { pairOf } from './pair.ts';
import { otherSide, type PlanScene, type PlanView, type Side } from './view.ts';

export function factsAt(scene: PlanScene, side: Side): PlanFacts | undefined {
  const plan = scene[side];
  return plan === undefined ? undefined : factsOf(plan, scene.surroundings[side]);
}

/** The same step in the plan on the other side. */
function partnerOf(scene: PlanScene, side: Side, id: number): number | undefined {
  return pairOf(scene)?.diff[side][id]?.partner ?? (scene.before === scene.after ? id : undefined);
}

/** The cursor on a node, and on its like on the other side. */
export function withCursor(scene: PlanScene, side: Side, id: number): PlanView {
  const { view } = scene;
  const other = otherSide(side);
  const partner = partnerOf(scene, side, id);
  const cursor = { ...view.cursor, [side]: id, ...(partner === undefined ? {} : { [other]: partner }) };
  return { ...view, side, cursor };
}

function withCollapsed(
  scene: PlanScene,
  side: Side,
  ids: readonly number[],
  change: (set: Set<number>, id: number) => void,
): PlanView {
  const { collapsed } = scene.view;
  const partners = ids.flatMap(id => partnerOf(scene, side, id) ?? []);
  const changed = (set: ReadonlySet<number>, nodes: readonly number[]): ReadonlySet<number> => {
    if (nodes.length === 0) return set;
    const next = new Set(set);
    for (const node of nodes) change(next, node);
    return next;
  };
  const other = otherSide(side);
  return {
    ...scene.view,
    collapsed: {
      ...collapsed,
      [side]: changed(collapsed[side], ids),
      [other]: changed(collapsed[other], partners),
    },
  };
}

/** `h`: collapses the node; one that is collapsed or has no children leads to its parent. */
export function collapse(scene: PlanScene): PlanView {
  const { side, cursor, collapsed } = scene.view;
  const id = cursor[side];
  const facts = factsAt(scene, side);
  if (facts === undefined) return scene.view;
  const isOpen = (facts.nodes[id]?.below ?? 0) > 0 && !collapsed[side].has(id);
  if (isOpen) return withCollapsed(scene, side, [id], (set, node) => set.add(node));
  const parent = facts.parents[id] ?? -1;
  return parent < 0 ? scene.view : withCursor(scene, side, parent);
}

/** `l`: expands the node; one that is open leads to its first child. */
export function expand(scene: PlanScene): PlanView {
  const { side, cursor, collapsed } = scene.view;
  const id = cursor[side];
  if (collapsed[side].has(id)) return withCollapsed(scene, side, [id], (set, node) => set.delete(node));
  const below = factsAt(scene, side)?.nodes[id]?.below ?? 0;
  return below === 0 ? scene.view : withCursor(scene, side, id + 1);
}

/** `H`: all but the roots; the cursor goes up to what stays in sight. */
export function collapseAll(scene: PlanScene): PlanView {
  const all = (side: Side): ReadonlySet<number> => {
    const nodes = factsAt(scene, side)?.nodes ?? [];
    return new Set(nodes.filter(({ node, below }) => node.id > 0 && below > 0).map(({ node }) => node.id));
  };
  const { side, cursor } = scene.view;
  let id = cursor[side];
  const parents = factsAt(scene, side)?.parents ?? [];
  while ((parents[id] ?? -1) > 0) id = parents[id] ?? 0;
  const view = withCursor(scene, side, id);
  return { ...view, collapsed: { before: all('before'), after: all('after') } };
}

export function expandAll({ view }: PlanScene): PlanView {
  return { ...view, collapsed: { before: new Set(), after: new Set() } };
}

/** The cursor on a node that may be out of sight: everything above it is opened. */
export function reveal(scene: PlanScene, side: Side, id: number): PlanView {
  const parents = factsAt(scene, side)?.parents ?? [];
  const closed: number[] = [];
  for (let above = parents[id] ?? -1; above >= 0; above = parents[above] ?? -1)
    if (scene.view.collapsed[side].has(above)) closed.push(above);
  // At once: a plan can be thousands of levels deep.
  const view = withCollapsed(scene, side, closed, (set, node) => set.delete(node));
  return withCursor({ ...scene, view }, side, id);
}
