/** Finding nodes by what they say: label, conditions and everything else the server sent in words. */

import type { PlanNode } from '../../plan/plan.ts';
import type { PlanFacts } from './facts.ts';
import { factsAt } from './fold.ts';
import type { PlanScene, Side } from './view.ts';

interface Match {
  readonly side: Side;
  readonly id: number;
}

/** Whether a node has the text sought. */
export function says(node: PlanNode, text: string): boolean {
  const sought = text.toLowerCase();
  if (node.label.toLowerCase().includes(sought)) return true;
  if (node.subplanName?.toLowerCase().includes(sought) === true) return true;
  return node.details.some(({ key, value }) => `${key}: ${value}`.toLowerCase().includes(sought));
}

/** In the order of the lines; on `sides` only. A capital and a small letter are the same. */
export function matchesIn(scene: PlanScene, sides: readonly Side[]): readonly Match[] {
  const text = scene.view.search?.text ?? '';
  if (text === '') return [];
  return sides.flatMap(side => {
    const plan = factsAt(scene, side);
    return plan === undefined ? [] : foundIn(plan, text).map(id => ({ side, id }));
  });
}

/** The last search for each plan: it stays while the cursor moves and the clock ticks. */
const known = new WeakMap<PlanFacts, { readonly text: string; readonly ids: readonly number[] }>();

function foundIn(plan: PlanFacts, text: string): readonly number[] {
  const last = known.get(plan);
  if (last?.text === text) return last.ids;
  const ids = plan.nodes.flatMap(({ node }) => (says(node, text) ? [node.id] : []));
  known.set(plan, { text, ids });
  return ids;
}
