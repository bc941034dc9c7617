/** Rows, loops and work of each node at each size, and at production's size. */
import type { Interval } from '../advisor/projected.ts';
import { occupied } from '../lens/occupancy.ts';
import { isGather } from '../plan/accounting/readers.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import { flattenPlan, parentIds } from '../plan/tree.ts';
import { exactly, map, sum } from './interval.ts';
import { isDriven, type Pass, passesOf } from './passes.ts';
import type { Rehearsal, Size } from './rehearsal.ts';
import { type Done, type RowsAtSize, rowsAtProduction, workOf } from './rows.ts';

export interface NodeAtProduction {
  /** Over all loops and processes. */
  readonly rows: Interval;
  /** See workOf(). */
  readonly work: Interval;
}

/** Actual work by node id. What every process repeats counts once. */
export function workDone(tree: Plan): readonly number[] {
  const passes = passesOf(tree);
  const nodes = flattenPlan(tree);
  const done = nodes.map(({ id, actual }): Done => {
    const processes = passes[id]?.processes ?? 1;
    const { rows = 0, rowsRemoved = 0, loops = 0 } = actual ?? {};
    return { rows: rows / processes, read: (rows + rowsRemoved) / processes, loops: loops / processes };
  });
  return nodes.map(node => workOf(node, done));
}

/** Rows of the largest table that the plan reads. */
export function sizeOf(nodes: readonly PlanNode[], { rows }: Size): number {
  return Math.max(
    1,
    ...nodes.map(({ relation }) => (relation === undefined ? 0 : (rows.get(relation) ?? 0))),
  );
}

/** By node id. @param seen Ascending by size. @param target Planned at the size `there`, with the same structure. */
export function nodesAtProduction(
  seen: readonly Rehearsal[],
  target: Plan,
  production: Size,
): readonly NodeAtProduction[] {
  return seen.length === 0 ? [] : new Projection(seen, target, production).nodesThere();
}

const JOIN = /^(Nested Loop|Hash Join|Merge Join)$/;

/** A rehearsal. */
interface AtSize {
  readonly nodes: readonly PlanNode[];
  readonly passes: readonly Pass[];
  readonly estimates: readonly Pass[];
  readonly size: Size;
  /** sizeOf() */
  readonly rows: number;
}

class Projection {
  private readonly nodes: readonly PlanNode[];
  private readonly parents: readonly number[];
  private readonly passes: readonly Pass[];
  private readonly rehearsed: readonly AtSize[];
  private readonly last: AtSize;
  private readonly drawn: readonly (readonly number[])[];
  private readonly rows: Interval[] = [];
  /** By node id: growth of its runs from the largest size. */
  private readonly growths: Interval[] = [];

  constructor(
    seen: readonly Rehearsal[],
    target: Plan,
    private readonly production: Size,
  ) {
    this.nodes = flattenPlan(target);
    this.parents = parentIds(this.nodes);
    this.passes = passesOf(target);
    this.rehearsed = seen.map(({ tree, estimated, size }) => ({
      nodes: flattenPlan(tree),
      passes: passesOf(tree),
      estimates: passesOf(estimated),
      size,
      rows: sizeOf(this.nodes, size),
    }));
    this.last = this.rehearsed.at(-1) as AtSize;
    this.drawn = this.rehearsed.map(here => this.drawnAt(here));
  }

  nodesThere(): readonly NodeAtProduction[] {
    const [root] = this.nodes;
    if (root !== undefined) this.visit(root, exactly(1));
    const end = (which: keyof Interval) =>
      this.nodes.map(({ id }): Done => {
        const rows = (this.rows[id]?.[which] ?? 0) / this.processes(id);
        const loops = (this.growths[id]?.[which] ?? 1) * this.loopsHere(id);
        return { rows, read: this.read(id, rows), loops };
      });
    const ends = { low: end('low'), point: end('point'), high: end('high') };
    return this.nodes.map(node => ({
      rows: this.rows[node.id] ?? exactly(0),
      work: {
        low: workOf(node, ends.low),
        point: workOf(node, ends.point),
        high: workOf(node, ends.high),
      },
    }));
  }

