/** The figures of a plan's lines: which columns there are at a width, and what stands in them. */
import { formatCount, percent } from '../../base/format.ts';
import { type Line, left, right, type Span } from '../cell.ts';
import type { NodeFacts, PlanFacts } from './facts.ts';
import { effectiveMetric, formatMetric, METRIC_TITLES } from './metric.ts';
import type { Metric } from './view.ts';

export interface PlanColumns {
  readonly label: number;
  readonly metric: Metric;
  readonly estimated: boolean;
  readonly rows: boolean;
  readonly buffers: boolean;
  /** Cells for the bar; 0 where there is no room. */
  readonly bar: number;
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
/** Below this a label is hardly readable: other columns go first. */
const LABEL = 26;

/** Bars go first, then buffers, then the estimates. `width` is that of the whole line, with cursor and marks. */
export function planColumns({ plan, amounts }: PlanFacts, width: number, desired: Metric): PlanColumns {
  const metric = effectiveMetric(desired, amounts);
  const mark = width >= 62 ? MARK : SHORT_MARK;
  const rows = metric !== 'rows';
  let label = width - 3 - (VALUE + 1) - (mark + 1) - (rows ? ROWS + 1 : 0);
  const fits = (cells: number): boolean => {
    if (label - (cells + 1) < LABEL) return false;
    label -= cells + 1;
    return true;
  };
  // A plan that was not run has estimates only, and no buffers.
  const estimated = plan.analyzed && fits(ROWS);
  const buffers = estimated && metric !== 'buffers' && amounts.buffers !== undefined && fits(BUFFERS);
  const bar = width >= 62 && label - (BAR + 1) >= LABEL + 8 && fits(BAR) ? BAR : 0;
  return { label, metric, estimated, rows, buffers, bar, mark };
}

export function headingText({ plan }: PlanFacts, columns: PlanColumns): string {
  const texts = [left('node', columns.label)];
  if (columns.estimated) texts.push(right('est.', ROWS));
  if (columns.rows) texts.push(right(plan.analyzed ? 'rows' : 'est.', ROWS));
  texts.push(right(METRIC_TITLES[columns.metric], VALUE));
  if (columns.bar > 0) texts.push(left('', columns.bar));
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
    const rows = never ? 'never' : node.actual === undefined ? expected : formatCount(node.actual.rows);
    spans.push({ text: ` ${right(rows, ROWS)}`, dim: never });
  }
  spans.push({ text: ` ${right(valueText(facts, plan, metric), VALUE)}`, dim: never });
  const color = greatest ? { color: 'magenta' as const } : {};
  if (columns.bar > 0) spans.push({ text: ` ${barText(share, columns.bar)}`, ...color });
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

/** The metric's value of a node; `run` continues `never`. */
export function valueText({ node }: NodeFacts, { amounts }: PlanFacts, metric: Metric): string {
  const never = node.actual?.executed === false;
  if (never && metric !== 'cost') return metric === 'rows' ? 'never' : 'run';
  const value = amounts[metric]?.values[node.id] ?? 0;
  // No blocks and no memory are better left empty: most nodes have none.
  if (value === 0 && (metric === 'buffers' || metric === 'memory')) return '';
  // Other servers' tasks and what only holds them has no figures of its own.
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
