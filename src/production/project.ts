/** Projects the time of a plan from rehearsals at several sizes to production's size. */
import type { Interval, Projected, ProjectedTime } from '../advisor/projected.ts';
import { BLOCK_BYTES, formatBytes, formatCount, formatFactor, formatMs } from '../base/format.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import { flattenPlan } from '../plan/tree.ts';
import { isWorkMemTooLarge } from './attempts.ts';
import { exactly, map, sumOfNodes, widen } from './interval.ts';
import { memoryAtProduction, slowedDown, slower } from './memory.ts';
import { processesIn } from './passes.ts';
import { nodesAtProduction, sizeOf, workDone } from './quantities.ts';
import type { Rehearsal, Size } from './rehearsal.ts';
import { timeAtProduction } from './time.ts';

/** The method in one sentence. @param factor From the largest size to production's. */
function methodOf(seen: readonly Rehearsal[], factor: number): string {
  const sizes = seen.map(({ size }) => size.label).join(', ');
  const last = seen.at(-1)?.size.label ?? '';
  return `production's plan, run at ${sizes} with memory and cost limits as small as the data; each node's time goes on with its rows (${formatFactor(1, factor)?.text ?? ''} those of ${last}), on the machine that ran it, with as many processors`;
}

// Time to read production's blocks that shared_buffers cannot hold.

/** Bytes per second that any server's disk provides; stated with every projection that uses it. */
const IN_ORDER = 200e6;
const OUT_OF_ORDER = 50e6;

interface Touched {
  readonly node: PlanNode;
  /** Each block counts once. */
  readonly bytes: number;
  readonly inOrder: boolean;
}

/**
 * @param node Executed, with its blocks.
 * @param growth Of its work, up to production.
 * @returns undefined if the node reads no table.
 */
function touched(node: PlanNode, growth: number, target: Size): Touched | undefined {
  const { relation, index, nodeType, actual } = node;
  if (relation === undefined || actual?.executed !== true) return undefined;
  const { sharedHit = 0, sharedRead = 0 } = actual.exclusiveBuffers ?? {};
  const own = (name: string | undefined) => (name === undefined ? 0 : (target.bytes.get(name) ?? 0));
  // A block that a nested loop visits again is read once.
  const whole =
    nodeType === 'Seq Scan'
      ? own(relation)
      : own(index) + (nodeType.startsWith('Index Only') ? 0 : own(relation));
  const grown = (sharedHit + sharedRead) * BLOCK_BYTES * growth;
  const bytes = nodeType === 'Seq Scan' ? whole : Math.min(grown, whole || grown);
  const once = actual.loops <= 4;
  return { node, bytes, inOrder: nodeType === 'Seq Scan' || (once && nodeType.startsWith('Index Only')) };
}

/** ms at the stated rates. */
const readingMs = ({ bytes, inOrder }: Touched): number =>
  (bytes / (inOrder ? IN_ORDER : OUT_OF_ORDER)) * 1000;

export interface Target {
  readonly size: Size;
  /** Production's estimated plan, with the structure of the rehearsed ones. */
  readonly plan: Plan;
  /** Production's work_mem. */
  readonly workMemBytes: number;
  readonly processors: number;
  /** Set if the server compiles plans above this cost. */
  readonly jitAboveCost?: number | undefined;
  /** shared_buffers; undefined if unknown. */
  readonly cacheBytes: number | undefined;
}

/** Factor of doubt, both ways, if only some sizes spill. */
const SPILL_DOUBT = 2;
/** Factor of doubt, both ways, if the rehearsals had other workers than production. */
const WORKERS_DOUBT = 1.5;

/** Least noise between runs at different sizes. */
const LEAST_NOISE = 0.1;

/**
 * Largest ratio between an end and the figure: nine of ten true times were within (docs/production.md). Adding all
 * nodes' errors with one sign would give ends without meaning.
 */
const FARTHEST = 2.2;
/** If the sum's upper end exceeds the figure by this factor, the time is unknown. */
const MOST_OPEN = 20;

/** Least growth between sizes: runs of one size differ by as much. */
const LEAST_GROWTH = 1.1;