  /** Children come first, as they bound their parent's rows; SubPlans come last, as they run once per row. */
  private visit(node: PlanNode, growth: Interval): void {
    this.growths[node.id] = growth;
    const subplans = node.children.filter(child => child.parentRelationship === 'SubPlan');
    let outer: PlanNode | undefined;
    for (const child of node.children) {
      if (subplans.includes(child)) continue;
      const driver = isDriven(child, node) ? outer : undefined;
      // Materialize computes its rows once, however often it is read.
      const kept = node.nodeType === 'Materialize' ? exactly(1) : growth;
      this.visit(child, driver === undefined ? kept : this.growthOf(driver));
      outer ??= child;
    }
    this.rows[node.id] = this.rowsOf(node, growth);
    for (const child of subplans) this.visit(child, this.growthOf(node));
  }

  private growthOf({ id }: PlanNode): Interval {
    const here = this.last.nodes[id]?.actual?.rows ?? 0;
    const again = this.processes(id) / (this.last.passes[id]?.processes ?? 1);
    return here === 0 ? exactly(1) : map(this.rows[id] ?? exactly(here), rows => rows / here / again);
  }

  private processes(id: number): number {
    return this.passes[id]?.processes ?? 1;
  }

  /** Loops per process, if each runs the whole node. */
  private loopsHere(id: number): number {
    return (this.last.nodes[id]?.actual?.loops ?? 0) / (this.last.passes[id]?.processes ?? 1);
  }

  private rowsOf(node: PlanNode, growth: Interval): Interval {
    const inputs = node.children.filter(
      ({ parentRelationship }) => parentRelationship !== 'SubPlan' && parentRelationship !== 'InitPlan',
    );
    const times = this.processes(node.id);
    const passed = this.passedOn(node, inputs);
    if (passed !== undefined) return map(passed, rows => rows * times);
    if (node.raw['Partial Mode'] === 'Partial') return this.partialGroups(node, inputs);
    const free = this.freely(node);
    const isDrivenNode = this.passes[node.id]?.runs === 'driven';
    const runs = isDrivenNode ? map(growth, value => value * this.loopsHere(node.id)) : exactly(1);
    const projected = {
      low: free.low * runs.low,
      point: free.point * runs.point,
      high: free.high * runs.high,
    };
    const most = this.mostOf(node, inputs, runs.high);
    return map(projected, rows => Math.min(most, rows) * times);
  }

  /** Rows of a node that passed on all its input at every size; undefined for other nodes. */
  private passedOn(node: PlanNode, inputs: readonly PlanNode[]): Interval | undefined {
    const [first] = inputs;
    if (first === undefined || node.nodeType === 'Aggregate' || node.nodeType === 'Limit') return undefined;
    if (isGather(node)) return this.rows[first.id];
    const sources = JOIN.test(node.nodeType) ? [first] : inputs;
    if (!this.always(node, sources, (rows, input, slack) => Math.abs(rows - input) <= slack))
      return undefined;
    return sum(sources.map(({ id }) => this.once(id)));
  }

  /** Partial aggregation: each process returns the groups that it met. */
  private partialGroups(node: PlanNode, inputs: readonly PlanNode[]): Interval {
    let above: PlanNode | undefined = node;
    while (above !== undefined && above.raw['Partial Mode'] !== 'Finalize')
      above = this.nodes[this.parents[above.id] ?? -1];
    const processes = this.allProcesses(node);
    const groups = above === undefined ? exactly(1) : this.freely(above);
    const came = sum(inputs.map(({ id }) => this.rows[id] ?? exactly(0)));
    const each = (groups: number, rows: number) =>
      Math.max(1, occupied(groups, rows / processes)) * processes;
    return {
      low: Math.min(groups.low, each(groups.low, came.low)),
      point: each(groups.point, came.point),
      high: Math.max(groups.high, each(groups.high, came.high)),
    };
  }

  private allProcesses(node: PlanNode): number {
    let above: PlanNode | undefined = node;
    while (above !== undefined && !isGather(above)) above = this.nodes[this.parents[above.id] ?? -1];
    return (above?.workersPlanned ?? 0) + 1;
  }

