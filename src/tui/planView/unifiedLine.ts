/** A line of the unified view: one step, before → after. */

import { formatCount, sanitize } from '../../base/format.ts';
import type { NodeDiff } from '../../plan/difference/diff.ts';
import { type Line, left, right, type Span, truncate } from '../cell.ts';
import { nodeLabel } from '../nodeLabel.ts';
import { barText, fullValue, labelCells, SHORT_BAR, sharedMetric, totalText, valueText } from './columns.ts';
import type { NodeFacts, PlanFacts } from './facts.ts';
import { changeMark } from './marks.ts';
import { formatMetric, METRIC_TITLES } from './metric.ts';
import { guideRoom, labelLines, padding } from './treeLine.ts';
import type { Metric } from './view.ts';

const VALUE = 8;
const ROWS = 7;
const DELTA = 9;
const ARROW = ' → ';

interface UnifiedColumns {
  readonly label: number;
  readonly metric: Metric;
  readonly rows: boolean;
  /** One of the plans was not run: estimates are compared on both sides. */
  readonly estimates: boolean;
  /** Totals of the node and its children. */
  readonly total: boolean;
  /** Bars: of both plans, or of the plan after alone. */
  readonly bars: 1 | 2;
  readonly full: number;
}

interface Cell {
  readonly facts: NodeFacts;
  readonly plan: PlanFacts;
}

interface UnifiedCells {
  readonly before: Cell | undefined;
  readonly after: Cell | undefined;
}

/** Costs where either plan has no times: what cannot be compared is not shown side by side. */
export function unifiedColumns(
  before: PlanFacts,
  after: PlanFacts,
  width: number,
  desired: Metric,
): UnifiedColumns {
  const plans = [before, after];
  const estimates = before.plan.analyzed !== after.plan.analyzed;
  const metric = sharedMetric(plans, desired);
  let label = width - 3 - (VALUE * 2 + ARROW.length + 1) - (DELTA + 1) - (SHORT_BAR + 1);
  const needed = Math.max(...plans.map(labelCells));
  const fits = (cells: number, least: number): boolean => {
    if (label - cells < Math.min(least, needed)) return false;
    label -= cells;
    return true;
  };
  const bars = fits(SHORT_BAR + 1, 36) ? 2 : 1;
  const rows = metric !== 'rows' && fits(ROWS * 2 + ARROW.length + 1, 44);
  const total = (metric === 'time' || metric === 'cost') && fits(VALUE * 2 + ARROW.length + 1, 50);
  return { label, metric, rows, estimates, total, bars, full: fullValue(plans, metric) };
}

export function unifiedHeading(columns: UnifiedColumns): string {
  const title = METRIC_TITLES[columns.metric];
  // Which figure it is stands before the first of its columns.
  const texts = [
    left('node', columns.label - (columns.rows ? 0 : title.length)) + (columns.rows ? '' : title),
  ];
  if (columns.rows)
    texts.push(`${right(columns.estimates ? 'est.' : 'rows', ROWS)}${ARROW}${left('after', ROWS)}`);
  const before = columns.rows ? title : 'before';
  texts.push(`${right(before, VALUE)}${ARROW}${left('after', VALUE)}`);
  texts.push(' '.repeat(columns.bars * (SHORT_BAR + 1) - 1));
  texts.push(right('change', DELTA));
  if (columns.total) texts.push(`${right('total', VALUE)}${ARROW}${left('after', VALUE)}`);
  return texts.join(' ');
}

