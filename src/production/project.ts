/** How a time was worked out, in one sentence. */
import type { Interval, Projected, ProjectedTime } from '../advisor/projected.ts';
import { formatBytes, formatCount, formatFactor, formatMs } from '../base/format.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import { flattenPlan } from '../plan/tree.ts';
import { exactly, map, sumOfNodes, widen } from './interval.ts';
import { memoryAhead, slowedDown, slower } from './memory.ts';
import { processesIn } from './passes.ts';
import { aheadOf, sizeOf, workDone } from './quantities.ts';
import type { Rehearsal, Size } from './rehearsal.ts';
import { isWorkMemTooLarge } from './scaledSettings.ts';
import { timeAhead } from './time.ts';

/** @param factor From the largest size to the one it is projected to. */
function methodOf(seen: readonly Rehearsal[], factor: number): string {
  const sizes = seen.map(({ size }) => size.label).join(', ');
  const last = seen.at(-1)?.size.label ?? '';
  return `production's plan, run at ${sizes} with memory and cost limits as small as the data; each node's time goes on with its rows (${formatFactor(1, factor)?.text ?? ''} those of ${last}), on the machine that ran it, with as many processors`;
}

/** What production's blocks may take to be read, where they are more than the server keeps. Pure. */

const BLOCK = 8192;
/** Bytes a second: what any server's disk gives; stated with every projection that goes by it. */
const IN_ORDER = 200e6;
const OUT_OF_ORDER = 50e6;

export interface Touched {
  readonly node: PlanNode;
  /** Of the table or index, once. */
  readonly bytes: number;
  readonly inOrder: boolean;
}

/**
 * @param node With its blocks, as it ran.
 * @param growth Of its work, from where it ran.
 * @returns undefined for a node that reads no table.
 */
export function touched(node: PlanNode, growth: number, there: Size): Touched | undefined {
  const { relation, index, nodeType, actual } = node;
  if (relation === undefined || actual?.executed !== true) return undefined;
  const { sharedHit = 0, sharedRead = 0 } = actual.exclusiveBuffers ?? {};
  const own = (name: string | undefined) => (name === undefined ? 0 : (there.bytes.get(name) ?? 0));
  // What a nested loop comes back to is read once.
  const whole =
    nodeType === 'Seq Scan'
      ? own(relation)
      : own(index) + (nodeType.startsWith('Index Only') ? 0 : own(relation));
  const grown = (sharedHit + sharedRead) * BLOCK * growth;
  const bytes = nodeType === 'Seq Scan' ? whole : Math.min(grown, whole || grown);
  const once = actual.loops <= 4;
  return { node, bytes, inOrder: nodeType === 'Seq Scan' || (once && nodeType.startsWith('Index Only')) };
}

/** ms for the part of `bytes` that is read, at the stated rates. */
const readingMs = ({ bytes, inOrder }: Touched): number =>
  (bytes / (inOrder ? IN_ORDER : OUT_OF_ORDER)) * 1000;

/** Rehearsals of one plan at several sizes → what it takes at another one, or why that is unknown. Pure. */

export interface There {
  readonly size: Size;
  /** The plan as it is estimated there; the same structure as what was rehearsed. */
  readonly plan: Plan;
  /** Of a node there. */
  readonly workMemBytes: number;
  /** Of the machine. */
  readonly processors: number;
  /** Set where the server compiles plans that cost more. */
  readonly jitAboveCost?: number | undefined;
  /** What the server keeps of tables and indexes; undefined where that is unknown. */
  readonly cacheBytes: number | undefined;
}

/** What spills at one size and not at another may take so many times as long, or as short. */
const SPILL_DOUBT = 2;
/** Other workers than in production: at most so many times as long, or as short. */
const WORKERS_DOUBT = 1.5;

/** What else a machine does, from one size to the next. */
const LEAST_NOISE = 0.1;

/**
 * What a projection's ends are apart from its figure at most: nine of ten true times lay inside (docs/production.md). Errors of nodes
 * that are added up as if all had one sign give ends that say nothing.
 */
const FARTHEST = 2.2;
/** Where the upper end of the sum lies so many times beyond the figure, nothing is known. */
const MOST_OPEN = 20;

/** Less is no growth to go by: the runs differ by as much. */
const LEAST_GROWTH = 1.1;

