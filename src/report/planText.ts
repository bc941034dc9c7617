/** A plan, or the difference of two, as lines of text for pipes and files: figures first, so that no label is cut. Pure. */
import stringWidth from 'string-width';
import { formatBytes, formatCount, formatMs, harmless, percent } from '../format/index.ts';
import { besideDetails } from '../plan/beside-details.ts';
import { changesOf, cosmeticChanges } from '../plan/changes.ts';
import { costliestNode } from '../plan/costliest.ts';
import { exclusiveCosts } from '../plan/costs.ts';
import { diffPlans, type PlanDiff } from '../plan/diff.ts';
import { estimatedRows } from '../plan/estimated-rows.ts';
import { findingsOf } from '../plan/findings/find.ts';
import { flattenPlan } from '../plan/flatten.ts';
import { numberOf, oneLine, recordsOf, textOf } from '../plan/json.ts';
import { memoryOf } from '../plan/memory.ts';
import { selfAmounts, sharesOf } from '../plan/self-amounts.ts';
import { treeLines } from '../plan/tree.ts';
import type { Plan, PlanNode } from '../plan/types.ts';
import { unifiedRows } from '../plan/unify.ts';

const VALUE = 8;
const ROWS = 7;
const MARKS = { same: ' ', added: '+', removed: '-', changed: '~', moved: '>' } as const;
const SIGNS = { severe: '⚠', warning: '!', notice: '·' } as const;
/** Under VERBOSE every node has them; `--json` keeps them. */
const NOISE = /^(Output|Inner Unique|Async Capable|Single Copy|Sort Space Used|Sort Space Type)$/;
/** Worth a line only when there is something, as in EXPLAIN's own text. */
const NOISE_AT_ZERO = /^(Disk Usage|Cache Evictions|Cache Overflows)$/;
const KILOBYTES = /^(Peak Memory Usage|Disk Usage|Maximum Storage)$/;

/** @returns Lines without a trailing newline. */
export function planLines(plan: Plan): string[] {
  const nodes = flattenPlan(plan);
  const values = plan.timed ? nodes.map(node => node.actual?.exclusiveMs) : exclusiveCosts(nodes);
  const shares = sharesOf(nodes, selfAmounts(plan));
  const estimated = estimatedRows(nodes);
  const costliest = costliestNode(plan);
  const headings = [right(plan.timed ? 'self' : 'cost', VALUE), right('', 5)];
  if (plan.analyzed) headings.push(right('rows', ROWS));
  headings.push(right('est.', ROWS), '  node');
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
    const mark = node === costliest && nodes.length > 1 && (plan.timed || node.hasEstimates) ? ' ◀' : '';
    return [
      `${figures.join(' ')}   ${guide}${labelOf(node)}${mark}`,
      ...detailTexts(node).map(text => `${blank}   ${continuation}  ${harmless(text)}`),
    ];
  });
  return [summary(plan), '', headings.join(' '), ...lines, ...besideLines(plan), ...findingLines(plan)];
}

/** `Filter: (a = 1)`: what the server says under the node, in lines that a person would write. */
function detailTexts(node: PlanNode): readonly string[] {
  const loops = node.actual?.loops ?? 1;
  const told = node.details.flatMap(({ key, value }) => {
    if (NOISE.test(key) || (NOISE_AT_ZERO.test(key) && value === '0')) return [];
    if (key.startsWith('Original ') && node.raw[key] === node.raw[key.slice('Original '.length)]) return [];
    if (key === 'Grouping Sets') return groupingTexts(node);
    if (key === 'Sort Method') return [`${key}: ${value}${sortSpace(node)}`];
    if (KILOBYTES.test(key)) return [`${key}: ${value} kB`];
    // Of a task of Citus: others' times are beside the tree.
    if (/^(Planning|Execution) Time$/.test(key)) return [`${key}: ${value} ms`];
    // The rows beside it are totals.
    if (key.startsWith('Rows Removed by ') && loops > 1) return [`${key}: ${value} in each loop`];
    if (/^Worker |^(Full-sort|Pre-sorted) Groups$/.test(key)) return [`${key}: ${workerText(value)}`];
    return [`${key}: ${value}`];
  });
  return loops > 1 ? [...told, `Loops: ${loops}`] : told;
}

function sortSpace({ raw }: PlanNode): string {
  const kilobytes = numberOf(raw, 'Sort Space Used');
  const where = textOf(raw, 'Sort Space Type') === 'Disk' ? 'on disk' : 'in memory';
  return kilobytes === undefined ? '' : `, ${kilobytes} kB ${where}`;
}

