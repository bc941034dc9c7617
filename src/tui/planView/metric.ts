/** What the bars can measure, and how its values read. */
import { BLOCK_BYTES, formatBytes, formatCount, formatMs } from '../../base/format.ts';
import { sharesOf } from '../../plan/accounting/exclusive.ts';
import type { Plan, PlanNode } from '../../plan/plan.ts';
import type { Metric } from './view.ts';

export interface Amounts {
  /** By node id, in the node alone. */
  readonly values: readonly number[];
  /** By node id, of the tree the node belongs to: 0…1. */
  readonly shares: readonly number[];
  /** The greatest of the values. */
  readonly greatest: number;
}

const METRICS: readonly Metric[] = ['time', 'rows', 'buffers', 'cost', 'memory'];

/** Heading of the column. */
export const METRIC_TITLES: Readonly<Record<Metric, string>> = {
  time: 'self',
  rows: 'rows',
  buffers: 'buffers',
  cost: 'cost',
  memory: 'memory',
};

/** Only what there is for the plan: no time of one that was not run. */
export function amountsOf(
  plan: Plan,
  nodes: readonly PlanNode[],
  costs: readonly number[],
  memory: ReadonlyMap<number, number>,
): Readonly<Partial<Record<Metric, Amounts>>> {
  const blocks = (node: PlanNode) => {
    const own = node.actual?.exclusiveBuffers;
    return own === undefined
      ? 0
      : own.sharedHit + own.sharedRead + own.localHit + own.localRead + own.tempRead + own.tempWritten;
  };
  const make = (value: (node: PlanNode) => number): Amounts => {
    const values = nodes.map(value);
    // No spread: a plan may have more nodes than a call may have arguments.
    const greatest = values.reduce((most, value) => Math.max(most, value), 0);
    return { values, shares: sharesOf(nodes, values), greatest };
  };
  const hasBuffers = nodes.some(({ actual }) => actual?.buffers !== undefined);
  return {
    ...(plan.timed ? { time: make(node => node.actual?.exclusiveMs ?? 0) } : {}),
    ...(plan.analyzed ? { rows: make(node => node.actual?.rows ?? 0) } : {}),
    ...(hasBuffers ? { buffers: make(node => blocks(node) * BLOCK_BYTES) } : {}),
    cost: make(node => costs[node.id] ?? 0),
    ...(memory.size > 0 ? { memory: make(node => memory.get(node.id) ?? 0) } : {}),
  };
}

/** The metric that is desired, else the first there is. */
export function effectiveMetric(
  desired: Metric,
  amounts: Readonly<Partial<Record<Metric, Amounts>>>,
): Metric {
  if (amounts[desired] !== undefined) return desired;
  return METRICS.find(metric => metric !== 'rows' && amounts[metric] !== undefined) ?? 'cost';
}

/** The next metric there is on either plan. */
export function nextMetric(from: Metric, step: 1 | -1, available: (metric: Metric) => boolean): Metric {
  const count = METRICS.length;
  const at = METRICS.indexOf(from);
  for (let i = 1; i < count; i++) {
    const metric = METRICS[(at + step * i + count * count) % count];
    if (metric !== undefined && available(metric)) return metric;
  }
  return from;
}

export function formatMetric(metric: Metric, value: number): string {
  if (metric === 'time') return formatMs(value);
  return metric === 'buffers' || metric === 'memory' ? formatBytes(value) : formatCount(value);
}