/** @param seen Ascending by size. */
export function project(seen: readonly Rehearsal[], there: There): ProjectedTime {
  const last = seen.at(-1);
  if (last === undefined) return { kind: 'unknown', why: 'it was not rehearsed at any size' };
  const nodes = flattenPlan(there.plan);
  const sizes = seen.map(({ size }) => sizeOf(nodes, size));
  if (seen.length < 2) return { kind: 'unknown', why: `measured at one size only (${last.size.label})` };
  if (Math.max(...sizes) < Math.min(...sizes) * LEAST_GROWTH)
    return { kind: 'unknown', why: 'what it reads has nearly as many rows at every size' };
  const ahead = aheadOf(seen, there.plan, there.size);
  const memory = memoryAhead(seen, ahead, there.workMemBytes);
  const unclear = new Set(memory.holders.filter(({ spills }) => spills === 'unclear').map(({ id }) => id));
  const slow = slowedDown(flattenPlan(last.tree), memory, last.size, there.size);
  const held = new Map(memory.holders.map(({ id, bytes }) => [id, bytes.high]));
  const work = seen.map(({ tree }) => workDone(tree));
  const processes = processesIn(there.plan);
  const times = nodes.map(({ id }): Interval => {
    const next = ahead[id]?.work ?? exactly(0);
    const own = timeAhead(
      seen.map(({ selfMs }, at) => ({
        work: work[at]?.[id] ?? 0,
        ms: selfMs.map(tree => tree[id] ?? 0),
      })),
      next,
    );
    // What is counted of all processes is spent by as many of them as there are processors for.
    const shared = map(own, ms => ms / Math.min(processes[id] ?? 1, there.processors));
    const cold = slower(shared, slow.has(id), held.get(id) ?? 0);
    return unclear.has(id) ? widen(cold, SPILL_DOUBT) : cold;
  });
  const execution = sumOfNodes(times);
  const remarks: string[] = [];
  if (unclear.size > 0) remarks.push('whether it fits in memory there is not clear');
  const loose = seen.filter(({ size }) =>
    isWorkMemTooLarge(sizeOf(nodes, there.size) / sizeOf(nodes, size), there.workMemBytes),
  );
  if (loose.length > 0 && memory.holders.length > 0)
    remarks.push(
      `work_mem cannot be as small as the data at ${loose.map(({ size }) => size.label).join(', ')} (64 kB is the least): what fits in memory here may be written to disk there`,
    );
  const workers = seen.find(one => one.workers !== undefined)?.workers;
  if (workers !== undefined) remarks.push(`it ran with other workers than it will have: ${workers}`);
  const wide = widen(execution, workers === undefined ? noiseOf(last) : noiseOf(last) * WORKERS_DOUBT);
  if (wide.high > wide.point * MOST_OPEN)
    return {
      kind: 'unknown',
      why: `the sizes leave it open: from ${formatMs(wide.low)} to ${formatMs(wide.high)}`,
    };
  const reading = readingRemark(nodes.length, last, ahead, work.at(-1) ?? [], there);
  if (reading !== undefined) remarks.push(reading);
  if (there.jitAboveCost !== undefined && there.plan.root.totalCost > there.jitAboveCost)
    remarks.push(
      `JIT compilation is not in it: production compiles a plan that costs more than ${formatCount(there.jitAboveCost)} (jit_above_cost)`,
    );
  const { planningMs } = last;
  return {
    kind: 'projected',
    ms: {
      low: Math.max(wide.low, wide.point / FARTHEST) + planningMs,
      point: wide.point + planningMs,
      high: Math.min(wide.high, wide.point * FARTHEST) + planningMs,
    },
    method: methodOf(seen, sizeOf(nodes, there.size) / (sizes.at(-1) ?? 1)),
    remarks,
    nodes: nodes.map(({ id, label }): Projected['nodes'][number] => ({
      id,
      label,
      rows: ahead[id]?.rows ?? exactly(0),
      selfMs: times[id] ?? exactly(0),
    })),
    memory,
  };
}

/** How far the runs of the largest size lie apart: what it is all multiplied from. */
function noiseOf({ runsMs }: Rehearsal): number {
  const sorted = [...runsMs].sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1] ?? 1;
  // Quarters: one run that was disturbed says nothing.
  const near = sorted[sorted.length >> 2] ?? middle;
  const far = sorted[(sorted.length * 3) >> 2] ?? middle;
  const part = Math.max(middle - near, far - middle) / Math.max(middle, 1e-6);
  return 1 + Math.max(LEAST_NOISE, Math.min(1, part));
}

/** What a server that starts cold would take longer; the figures have everything in memory. */
function readingRemark(
  count: number,
  last: Rehearsal,
  ahead: ReturnType<typeof aheadOf>,
  work: readonly number[],
  { size, cacheBytes }: There,
): string | undefined {
  if (cacheBytes === undefined) return undefined;
  const here = flattenPlan(last.tree).slice(0, count);
  const read = here.flatMap(node => {
    const growth = (ahead[node.id]?.work.point ?? 0) / Math.max(1, work[node.id] ?? 1);
    return touched(node, growth, size) ?? [];
  });
  const bytes = read.reduce((all, one) => all + one.bytes, 0);
  if (bytes <= cacheBytes) return undefined;
  const ms = read.reduce((all, one) => all + readingMs(one), 0);
  return `it reads ${formatBytes(bytes)}, more than the server keeps in shared_buffers (${formatBytes(cacheBytes)}): all of it from a disk takes ${formatMs(ms)} longer`;
}
