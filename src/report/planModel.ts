/**
 * Plans → the JSON of `plan --json` (docs/plan-json.md describes every field). Lists, not trees, so that no plan is
 * too deep.
 */

import { estimatedRows } from '../plan/accounting/estimates.ts';
import { changesOf, cosmeticChanges } from '../plan/difference/changes.ts';
import { diffPlans, type NodeDiff } from '../plan/difference/diff.ts';
import { type Difference, differenceOf, type FigureChange } from '../plan/difference/figures.ts';
import { type Finding, findingsIn, type RuleInput, ruleInputOf } from '../plan/findings/find.ts';
import { heldByNode } from '../plan/memory/memory.ts';
import type { Plan, PlanNode, Trigger } from '../plan/plan.ts';
import { flattenPlan } from '../plan/tree.ts';

/** Increases when a field changes its meaning or disappears, not with new fields. */
export const PLAN_FORMAT_VERSION = 1;

export interface Statement {
  readonly before: Plan | undefined;
  readonly after: Plan | undefined;
}

/**
 * @param files As the user named them.
 * @param statements Only `before` if there is one file.
 */
export function planDocument(program: string, files: readonly string[], statements: readonly Statement[]) {
  return {
    format: 'pgopt-explore/plan',
    version: PLAN_FORMAT_VERSION,
    program,
    files,
    statements: statements.map(({ before, after }) => ({
      before: before === undefined ? null : planModel(before),
      after: after === undefined ? null : planModel(after),
      difference: before === undefined || after === undefined ? null : differenceModel(before, after),
    })),
  };
}

export const triggersModel = (triggers: readonly Trigger[]) =>
  triggers.map(({ name, relation, ms, calls }) => ({
    name,
    relation: relation ?? null,
    ms: ms ?? null,
    calls,
  }));

function planModel(plan: Plan) {
  const input = ruleInputOf(plan);
  const { nodes, parents, memory, misestimates: off } = input;
  const estimated = estimatedRows(nodes, plan.settings);
  const held = heldByNode(memory);
  const { statement } = plan;
  return {
    fingerprint: plan.fingerprint,
    analyzed: plan.analyzed,
    timed: plan.timed,
    planningMs: plan.planningMs ?? null,
    executionMs: plan.executionMs ?? null,
    settings: plan.settings,
    queryText: plan.queryText ?? null,
    triggers: triggersModel(statement.triggers),
    jit: jitModel(plan),
    serialization:
      statement.serialization === undefined
        ? null
        : { ms: statement.serialization.ms ?? null, bytes: statement.serialization.bytes },
    planningBuffers: statement.planningBuffers ?? null,
    planningBytes: statement.planningBytes ?? null,
    beside: statement.other,
    memory: memoryModel(input),
    findings: findingsModel(input),
    nodes: nodes.map(node => {
      const { actual } = node;
      const misestimate = off[node.id];
      return {
        id: node.id,
        parent: (parents[node.id] ?? -1) < 0 ? null : parents[node.id],
        depth: node.depth,
        nodeType: node.nodeType,
        label: node.label,
        relation: node.relation ?? null,
        schema: node.schema ?? null,
        alias: node.alias ?? null,
        index: node.index ?? null,
        subplanName: node.subplanName ?? null,
        /** Not part of its parent's figures: another server's plan, or one that ran before. */
        apart: node.apart,
        parallelAware: node.parallelAware,
        workersPlanned: node.workersPlanned ?? null,
        workersLaunched: node.workersLaunched ?? null,
        /** null under COSTS OFF. */
        startupCost: node.hasEstimates ? node.startupCost : null,
        totalCost: node.hasEstimates ? node.totalCost : null,
        estimatedRowsPerLoop: node.hasEstimates ? node.planRows : null,
        estimatedRows: node.hasEstimates ? (estimated[node.id] ?? node.planRows) : null,
        width: node.hasEstimates ? node.planWidth : null,
        executed: actual?.executed ?? null,
        loops: actual?.loops ?? null,
        rows: actual?.rows ?? null,
        rowsPerLoop: actual?.rowsPerLoop ?? null,
        rowsRemoved: actual?.rowsRemoved ?? null,
        heapFetches: actual?.heapFetches ?? null,
        inclusiveMs: actual?.inclusiveMs ?? null,
        exclusiveMs: actual?.exclusiveMs ?? null,
        buffers: actual?.buffers ?? null,
        exclusiveBuffers: actual?.exclusiveBuffers ?? null,
        io: actual?.io ?? null,
        exclusiveIo: actual?.exclusiveIo ?? null,
        wal: actual?.wal ?? null,
        exclusiveWal: actual?.exclusiveWal ?? null,
        misestimate:
          misestimate === undefined
            ? null
            : { factor: misestimate.factor, direction: misestimate.direction, begins: misestimate.begins },
        memoryBytes: held.get(node.id) ?? null,
        details: node.details,
        raw: node.raw,
      };
    }),
  };
}

