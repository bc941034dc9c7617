/** A plan, or the difference of two, as lines of text for pipes and files: figures first, so that no label is cut. Pure. */
import stringWidth from 'string-width';
import { formatBlocks, formatBytes, formatCount, formatMs, percent, sanitize } from '../format/index.ts';
import { besideDetails } from '../plan/beside-details.ts';
import { changesOf, cosmeticChanges } from '../plan/changes.ts';
import { costliestNode } from '../plan/costliest.ts';
import { exclusiveCosts } from '../plan/costs.ts';
import { detailTexts } from '../plan/detail-texts.ts';
import { diffPlans, type PlanDiff } from '../plan/diff.ts';
import { estimatedRows } from '../plan/estimated-rows.ts';
import { findingsOf } from '../plan/findings/find.ts';
import { flattenPlan } from '../plan/flatten.ts';
import { memoryOf } from '../plan/memory.ts';
import { selfAmounts, sharesOf } from '../plan/self-amounts.ts';
import { treeLines } from '../plan/tree.ts';
import type { Plan, PlanNode } from '../plan/types.ts';
import { unifiedRows } from '../plan/unify.ts';

const VALUE = 8;
const ROWS = 7;
const MARKS = { same: ' ', added: '+', removed: '-', changed: '~', moved: '>' } as const;
const SIGNS = { severe: '⚠', warning: '!', notice: '·' } as const;
/** @returns Lines without a trailing newline. */
export function planLines(plan: Plan): string[] {
  const nodes = flattenPlan(plan);
  const values = plan.timed ? nodes.map(node => node.actual?.exclusiveMs) : exclusiveCosts(nodes);
  const shares = sharesOf(nodes, selfAmounts(plan));
  const estimated = estimatedRows(nodes, plan.settings);
  const costliest = costliestNode(plan);
  const headings = [right(plan.timed ? 'self' : 'cost', VALUE), right('', 5)];
  if (plan.analyzed) headings.push(right('rows', ROWS));
  headings.push(right('est.', ROWS));
  const hasBuffers = nodes.some(({ actual }) => actual?.buffers !== undefined);
  if (hasBuffers) headings.push(right('buffers', VALUE));
  headings.push('  node');
  const blank = ' '.repeat(headings.slice(0, -1).join(' ').length);
  const lines = treeLines(plan).flatMap(({ node, guide, continuation }) => {
    const value = values[node.id];
    const share = shares[node.id] ?? 0;
    const figures = [
      right(valueText(plan, node, value), VALUE),
      right(share >= 0.01 && node.actual?.executed !== false ? percent(share) : '', 5),
    ];
    if (plan.analyzed) figures.push(right(rowsText(node), ROWS));
    figures.push(right(node.hasEstimates ? formatCount(estimated[node.id] ?? node.planRows) : '', ROWS));
    if (hasBuffers) figures.push(right(buffersText(node), VALUE));
    const mark = node === costliest && nodes.length > 1 && (plan.timed || node.hasEstimates) ? ' ◀' : '';
    return [
      `${figures.join(' ')}   ${guide}${labelOf(node)}${mark}`,
      ...detailTexts(node).map(text => `${blank}   ${continuation}  ${sanitize(text)}`),
    ];
  });
  return [summary(plan), '', headings.join(' '), ...lines, ...besideLines(plan), ...findingLines(plan)];
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
    [`${count} ${count === 1 ? 'node' : 'nodes'}`],
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

/** Of the node alone, wherever the blocks came from; empty for none. */
function buffersText({ actual }: PlanNode): string {
  const own = actual?.exclusiveBuffers;
  if (own === undefined) return '';
  const blocks =
    own.sharedHit + own.sharedRead + own.localHit + own.localRead + own.tempRead + own.tempWritten;
  return blocks === 0 ? '' : formatBlocks(blocks);
}

function rowsAgainst(node: PlanNode, estimated: number, comparable: boolean): string {
  if (!comparable) return node.hasEstimates ? formatCount(estimated) : '';
  return node.actual?.executed === false ? 'never' : formatCount(node.actual?.rows ?? estimated);
}

function rowsText({ actual }: PlanNode): string {
  if (actual === undefined) return '';
  return actual.executed ? formatCount(actual.rows) : 'never';
}

function labelOf(node: PlanNode): string {
  return sanitize(node.subplanName === undefined ? node.label : `${node.subplanName}: ${node.label}`);
}

function besideLines(plan: Plan): string[] {
  const details = besideDetails(plan);
  return details.length === 0 ? [] : ['', ...details.map(({ key, value }) => sanitize(`${key}: ${value}`))];
}

/** Settings and the like that are the same before are no news. */
function newBesideLines(before: Plan, after: Plan): string[] {
  const known = new Set(besideLines(before));
  const lines = besideLines(after).filter(line => line !== '' && !known.has(line));
  return lines.length === 0 ? [] : ['', 'Beside the plan after', ...lines.map(line => `  ${line}`)];
}

function findingLines(plan: Plan, title = 'Findings'): string[] {
  const nodes = flattenPlan(plan);
  const findings = findingsOf(plan);
  if (findings.length === 0) return [];
  return [
    '',
    title,
    ...findings.flatMap(({ severity, rule, nodeId, text, next }) => {
      const node = nodeId === undefined ? undefined : nodes[nodeId];
      const where = node === undefined ? 'the plan' : sanitize(node.label);
      return [
        `  ${SIGNS[severity]} ${severity} ${rule}: ${where}`,
        `      ${sanitize(text)}`,
        `      try: ${sanitize(next)}`,
      ];
    }),
  ];
}

/** @returns Lines without a trailing newline. */
export function differenceLines(before: Plan, after: Plan): string[] {
  const diff = diffPlans(before, after);
  const timed = before.timed && after.timed;
  // Of a plan that was not run there are estimates only: hold those against those of the other.
  const comparable = before.analyzed === after.analyzed;
  const sides = {
    before: sideOf(before, selfAmounts(before, timed), comparable),
    after: sideOf(after, selfAmounts(after, timed), comparable),
  };
  const format = timed ? formatMs : formatCount;
  const title = timed ? 'self' : 'cost';
  const heading = `${right('before', VALUE)} → ${left(`after ${title}`, VALUE + 3)} ${right('before', ROWS)} → ${left(comparable ? 'after rows' : 'after est.', ROWS + 3)}   node`;
  const lines = unifiedRows(diff).map(row => {
    const one = row.before === undefined ? undefined : sides.before[row.before];
    const two = row.after === undefined ? undefined : sides.after[row.after];
    const shown = two ?? one;
    const change = row.after === undefined ? diff.before[row.before ?? -1] : diff.after[row.after];
    const text = change?.text === undefined || change.text === '' ? '' : `  [${sanitize(change.text)}]`;
    const cell = (side: typeof one) => (side === undefined || side.never ? '' : format(side.amount));
    const arrow = one !== undefined && two !== undefined ? ' → ' : '   ';
    return `${right(cell(one), VALUE)}${arrow}${left(cell(two), VALUE + 3)} ${right(one?.rows ?? '', ROWS)}${arrow}${left(two?.rows ?? '', ROWS + 3)} ${MARKS[change?.status ?? 'same']} ${shown?.guide ?? ''}${shown?.label ?? ''}${text}`;
  });
  return [
    `before: ${summary(before)}`,
    `after:  ${summary(after)}`,
    '',
    verdict(before, after, diff),
    '',
    heading,
    ...lines,
    ...changeLines(before, after, diff, format),
    ...newBesideLines(before, after),
    ...findingLines(after, 'Findings in the plan after'),
  ].map(line => line.trimEnd());
}

function sideOf(plan: Plan, amounts: readonly number[], comparable: boolean) {
  const estimated = estimatedRows(flattenPlan(plan), plan.settings);
  return treeLines(plan).map(({ node, guide }) => ({
    guide,
    label: labelOf(node),
    amount: amounts[node.id] ?? 0,
    never: comparable && node.actual?.executed === false,
    rows: rowsAgainst(node, estimated[node.id] ?? 0, comparable),
  }));
}

function verdict(before: Plan, after: Plan, diff: PlanDiff): string {
  const cosmetic = cosmeticChanges(before, after, diff);
  if (diff.identical)
    return cosmetic === 0
      ? 'The same plan.'
      : `The same plan; costs or estimates differ at ${cosmetic} nodes, which is cosmetic.`;
  const counts = { added: 0, removed: 0, changed: 0, moved: 0, same: 0 };
  for (const { status } of diff.before) counts[status]++;
  for (const { status } of diff.after) if (status === 'added') counts.added++;
  // The signs are those of the tree.
  const told = (['changed', 'added', 'removed', 'moved'] as const).flatMap(status =>
    counts[status] === 0 ? [] : [`${counts[status]} ${status} (${MARKS[status]})`],
  );
  return `Another plan: ${[...told, `${counts.same} the same`].join(', ')}.`;
}

const MOST_CHANGES = 10;

function changeLines(
  before: Plan,
  after: Plan,
  diff: PlanDiff,
  format: (amount: number) => string,
): string[] {
  const changes = changesOf(before, after, diff);
  if (changes.length === 0) return [];
  const nodes = { before: flattenPlan(before), after: flattenPlan(after) };
  const lines = changes.slice(0, MOST_CHANGES).map(change => {
    const node = nodes.after[change.after ?? -1] ?? nodes.before[change.before ?? -1];
    const text = change.before === undefined ? '' : (diff.before[change.before]?.text ?? '');
    const sign = change.delta < 0 ? '−' : change.delta > 0 ? '+' : '';
    return `  ${right(`${sign}${format(Math.abs(change.delta))}`, VALUE + 1)} ${MARKS[change.status]} ${node === undefined ? '' : labelOf(node)}${text === '' ? '' : `  [${sanitize(text)}]`}`;
  });
  const more = changes.length > MOST_CHANGES ? [`  and ${changes.length - MOST_CHANGES} more`] : [];
  return ['', 'Changes, the biggest first', ...lines, ...more];
}

function right(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - stringWidth(text))) + text;
}

function left(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}