  /** Upper bound from inputs, LIMIT and table, per process. */
  private mostOf(node: PlanNode, inputs: readonly PlanNode[], runs: number): number {
    const bounds = [Number.POSITIVE_INFINITY];
    const [only, another] = inputs;
    const isBounded = another === undefined || /^(Semi|Anti)$/.test(String(node.raw['Join Type']));
    if (only !== undefined && isBounded)
      if (this.always(node, [only], (rows, input, slack) => rows <= input + slack))
        bounds.push(this.once(only.id).high);
    if (node.nodeType === 'Limit') {
      // If the planner expects more input, its rows are the LIMIT.
      const planned = [node, ...this.rehearsed.flatMap(({ nodes }) => nodes[node.id] ?? [])];
      const limits = planned.flatMap(({ planRows, children }) =>
        planRows < (children[0]?.planRows ?? 0) ? [planRows] : [],
      );
      if (limits.length > 0) bounds.push(Math.max(...limits));
    }
    const table = node.relation === undefined ? undefined : this.production.rows.get(node.relation);
    if (table !== undefined && table > 0) bounds.push(table * Math.max(1, runs));
    return Math.min(...bounds);
  }

  /** Rows per process, if each runs the whole node. */
  private once(id: number): Interval {
    return map(this.rows[id] ?? exactly(0), rows => rows / this.processes(id));
  }

  /** Whether a relation between its rows and its inputs' rows holds at every size. */
  private always(
    node: PlanNode,
    inputs: readonly PlanNode[],
    holds: (rows: number, input: number, slack: number) => boolean,
  ): boolean {
    return this.rehearsed.every(({ nodes, passes }) => {
      const once = (id: number) => (nodes[id]?.actual?.rows ?? 0) / (passes[id]?.processes ?? 1);
      // PostgreSQL rounds the rows of one loop.
      const slack = [node, ...inputs].reduce((all, { id }) => {
        const loops = nodes[id]?.actual?.loops ?? 1;
        return all + (loops > 1 ? loops / 2 : 0);
      }, 0);
      const input = inputs.reduce((all, { id }) => all + once(id), 0);
      return holds(once(node.id), input, Math.min(slack, 0.02 * input + 2));
    });
  }

  /** Rows of one run, projected from the sizes. */
  private freely({ id, nodeType }: PlanNode): Interval {
    const seen = this.rehearsed.map(({ nodes, passes, estimates, rows }, at): RowsAtSize => {
      const { actual } = nodes[id] ?? {};
      const pass = passes[id];
      const runs = pass?.runs === 'driven' ? (actual?.loops ?? 0) : (pass?.processes ?? 1);
      return {
        estimated: estimates[id]?.estimated ?? 0,
        actual: (actual?.rows ?? 0) / Math.max(1, runs),
        counted: Math.min(this.drawn[at]?.[id] ?? Number.POSITIVE_INFINITY, actual?.rows ?? 0),
        size: rows,
        areGroups: nodeType === 'Aggregate',
      };
    });
    return rowsAtProduction(seen, {
      estimated: this.passes[id]?.estimated ?? 0,
      size: sizeOf(this.nodes, this.production),
    });
  }

  /**
   * By node id at one size: the fewest rows in the subtree, which determine its statistical error. Constant rows and whole
   * tables have no such error.
   */
  private drawnAt({ nodes, passes, size }: AtSize): readonly number[] {
    const fewest: number[] = [];
    for (const node of [...nodes].reverse()) {
      const below = Math.min(...node.children.map(({ id }) => fewest[id] ?? Number.POSITIVE_INFINITY));
      const rows = node.actual?.rows ?? 0;
      const table = node.relation === undefined ? undefined : size.rows.get(node.relation);
      const isWhole = table !== undefined && rows / (passes[node.id]?.processes ?? 1) >= table * 0.99;
      const isSame = this.rehearsed.every(here => here.nodes[node.id]?.actual?.rows === rows);
      fewest[node.id] = isWhole || isSame || node.nodeType === 'Aggregate' ? below : Math.min(below, rows);
    }
    return fewest;
  }

  /** Rows read. A sequential scan reads the whole table whatever it returns. */
  private read(id: number, rows: number): number {
    const { actual, relation = '', nodeType } = this.last.nodes[id] ?? {};
    const again = this.last.passes[id]?.processes ?? 1;
    const came = (actual?.rows ?? 0) / again;
    const read = came + (actual?.rowsRemoved ?? 0) / again;
    const table = (this.production.rows.get(relation) ?? 0) / (this.last.size.rows.get(relation) ?? 0);
    if (nodeType === 'Seq Scan' && Number.isFinite(table) && table > 0) return read * table;
    return came === 0 ? Math.max(rows, read) : (read / came) * rows;
  }
}
