/** What `y` and `Y` put on the clipboard. */
import { jsonText, sanitize } from '../../base/format.ts';
import type { Plan, PlanNode } from '../../plan/plan.ts';
import { factsAt } from './fold.ts';
import type { PlanScene } from './view.ts';

/** The node under the cursor in EXPLAIN's text format, with its detail lines. */
export function copiedNode(scene: PlanScene): string | undefined {
  const { side, cursor } = scene.view;
  const node = factsAt(scene, side)?.nodes[cursor[side]]?.node;
  if (node === undefined) return undefined;
  const lines = [headingOf(node), ...node.details.map(({ key, value }) => `  ${key}: ${value}`)];
  return lines.map(line => sanitize(line)).join('\n');
}

function headingOf(node: PlanNode): string {
  const cost = `(cost=${node.startupCost.toFixed(2)}..${node.totalCost.toFixed(2)} rows=${node.planRows} width=${node.planWidth})`;
  const { actual } = node;
  if (actual === undefined) return `${node.label}  ${cost}`;
  if (!actual.executed) return `${node.label}  ${cost} (never executed)`;
  const total = node.raw['Actual Total Time'];
  const startup = node.raw['Actual Startup Time'];
  const times = total === undefined ? '' : `time=${startup}..${total} `;
  return `${node.label}  ${cost} (actual ${times}rows=${actual.rowsPerLoop} loops=${actual.loops})`;
}

/** The plan with the cursor as EXPLAIN (FORMAT JSON), which every viewer reads, this one too. */
export function copiedPlan(scene: PlanScene): string | undefined {
  const plan = scene[scene.view.side];
  if (plan === undefined) return undefined;
  try {
    return jsonText([statementOf(plan)], 1);
  } catch {
    // JSON.stringify is recursive: a plan of many thousand levels is too deep for it.
    return undefined;
  }
}

function statementOf(plan: Plan): Record<string, unknown> {
  return {
    Plan: rawTree(plan.root),
    ...(plan.planningMs === undefined ? {} : { 'Planning Time': plan.planningMs }),
    ...(plan.executionMs === undefined ? {} : { 'Execution Time': plan.executionMs }),
    ...(Object.keys(plan.settings).length === 0 ? {} : { Settings: plan.settings }),
  };
}

/** No recursion: plans can be thousands of levels deep. Children come after their parents, so they are made first. */
function rawTree(root: PlanNode): Record<string, unknown> {
  const order: PlanNode[] = [];
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    order.push(node);
    for (const child of node.children) waiting.push(child);
  }
  const made = new Map<PlanNode, Record<string, unknown>>();
  for (const node of order.reverse()) {
    const plans = node.children.map(child => made.get(child));
    made.set(node, { ...node.raw, ...(plans.length === 0 ? {} : { Plans: plans }) });
  }
  return made.get(root) ?? {};
}