/** One line for each set, as EXPLAIN's text has them: `Hash Key: status`. */
function groupingTexts({ raw }: PlanNode): readonly string[] {
  return recordsOf(raw, 'Grouping Sets').flatMap(set =>
    Object.entries(set).flatMap(([key, lists]) => {
      if (!Array.isArray(lists)) return [];
      if (key === 'Sort Key') return [`${key}: ${oneLine(lists)}`];
      return lists.map(list => `${key.replace(/s$/, '')}: ${oneLine(list) || '()'}`);
    }),
  );
}

/** What a sort used and where, in words instead of JSON. */
function workerText(said: string): string {
  const where = (type: string) => (type === 'Disk' ? 'on disk' : 'in memory');
  return said
    .replace(GROUPS, (_all, count: string, methods: string, type: string, peak: string) => {
      const used = methods.replaceAll('"', '').replaceAll(',', ', ');
      return `${count} groups, ${used}, at most ${peak} kB ${where(type)}`;
    })
    .replace(/Sort Space Used: (\d+), Sort Space Type: (\w+)/g, (_all, used: string, type: string) => {
      return `${used} kB ${where(type)}`;
    })
    .replace(/, Disk Usage: 0\b/g, '')
    .replace(/\b((?:Peak Memory|Disk) Usage: \d+)/g, '$1 kB');
}

const GROUPS =
  /\{"Group Count":(\d+),"Sort Methods Used":\[([^\]]*)\],"Sort Space (Memory|Disk)":\{"Average Sort Space Used":\d+,"Peak Sort Space Used":(\d+)\}\}/g;

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
  if (node.actual?.executed === false && plan.timed) return 'never';
  if (value === undefined || (!plan.timed && !node.hasEstimates)) return '';
  return plan.timed ? formatMs(value) : formatCount(value);
}

function rowsText({ actual }: PlanNode): string {
  if (actual === undefined) return '';
  return actual.executed ? formatCount(actual.rows) : 'never';
}

function labelOf(node: PlanNode): string {
  return harmless(node.subplanName === undefined ? node.label : `${node.subplanName}: ${node.label}`);
}

function besideLines(plan: Plan): string[] {
  const details = besideDetails(plan);
  return details.length === 0 ? [] : ['', ...details.map(({ key, value }) => harmless(`${key}: ${value}`))];
}

function findingLines(plan: Plan): string[] {
  const nodes = flattenPlan(plan);
  const findings = findingsOf(plan);
  if (findings.length === 0) return [];
  return [
    '',
    'Findings',
    ...findings.flatMap(({ severity, rule, nodeId, text, next }) => {
      const node = nodeId === undefined ? undefined : nodes[nodeId];
      const where = node === undefined ? 'the plan' : harmless(node.label);
      return [
        `  ${SIGNS[severity]} ${severity} ${rule}: ${where}`,
        `      ${harmless(text)}`,
        `      try: ${harmless(next)}`,
      ];
    }),
  ];
}

/** @returns Lines without a trailing newline. */
export function differenceLines(before: Plan, after: Plan): string[] {
  const diff = diffPlans(before, after);
  const timed = before.timed && after.timed;
  const sides = {
    before: sideOf(before, selfAmounts(before, timed)),
    after: sideOf(after, selfAmounts(after, timed)),
  };
  const format = timed ? formatMs : formatCount;
  const title = timed ? 'self' : 'cost';
  const heading = `${right('before', VALUE)} → ${left(`after ${title}`, VALUE + 3)} ${right('before', ROWS)} → ${left('after rows', ROWS + 3)}   node`;
  const lines = unifiedRows(diff).map(row => {
    const one = row.before === undefined ? undefined : sides.before[row.before];
    const two = row.after === undefined ? undefined : sides.after[row.after];
    const shown = two ?? one;
    const change = row.after === undefined ? diff.before[row.before ?? -1] : diff.after[row.after];
    const text = change?.text === undefined || change.text === '' ? '' : `  [${harmless(change.text)}]`;
    const cell = (side: typeof one) => (side === undefined ? '' : side.never ? 'never' : format(side.amount));
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
  ].map(line => line.trimEnd());
}

function sideOf(plan: Plan, amounts: readonly number[]) {
  const estimated = estimatedRows(flattenPlan(plan));
  return treeLines(plan).map(({ node, guide }) => ({
    guide,
    label: labelOf(node),
    amount: amounts[node.id] ?? 0,
    never: node.actual?.executed === false,
    rows:
      node.actual?.executed === false ? 'never' : formatCount(node.actual?.rows ?? estimated[node.id] ?? 0),
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
    return `  ${right(`${sign}${format(Math.abs(change.delta))}`, VALUE + 1)} ${MARKS[change.status]} ${node === undefined ? '' : labelOf(node)}${text === '' ? '' : `  [${harmless(text)}]`}`;
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
