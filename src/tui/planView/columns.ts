/** The figures of a plan's lines: which columns there are at a width, and what stands in them. */
import { formatCount, percent } from '../../base/format.ts';
import { type Line, left, right, type Span } from '../cell.ts';
import { wholeLabelCells } from '../nodeLabel.ts';
import type { NodeFacts, PlanFacts } from './facts.ts';
import { effectiveMetric, formatMetric, METRIC_TITLES } from './metric.ts';
import type { Metric } from './view.ts';

export interface PlanColumns {
  readonly label: number;
  readonly metric: Metric;
  readonly estimated: boolean;
  readonly rows: boolean;
  /** The rows are estimates, because a plan was not run and both have no room for both. */
  readonly expected: boolean;
  /** The node with all beneath it, beside the node alone. */
  readonly total: boolean;
  readonly buffers: boolean;
  /** Cells for the bar. */
  readonly bar: number;
  /** The value that fills it: the greatest of a node on either side. */
  readonly full: number;
  /** Cells for the mark of the greatest share, and every share where there is room. */
  readonly mark: number;
}

const ROWS = 7;
const VALUE = 8;
const MARK = 6;
/** The arrow alone. */
const SHORT_MARK = 1;
const BUFFERS = 8;
const BAR = 8;
export const SHORT_BAR = 4;
/** Below this a label is hardly readable: other columns go first. */
const LABEL = 26;
const LABEL_SHARE = 0.55;

/** Metrics that all of these plans have: others cannot be compared. */
export function sharedMetric(plans: readonly PlanFacts[], desired: Metric): Metric {
  const shared = { ...plans[0]?.amounts };
  for (const metric of Object.keys(shared) as Metric[])
    if (plans.some(({ amounts }) => amounts[metric] === undefined)) delete shared[metric];
  return effectiveMetric(desired, shared);
}

/** What fills a bar: one scale for all. */
export const fullValue = (plans: readonly PlanFacts[], metric: Metric): number =>
  Math.max(...plans.map(({ amounts }) => amounts[metric]?.greatest ?? 0));

const known = new WeakMap<PlanFacts, number>();

/** Cells that the widest line needs: strokes, mark, PostgreSQL's name of the node, and the whole name of the index or relation. */
export function labelCells(plan: PlanFacts): number {
  const cells =
    known.get(plan) ??
    plan.nodes.reduce((most, { node, guide }) => Math.max(most, guide.length + 2 + wholeLabelCells(node)), 0);
  known.set(plan, cells);
  return cells;
}

/** The same for all plans that stand beside each other. Labels keep what they need, then come the total, estimates and buffers. */
export function planColumns(plans: readonly PlanFacts[], width: number, desired: Metric): PlanColumns {
  const metric = sharedMetric(plans, desired);
  const rows = metric !== 'rows';
  let label = width - 3 - (VALUE + 1) - (SHORT_BAR + 1) - (SHORT_MARK + 1) - (rows ? ROWS + 1 : 0);
  const needed = Math.max(...plans.map(labelCells));
  const least = Math.max(LABEL, Math.min(needed, Math.floor(width * LABEL_SHARE)));
  const fits = (cells: number): boolean => {
    if (label - cells < least) return false;
    label -= cells;
    return true;
  };
  const total = (metric === 'time' || metric === 'cost') && fits(VALUE + 1);
  // A plan that was not run has estimates only, and no buffers.
  const estimated = plans.some(({ plan }) => plan.analyzed) && fits(ROWS + 1);
  const hasBuffers = plans.some(({ amounts }) => amounts.buffers !== undefined);
  const buffers = estimated && metric !== 'buffers' && hasBuffers && fits(BUFFERS + 1);
  const bar = fits(BAR - SHORT_BAR) ? BAR : SHORT_BAR;
  const mark = fits(MARK - SHORT_MARK) ? MARK : SHORT_MARK;
  const expected = !estimated && plans.some(({ plan }) => !plan.analyzed);
  return {
    label,
    metric,
    estimated,
    rows,
    expected,
    total,
    buffers,
    bar,
    full: fullValue(plans, metric),
    mark,
  };
}