/** @param seen Ascending by size. */
export function project(seen: readonly Rehearsal[], target: Target): ProjectedTime {
  const last = seen.at(-1);
  if (last === undefined) return { kind: 'unknown', why: 'it was not rehearsed at any size' };
  const nodes = flattenPlan(target.plan);
  const sizes = seen.map(({ size }) => sizeOf(nodes, size));
  if (seen.length < 2) return { kind: 'unknown', why: `measured at one size only (${last.size.label})` };
  if (Math.max(...sizes) < Math.min(...sizes) * LEAST_GROWTH)
    return { kind: 'unknown', why: 'the tables it reads have nearly as many rows at every size' };
  const projected = nodesAtProduction(seen, target.plan, target.size);
  const memory = memoryAtProduction(seen, projected, target.workMemBytes);
  const unclear = new Set(memory.holders.filter(({ spills }) => spills === 'unclear').map(({ id }) => id));
  const slow = slowedDown(flattenPlan(last.tree), memory, last.size, target.size);
  const held = new Map(memory.holders.map(({ id, bytes }) => [id, bytes.high]));
  const work = seen.map(({ tree }) => workDone(tree));
  const processes = processesIn(target.plan);
  const times = nodes.map(({ id }): Interval => {
    const next = projected[id]?.work ?? exactly(0);
    const own = timeAtProduction(
      seen.map(({ selfMs }, at) => ({
        work: work[at]?.[id] ?? 0,
        ms: selfMs.map(tree => tree[id] ?? 0),
      })),
      next,
    );
    // The work of all processes is shared by as many of them as there are processors.
    const shared = map(own, ms => ms / Math.min(processes[id] ?? 1, target.processors));
    const cold = slower(shared, slow.has(id), held.get(id) ?? 0);
    return unclear.has(id) ? widen(cold, SPILL_DOUBT) : cold;
  });
  const execution = sumOfNodes(times);
  const remarks: string[] = [];
  if (unclear.size > 0) remarks.push('it is unclear whether it fits in memory there');
  const loose = seen.filter(({ size }) =>
    isWorkMemTooLarge(sizeOf(nodes, target.size) / sizeOf(nodes, size), target.workMemBytes),
  );
  if (loose.length > 0 && memory.holders.length > 0)
    remarks.push(
      `work_mem cannot be as small as the data at ${loose.map(({ size }) => size.label).join(', ')} (64 kB is the least): what fits in memory here may be written to disk there`,
    );
  const workers = seen.find(one => one.workers !== undefined)?.workers;
  if (workers !== undefined) remarks.push(`it ran with other workers than production will use: ${workers}`);
  const wide = widen(execution, workers === undefined ? noiseOf(last) : noiseOf(last) * WORKERS_DOUBT);
  if (wide.high > wide.point * MOST_OPEN)
    return {
      kind: 'unknown',
      why: `the sizes do not determine it: from ${formatMs(wide.low)} to ${formatMs(wide.high)}`,
    };
  const reading = readingRemark(nodes.length, last, projected, work.at(-1) ?? [], target);
  if (reading !== undefined) remarks.push(reading);
  if (target.jitAboveCost !== undefined && target.plan.root.totalCost > target.jitAboveCost)
    remarks.push(
      `JIT compilation is not in it: production compiles a plan that costs more than ${formatCount(target.jitAboveCost)} (jit_above_cost)`,
    );
  const { planningMs } = last;
  return {
    kind: 'projected',
    ms: {
      low: Math.max(wide.low, wide.point / FARTHEST) + planningMs,
      point: wide.point + planningMs,
      high: Math.min(wide.high, wide.point * FARTHEST) + planningMs,
    },
    method: methodOf(seen, sizeOf(nodes, target.size) / (sizes.at(-1) ?? 1)),
    remarks,
    nodes: nodes.map(({ id, label }): Projected['nodes'][number] => ({
      id,
      label,
      rows: projected[id]?.rows ?? exactly(0),
      selfMs: times[id] ?? exactly(0),
    })),
    memory,
  };
}

/** Spread of the runs at the largest size, which the projection multiplies. */
function noiseOf({ runsMs }: Rehearsal): number {
  const sorted = [...runsMs].sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1] ?? 1;
  // Quartiles, so that one disturbed run does not count.
  const near = sorted[sorted.length >> 2] ?? middle;
  const far = sorted[(sorted.length * 3) >> 2] ?? middle;
  const part = Math.max(middle - near, far - middle) / Math.max(middle, 1e-6);
  return 1 + Math.max(LEAST_NOISE, Math.min(1, part));
}

/** Extra time of a server with a cold cache; the projection has everything in memory. */
function readingRemark(
  count: number,
  last: Rehearsal,
  projected: ReturnType<typeof nodesAtProduction>,
  work: readonly number[],
  { size, cacheBytes }: Target,
): string | undefined {
  if (cacheBytes === undefined) return undefined;
  const here = flattenPlan(last.tree).slice(0, count);
  const read = here.flatMap(node => {
    const growth = (projected[node.id]?.work.point ?? 0) / Math.max(1, work[node.id] ?? 1);
    return touched(node, growth, size) ?? [];
  });
  const bytes = read.reduce((all, one) => all + one.bytes, 0);
  if (bytes <= cacheBytes) return undefined;
  const ms = read.reduce((all, one) => all + readingMs(one), 0);
  return `it reads ${formatBytes(bytes)}, more than the server keeps in shared_buffers (${formatBytes(cacheBytes)}): all of it from a disk takes ${formatMs(ms)} longer`;
}