export function unifiedLines(
  { before, after }: UnifiedCells,
  { status, text }: NodeDiff,
  columns: UnifiedColumns,
  options: {
    readonly short: boolean;
    readonly wrap: boolean;
    readonly collapsed: boolean;
    readonly match: boolean;
    readonly sought: string;
  },
): Line[] {
  const shown = after ?? before;
  if (shown === undefined) return [];
  const { facts } = shown;
  const paired = before !== undefined && after !== undefined;
  const label =
    status === 'changed' && paired ? changedLabel(facts, text, columns.label, options) : undefined;
  const [first = [], ...more] = labelLines(facts, columns.label, { ...options, status }, label);
  const spans: Span[] = [];
  if (columns.rows) {
    const rows = (cell: Cell | undefined) => (cell === undefined ? '' : rowsText(cell, columns.estimates));
    spans.push({ text: ` ${right(rows(before), ROWS)}${arrow(paired)}${left(rows(after), ROWS)}` });
  }
  const value = (cell: Cell | undefined) =>
    cell === undefined ? '' : valueText(cell.facts, cell.plan, columns.metric);
  const [was, is] = [value(before), value(after)];
  const between = arrow(paired && was + is !== '');
  spans.push({ text: ` ${right(was, VALUE)}${between}${left(is, VALUE)}` });
  const share = (cell: Cell | undefined): number => {
    const amount = cell?.plan.amounts[columns.metric]?.values[cell.facts.node.id] ?? 0;
    return columns.full > 0 ? amount / columns.full : 0;
  };
  const barred = columns.bars === 2 ? [before, after] : [shown];
  for (const cell of barred)
    spans.push({ text: ` ${barText(share(cell), SHORT_BAR)}`, dim: cell === before && after !== undefined });
  spans.push(deltaSpan(before, after, columns.metric));
  if (columns.total) {
    const total = (cell: Cell | undefined) =>
      cell === undefined ? '' : totalText(cell.facts, columns.metric);
    const [from, to] = [total(before), total(after)];
    spans.push({
      text: ` ${right(from, VALUE)}${arrow(paired && from + to !== '')}${left(to, VALUE)}`,
      dim: true,
    });
  }
  return [
    [changeMark(status), { text: ' ' }, ...first, padding(first, columns.label), ...spans],
    ...more.map((line): Line => [{ text: '  ' }, ...line]),
  ];
}

const arrow = (paired: boolean): string => (paired ? ARROW : '   ');

function rowsText({ facts: { node, estimated } }: Cell, estimates: boolean): string {
  if (estimates) return node.hasEstimates ? formatCount(estimated) : '';
  return node.actual?.executed === false ? 'never' : formatCount(node.actual?.rows ?? estimated);
}

/** `Seq Scan → Index Only Scan using i on orders o` where it fits: both in one line. */
function changedLabel(
  { node, guide, shortGuide }: NodeFacts,
  text: string,
  width: number,
  options: { readonly short: boolean; readonly wrap: boolean },
): string | undefined {
  if (!text.includes(' → ') || /^[A-Z][\w ]*: /.test(text)) return undefined;
  const target =
    node.label.includes(' on ') && !text.includes(' on ') ? ` on ${node.label.split(' on ').at(-1)}` : '';
  const whole = sanitize(text + target);
  if (options.wrap) return whole;
  const room = width - guideRoom(options.short ? shortGuide : guide, width) - 2;
  if (whole.length <= room) return whole;
  const short = nodeLabel(node, room);
  // The step as it is now says more than both cut off.
  return text.length <= room ? truncate(sanitize(text), room) : short;
}

/** `−89 ms`, `+1.2 s`; empty where it is nothing. */
function deltaSpan(before: Cell | undefined, after: Cell | undefined, metric: Metric): Span {
  const amount = (cell: Cell | undefined) => cell?.plan.amounts[metric]?.values[cell.facts.node.id] ?? 0;
  const delta = amount(after) - amount(before);
  const most = Math.max(amount(after), amount(before));
  // Less than a hundredth of the step is no change worth reading.
  if (most === 0 || Math.abs(delta) < most / 100) return { text: ' '.repeat(DELTA + 1) };
  const value = formatMetric(metric, Math.abs(delta));
  if (value.startsWith('<')) return { text: ' '.repeat(DELTA + 1) };
  const text = ` ${right(`${delta < 0 ? '−' : '+'}${value}`, DELTA)}`;
  return delta < 0 ? { text, color: 'green' } : { text, color: 'red' };
}