export function headingText(columns: PlanColumns): string {
  const texts = [left('node', columns.label)];
  if (columns.estimated) texts.push(right('est.', ROWS));
  if (columns.rows) texts.push(right(columns.expected ? 'est.' : 'rows', ROWS));
  texts.push(right(METRIC_TITLES[columns.metric], VALUE));
  if (columns.total) texts.push(right('total', VALUE));
  texts.push(left('', columns.bar));
  texts.push(left(columns.mark === MARK ? 'share' : '', columns.mark));
  if (columns.buffers) texts.push(right('buffers', BUFFERS));
  return texts.join(' ');
}

export function columnsText(facts: NodeFacts, plan: PlanFacts, columns: PlanColumns): Line {
  const { node, estimated } = facts;
  const { metric } = columns;
  const never = node.actual?.executed === false;
  const amounts = plan.amounts[metric];
  const share = amounts?.shares[node.id] ?? 0;
  const greatest = isGreatest(facts, plan, metric);
  const spans: Span[] = [];
  const expected = node.hasEstimates ? formatCount(estimated) : '';
  if (columns.estimated) spans.push({ text: ` ${right(expected, ROWS)}`, dim: true });
  if (columns.rows) {
    const rows = never ? 'never' : node.actual === undefined ? '' : formatCount(node.actual.rows);
    spans.push({ text: ` ${right(columns.expected ? expected : rows, ROWS)}`, dim: never });
  }
  spans.push({ text: ` ${right(valueText(facts, plan, metric), VALUE)}`, dim: never });
  if (columns.total) spans.push({ text: ` ${right(totalText(facts, metric), VALUE)}`, dim: true });
  const color = greatest ? { color: 'magenta' as const } : {};
  const value = amounts?.values[node.id] ?? 0;
  spans.push({ text: ` ${barText(columns.full > 0 ? value / columns.full : 0, columns.bar)}`, ...color });
  spans.push({
    text: ` ${left(markText(greatest, share, columns.mark), columns.mark)}`,
    bold: greatest,
    ...color,
  });
  if (columns.buffers) {
    const bytes = plan.amounts.buffers?.values[node.id] ?? 0;
    spans.push({ text: ` ${right(bytes === 0 || never ? '' : formatMetric('buffers', bytes), BUFFERS)}` });
  }
  return spans;
}

/** With all beneath it; empty where that is not known, or is no sum. */
export function totalText({ node, totalCost }: NodeFacts, metric: Metric): string {
  if (metric === 'cost') return node.hasEstimates ? formatMetric('cost', totalCost) : '';
  const ms = node.actual?.executed === false ? undefined : node.actual?.inclusiveMs;
  return metric !== 'time' || ms === undefined ? '' : formatMetric('time', ms);
}

/** The metric's value of a node; `run` continues `never`. */
export function valueText({ node }: NodeFacts, { amounts }: PlanFacts, metric: Metric): string {
  const never = node.actual?.executed === false;
  if (never && metric !== 'cost') return metric === 'rows' ? 'never' : 'run';
  const value = amounts[metric]?.values[node.id] ?? 0;
  // No blocks and no memory are better left empty: most nodes have none.
  if (value === 0 && (metric === 'buffers' || metric === 'memory')) return '';
  // Tasks on other servers, and nodes that only hold them, have no figures of their own.
  if (metric === 'time' && node.actual === undefined) return '';
  if (metric === 'cost' && !node.hasEstimates) return '';
  return formatMetric(metric, value);
}

/** By time and cost it is the costliest node, which `c` leads to. */
function isGreatest({ node, costliest }: NodeFacts, { amounts }: PlanFacts, metric: Metric): boolean {
  if (metric === 'time' || (metric === 'cost' && amounts.time === undefined)) return costliest;
  const values = amounts[metric]?.values ?? [];
  const value = values[node.id] ?? 0;
  return value > 0 && (amounts[metric]?.shares[node.id] ?? 0) >= 0.5;
}

function markText(greatest: boolean, share: number, width: number): string {
  if (width === SHORT_MARK) return greatest ? '◀' : '';
  return greatest ? `◀ ${percent(share)}` : share >= 0.1 ? `  ${percent(share)}` : '';
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** Exactly `width` cells; anything above 0 shows. */
export function barText(share: number, width: number): string {
  const clamped = Math.min(1, Math.max(0, share));
  const eighths = clamped > 0 ? Math.max(1, Math.round(clamped * width * 8)) : 0;
  const text = '█'.repeat(eighths >> 3) + (EIGHTHS[eighths & 7] ?? '');
  return text.padEnd(width);
}
