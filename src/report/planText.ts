/** A plan as text for pipes and files; figures first, so that no label is cut. */
import {
  formatBlocks,
  formatBytes,
  formatCount,
  formatMs,
  percent,
  plural,
  sanitize,
} from '../base/format.ts';
import { exclusiveCosts } from '../plan/accounting/costs.ts';
import { estimatedRows } from '../plan/accounting/estimates.ts';
import { costliestNode, selfAmounts, sharesOf } from '../plan/accounting/exclusive.ts';
import { detailTexts, statementDetails } from '../plan/details.ts';
import { type Finding, findingsOf } from '../plan/findings/find.ts';
import { memoryOf } from '../plan/memory/memory.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import { flattenPlan, treeLines } from '../plan/tree.ts';
import { fittingGuide, PIPE_WIDTH, right, wrapped } from './columns.ts';

const VALUE = 8;
const ROWS = 7;
const BUFFERS = 12;
/** Columns for a node's label, whatever its depth. */
const LABEL = 40;
const SIGNS = { severe: '⚠', warning: '!', notice: '·' } as const;
/**
 * @param width Maximum columns of a line.
 * @returns Lines without a trailing newline.
 */
export function planLines(plan: Plan, width = PIPE_WIDTH): string[] {
  const nodes = flattenPlan(plan);
  const values = plan.timed ? nodes.map(node => node.actual?.exclusiveMs) : exclusiveCosts(nodes);
  const shares = sharesOf(nodes, selfAmounts(plan));
  const estimated = estimatedRows(nodes, plan.settings);
  const costliest = costliestNode(plan);
  const title = plan.timed ? 'self' : 'self cost';
  const columns = Math.max(VALUE, title.length);
  const headings = [right(title, columns), right('', 5)];
  if (plan.analyzed) headings.push(right('rows', ROWS));
  headings.push(right('est.', ROWS));
  const hasBuffers = nodes.some(({ actual }) => actual?.buffers !== undefined);
  if (hasBuffers) headings.push(right('self buffers', BUFFERS));
  headings.push('  node');
  const blank = `${' '.repeat(headings.slice(0, -1).join(' ').length)}   `;
  const room = Math.max(0, width - blank.length - LABEL);
  const lines = treeLines(plan).flatMap(({ node, guide, continuation }) => {
    const value = values[node.id];
    const share = shares[node.id] ?? 0;
    const figures = [
      right(valueText(plan, node, value), columns),
      right(share >= 0.01 && node.actual?.executed !== false ? percent(share) : '', 5),
    ];
    if (plan.analyzed) figures.push(right(rowsText(node), ROWS));
    figures.push(right(node.hasEstimates ? formatCount(estimated[node.id] ?? node.planRows) : '', ROWS));
    if (hasBuffers) figures.push(right(buffersText(node), BUFFERS));
    const mark = node === costliest && nodes.length > 1 && (plan.timed || node.hasEstimates) ? ' ◀' : '';
    const strokes = `${blank}${fittingGuide(continuation, node.depth, room)}  `;
    return [
      ...wrapped(
        `${figures.join(' ')}   ${fittingGuide(guide, node.depth, room)}`,
        `${nodeLabel(node)}${mark}`,
        width,
        `${strokes}  `,
      ),
      ...detailTexts(node).flatMap(text => wrapped(strokes, sanitize(text), width, `${strokes}  `)),
    ];
  });
  return [
    ...wrapped('', summary(plan), width, '  '),
    '',
    headings.join(' '),
    ...lines,
    ...besideLines(plan, width),
    ...findingSection('Findings', findingsOf(plan), plan, width),
  ];
}

/** `execution 112 ms · planning 0.8 ms · 12 nodes · holds 2.1 MB in memory · fingerprint …`. */
export function summary(plan: Plan): string {
  const memory = memoryOf(plan);
  const held =
    memory.heldBytes === 0
      ? []
      : [`holds ${formatBytes(memory.heldBytes)} in memory${memory.measured ? '' : ' (estimated)'}`];
  const count = flattenPlan(plan).length;
  return [
    plan.executionMs !== undefined
      ? [`execution ${formatMs(plan.executionMs)}`]
      : plan.analyzed
        ? []
        : [plan.root.hasEstimates ? 'not run: costs and estimates' : 'not run, without costs'],
    plan.planningMs === undefined ? [] : [`planning ${formatMs(plan.planningMs)}`],
    plan.analyzed && !plan.timed ? ['no times of nodes'] : [],
    [plural(count, 'node')],
    held,
    [`fingerprint ${plan.fingerprint}`],
  ]
    .flat()
    .join(' · ');
}

function valueText(plan: Plan, node: PlanNode, value: number | undefined): string {
  if (node.actual?.executed === false && plan.timed) return '';
  if (value === undefined || (!plan.timed && !node.hasEstimates)) return '';
  return plan.timed ? formatMs(value) : formatCount(value);
}

/** Without its children; empty for none. */
function buffersText({ actual }: PlanNode): string {
  const own = actual?.exclusiveBuffers;
  if (own === undefined) return '';
  const blocks =
    own.sharedHit + own.sharedRead + own.localHit + own.localRead + own.tempRead + own.tempWritten;
  return blocks === 0 ? '' : formatBlocks(blocks);
}

function rowsText({ actual }: PlanNode): string {
  if (actual === undefined) return '';
  return actual.executed ? formatCount(actual.rows) : 'never';
}

export function nodeLabel(node: PlanNode): string {
  return sanitize(node.subplanName === undefined ? node.label : `${node.subplanName}: ${node.label}`);
}

function besideLines(plan: Plan, width: number): string[] {
  const details = statementDetails(plan);
  if (details.length === 0) return [];
  return ['', ...details.flatMap(({ key, value }) => wrapped('', sanitize(`${key}: ${value}`), width, '  '))];
}

/** Empty without findings. */
export function findingSection(
  title: string,
  findings: readonly Finding[],
  plan: Plan,
  width: number,
): string[] {
  const nodes = flattenPlan(plan);
  if (findings.length === 0) return [];
  return [
    '',
    title,
    ...findings.flatMap(({ severity, rule, nodeId, text, next }) => {
      const node = nodeId === undefined ? undefined : nodes[nodeId];
      const where = node === undefined ? 'the plan' : sanitize(node.label);
      return [
        ...wrapped('  ', `${SIGNS[severity]} ${severity} ${rule}: ${where}`, width, '      '),
        ...wrapped('      ', sanitize(text), width),
        ...wrapped('      ', `try: ${sanitize(next)}`, width, '           '),
      ];
    }),
  ];
}
