/** The lines of a plan's tree with their marks; computed once per plan. */

import { atOnce, STEP, type Steps } from '../../base/steps.ts';
import { exclusiveCosts, inclusiveCosts } from '../../plan/accounting/costs.ts';
import { estimatedRows, type Misestimate } from '../../plan/accounting/estimates.ts';
import { costliestNode } from '../../plan/accounting/exclusive.ts';
import {
  type Finding,
  findingSteps,
  ruleInputSteps,
  type Severity,
  type Surroundings,
  worstSeverity,
} from '../../plan/findings/find.ts';
import { heldByNode, measuredHolders, type PlanMemory } from '../../plan/memory/memory.ts';
import type { Plan, PlanNode } from '../../plan/plan.ts';
import { subtreeSizes, treeLines } from '../../plan/tree.ts';
import { type Amounts, amountsOf } from './metric.ts';
import type { Metric } from './view.ts';

export interface NodeFacts {
  readonly node: PlanNode;
  /** The strokes of the tree in front of the label, two cells a level. */
  readonly guide: string;
  /** The same for where room is short: one cell a level. */
  readonly shortGuide: string;
  /** Nodes beneath. */
  readonly below: number;
  /** The planner's estimate over all loops and processes, like the actual rows beside it. */
  readonly estimated: number;
  /** The planner's cost of the node with all beneath it, over all loops. */
  readonly totalCost: number;
  readonly misestimate: Misestimate | undefined;
  readonly costliest: boolean;
  readonly findings: readonly Finding[];
  readonly severity: Severity | undefined;
  /** Bytes held in all processes; undefined for a node that holds nothing. */
  readonly memoryBytes: number | undefined;
  /** The server said how much that was; else it is worked out from rows and widths. */
  readonly memoryMeasured: boolean;
}

export interface PlanFacts {
  readonly plan: Plan;
  /** By node id. */
  readonly nodes: readonly NodeFacts[];
  readonly parents: readonly number[];
  /** What is measured of each node, and which of it there is for this plan. */
  readonly amounts: Readonly<Partial<Record<Metric, Amounts>>>;
  readonly memory: PlanMemory;
  /** All of them, also those about the plan as a whole. */
  readonly findings: readonly Finding[];
}

/** One plan may be on both sides, where other proposals are on: it has facts for each. */
const known = new WeakMap<Plan, WeakMap<Surroundings, PlanFacts>>();

/** The facts as they were last asked for: a key press or a tick changes none of them. */
export function factsOf(plan: Plan, surroundings: Surroundings): PlanFacts {
  return knownFacts(plan, surroundings) ?? atOnce(factSteps(plan, surroundings));
}

export function knownFacts(plan: Plan, surroundings: Surroundings): PlanFacts | undefined {
  return known.get(plan)?.get(surroundings);
}

/** In steps, for a big plan; `factsOf` knows them afterwards. */
export function* factSteps(plan: Plan, surroundings: Surroundings): Steps<PlanFacts> {
  const facts = yield* makeFacts(plan, surroundings);
  const ofPlan = known.get(plan) ?? new WeakMap<Surroundings, PlanFacts>();
  known.set(plan, ofPlan.set(surroundings, facts));
  return facts;
}

function* makeFacts(plan: Plan, surroundings: Surroundings): Steps<PlanFacts> {
  const input = yield* ruleInputSteps(plan, surroundings);
  const { nodes, parents, memory, misestimates: off } = input;
  const findings = yield* findingSteps(input);
  const held = heldByNode(memory);
  const measured = measuredHolders(memory);
  const ofNode = new Map<number, Finding[]>();
  for (const finding of findings) {
    if (finding.nodeId === undefined) continue;
    const same = ofNode.get(finding.nodeId);
    if (same === undefined) ofNode.set(finding.nodeId, [finding]);
    else same.push(finding);
  }
  const estimated = estimatedRows(nodes, plan.settings);
  yield;
  const totals = inclusiveCosts(nodes);
  const costliest = costliestNode(plan);
  yield;
  const sizes = subtreeSizes(parents);
  const drawn = treeLines(plan);
  const lines: NodeFacts[] = [];
  for (const { node, guide } of drawn) {
    if (node.id % STEP === 0) yield;
    const here = ofNode.get(node.id) ?? [];
    const compacted = compact(guide);
    lines.push({
      node,
      guide: compacted,
      shortGuide: shortened(compacted),
      below: (sizes[node.id] ?? 1) - 1,
      estimated: estimated[node.id] ?? node.planRows,
      totalCost: totals[node.id] ?? node.totalCost,
      misestimate: off[node.id],
      costliest: node === costliest,
      findings: here,
      severity: worstSeverity(here),
      memoryBytes: held.get(node.id),
      memoryMeasured: measured.has(node.id),
    });
  }
  const amounts = amountsOf(plan, nodes, exclusiveCosts(nodes), held);
  return { plan, nodes: lines, parents, amounts, memory, findings };
}

/** `│  ├─ ` → `│ ├ `: a deep plan has better use for the cells. */
function compact(guide: string): string {
  return guide.replace(/(.)[ ─] /gu, '$1 ');
}

/** No terminal is wider. */
const WIDEST_GUIDE = 400;

/** One cell a level, where room is short: `│ └ ` → `│└`. Of very deep nodes the part next to the label. */
function shortened(guide: string): string {
  let short = '';
  for (let at = Math.max(0, guide.length - 2 * WIDEST_GUIDE); at < guide.length; at += 2) short += guide[at];
  return short;
}