/** The planned node, for documents with many plans. */
export const plannedNodeModel = (node: PlanNode) => ({
  depth: node.depth,
  label: node.label,
  nodeType: node.nodeType,
  relation: node.relation ?? null,
  index: node.index ?? null,
  estimatedRowsPerLoop: node.planRows,
  totalCost: node.totalCost,
});

/** With its execution. */
export const nodeModel = (node: PlanNode) => ({
  ...plannedNodeModel(node),
  executed: node.actual?.executed ?? null,
  loops: node.actual?.loops ?? null,
  rows: node.actual?.rows ?? null,
  inclusiveMs: node.actual?.inclusiveMs ?? null,
  exclusiveMs: node.actual?.exclusiveMs ?? null,
  buffers: node.actual?.buffers ?? null,
});

function jitModel({ statement: { jit } }: Plan) {
  if (jit === undefined) return null;
  const { functions, ms, generationMs, inliningMs, optimizationMs, emissionMs } = jit;
  return {
    functions,
    ms: ms ?? null,
    generationMs: generationMs ?? null,
    inliningMs: inliningMs ?? null,
    optimizationMs: optimizationMs ?? null,
    emissionMs: emissionMs ?? null,
  };
}

export function memoryModel({ memory }: RuleInput) {
  return {
    heldBytes: memory.heldBytes,
    measured: memory.measured,
    allowedBytes: memory.allowedBytes,
    workMemBytes: memory.limits.workMemBytes,
    hashMemMultiplier: memory.limits.hashMemMultiplier,
  };
}

export function findingsModel(input: RuleInput) {
  return findingsIn(input).map(finding => findingModel(finding, input.nodes));
}

function findingModel({ rule, severity, nodeId, text, next }: Finding, nodes: readonly PlanNode[]) {
  return {
    rule,
    severity,
    /** Position in the plan's list of nodes; null: the whole plan. */
    node: nodeId ?? null,
    label: nodeId === undefined ? null : (nodes[nodeId]?.label ?? null),
    text,
    next,
  };
}

function differenceModel(before: Plan, after: Plan) {
  const diff = diffPlans(before, after);
  const nodesOf = (side: readonly NodeDiff[]) =>
    side.map(({ status, partner, text }, id) => ({ id, status, partner: partner ?? null, text }));
  return {
    samePlan: diff.identical,
    /** Nodes with the same step but other costs or estimates. */
    cosmetic: cosmeticChanges(before, after, diff),
    /** Biggest first, in ms; in cost if either plan has no times. */
    unit: before.timed && after.timed ? 'ms' : 'cost',
    changes: changesOf(before, after, diff).map(change => ({
      status: change.status,
      before: change.before ?? null,
      after: change.after ?? null,
      delta: change.delta,
    })),
    ...twoSided(before, after, differenceOf(before, after, diff)),
    before: nodesOf(diff.before),
    after: nodesOf(diff.after),
  };
}

function twoSided(before: Plan, after: Plan, { settings, totals, steps, findings }: Difference) {
  const side = ({ what, unit, ...change }: FigureChange) => ({
    what,
    unit,
    before: change.before ?? null,
    after: change.after ?? null,
  });
  const [here, there] = [flattenPlan(before), flattenPlan(after)];
  return {
    /** null: EXPLAIN (SETTINGS) does not list it, because it has its default or SETTINGS was off. */
    settings: settings.map(change => ({
      name: change.what,
      before: change.before ?? null,
      after: change.after ?? null,
    })),
    totals: totals.map(side),
    steps: steps.map(change => ({
      ...side(change),
      nodeBefore: change.nodeBefore,
      nodeAfter: change.nodeAfter,
    })),
    findings: {
      gone: findings.gone.map(finding => findingModel(finding, here)),
      new: findings.added.map(finding => findingModel(finding, there)),
      unchanged: findings.unchanged.map(pair => ({
        before: findingModel(pair.before, here),
        after: findingModel(pair.after, there),
      })),
    },
  };
}
