/** Drafts → the objects of FORMAT JSON, with the zeros and false values that the text leaves out. */

import { isRecord } from '../../../base/json.ts';
import { STEP, type Steps } from '../../../base/steps.ts';
import { BLOCK_KEYS, groupingOf, WAL_KEYS } from './details.ts';
import type { Draft, NodeDraft, StatementDraft } from './drafts.ts';
import { isRun } from './headings.ts';

/** Each `raw` is already in its place, so statements and nodes may be finished in any order. */
export function* finishStatement(statement: StatementDraft): Steps<void> {
  const { nodes, before, after, triggers, raw } = statement;
  const traits = traitsOf(nodes, after);
  for (const [i, node] of nodes.entries()) {
    if (i % STEP === 0) yield;
    yield* finishChildren(node, traits);
  }
  const [root] = nodes;
  if (root !== undefined) fill(root, {}, traits);
  const { Settings, 'Query Identifier': identifier, Planning, 'Planning Time': planning, ...rest } = after;
  Object.assign(raw, before, { Plan: root?.raw ?? {} });
  for (const [key, value] of Object.entries({
    Settings,
    'Query Identifier': identifier,
    Planning,
    'Planning Time': planning,
    ...(traits.analyze || triggers.length > 0 ? { Triggers: triggers } : {}),
    ...rest,
  })) {
    if (value !== undefined) raw[key] = value;
  }
}

function* finishChildren(node: NodeDraft, traits: Traits): Steps<void> {
  const relations = relationships(node, traits.verbose);
  for (const [i, child] of node.children.entries()) {
    if (i % STEP === STEP - 1) yield;
    const name = child.subplanName === undefined ? {} : { 'Subplan Name': child.subplanName };
    fill(child, { 'Parent Relationship': relations[i], ...name }, traits);
  }
}

function fill(node: NodeDraft, relation: Draft, traits: Traits): void {
  const { heading, raw } = node;
  Object.assign(raw, { 'Node Type': heading.type }, heading.before, relation);
  if (heading.provider !== undefined) raw['Custom Plan Provider'] = heading.provider;
  Object.assign(raw, { 'Parallel Aware': heading.parallel, 'Async Capable': heading.async }, heading.after);
  // VERBOSE prints a function's schema. Without a schema, the name is only an alias.
  if ('Function Call' in node.properties && raw.Schema === undefined) delete raw['Function Name'];
  Object.assign(raw, heading.figures);
  if (heading.neverExecuted) Object.assign(raw, neverExecuted(traits));
  Object.assign(raw, propertiesOf(node, traits));
  const workers = [...node.workers.values()].sort(byNumber);
  if (workers.length > 0) raw.Workers = workers.map(worker => withCounters(worker, traits));
  if (/^(?:Merge )?Append$/.test(heading.type)) {
    const { 'Subplans Removed': removed = 0 } = node.properties;
    delete raw['Subplans Removed'];
    raw['Subplans Removed'] = removed;
  }
  if (node.children.length > 0) raw.Plans = node.children.map(child => child.raw);
}

function neverExecuted({ timing }: Traits): Draft {
  const times = timing ? { 'Actual Startup Time': 0, 'Actual Total Time': 0 } : {};
  return { ...times, 'Actual Rows': 0, 'Actual Loops': 0 };
}

/** Keys that precede `Planned Partitions`. */
const BEFORE_PARTITIONS: ReadonlySet<string> = new Set(['Disabled', 'Output', 'Grouping Sets', 'Filter']);

function propertiesOf(node: NodeDraft, traits: Traits): Draft {
  const { type, before } = node.heading;
  const own: Draft = {};
  const hashed = before.Strategy === 'Hashed' || before.Strategy === 'Mixed';
  let partitions =
    type !== 'Aggregate' || !hashed || !traits.costs || 'Planned Partitions' in node.properties;
  for (const [key, value] of Object.entries(node.properties)) {
    if (!partitions && !BEFORE_PARTITIONS.has(key)) {
      own['Planned Partitions'] = 0;
      partitions = true;
    }
    if (key === 'Grouping Sets') Object.assign(own, groupingOf(node));
    else own[key] = value;
  }
  if (!partitions) own['Planned Partitions'] = 0;
  if (type === 'Gather' && own['Single Copy'] === undefined) own['Single Copy'] = false;
  // Without VERBOSE it is unknown.
  if (traits.verbose && node.heading.after['Join Type'] !== undefined) own['Inner Unique'] ??= false;
  if (type === 'Bitmap Heap Scan' && traits.analyze && !('Exact Heap Blocks' in own)) {
    Object.assign(own, { 'Exact Heap Blocks': 0, 'Lossy Heap Blocks': 0 });
  }
  return withCounters(own, traits);
}

function withCounters(own: Draft, { counters }: Traits): Draft {
  for (const key of counters) own[key] ??= 0;
  return own;
}

function byNumber(a: Draft, b: Draft): number {
  return Number(a['Worker Number']) - Number(b['Worker Number']);
}

// `Parent Relationship`: the text shows it by the order and names of subplans.

const MEMBERS: ReadonlySet<string> = new Set(['Append', 'Merge Append', 'BitmapAnd', 'BitmapOr']);

/** By child, in order. @param verbose The node's `Output` would show a RETURNING. */
function relationships(parent: NodeDraft, verbose: boolean): readonly string[] {
  const own = parent.children.filter(({ subplanName }) => subplanName === undefined);
  const members = MEMBERS.has(parent.heading.type) || hasPlanPerTable(parent, own, verbose);
  let seen = 0;
  return parent.children.map(({ subplanName }) => {
    if (subplanName !== undefined) return subplanKind(subplanName);
    return members ? 'Member' : ownRelationship(parent.heading.type, own.length, seen++);
  });
}

/** A CTE is planned as an InitPlan. */
function subplanKind(name: string): string {
  return name.startsWith('SubPlan') ? 'SubPlan' : 'InitPlan';
}

function ownRelationship(type: string, count: number, position: number): string {
  if (type === 'Subquery Scan') return 'Subquery';
  if (type === 'Custom Scan') return count === 1 ? 'child' : 'children';
  return position === 0 ? 'Outer' : 'Inner';
}

/**
 * Up to 13 a ModifyTable had one plan per table, always a `Member`. From 14 it has one plan, and its estimated width
 * is 0 unless there is a RETURNING.
 */
function hasPlanPerTable(parent: NodeDraft, own: readonly NodeDraft[], verbose: boolean): boolean {
  const { type, figures } = parent.heading;
  if (type !== 'ModifyTable') return false;
  if (own.length > 1) return true;
  // Without VERBOSE the width may come from a RETURNING.
  return verbose && (figures['Plan Width'] ?? 0) > 0 && !('Output' in parent.properties);
}

// The options of EXPLAIN, as far as its lines show them: JSON prints 0 where the text prints nothing.

interface Traits {
  readonly analyze: boolean;
  readonly timing: boolean;
  readonly costs: boolean;
  readonly verbose: boolean;
  /** Keys that every node has if one node has them: blocks, I/O times, WAL. */
  readonly counters: readonly string[];
}

const TIMINGS = ['', 'Shared ', 'Local ', 'Temp '].flatMap(kind => [
  `${kind}I/O Read Time`,
  `${kind}I/O Write Time`,
]);

/** @param below The lines below the tree: planning may have read blocks although no node did. */
function traitsOf(nodes: readonly NodeDraft[], below: Draft): Traits {
  const all: readonly Draft[] = nodes.flatMap(node => [node.properties, ...node.workers.values()]);
  const sections = [below.Planning, below.Serialization].filter(isRecord);
  const seen = new Set([...all, ...sections].flatMap(draft => Object.keys(draft)));
  const anyFigure = (key: string) => nodes.some(({ heading }) => key in heading.figures);
  return {
    analyze: nodes.some(({ heading }) => isRun(heading)),
    timing: anyFigure('Actual Total Time'),
    costs: anyFigure('Total Cost'),
    verbose: seen.has('Output'),
    counters: [
      ...BLOCK_KEYS.filter(key => seen.has(key)),
      ...timingKeys(seen),
      ...[...WAL_KEYS, 'WAL Buffers Full'].filter(key => seen.has(key)),
    ],
  };
}

/** With I/O timing on, servers from 17 on print all three kinds, 15 and 16 two of them. */
function timingKeys(seen: ReadonlySet<string>): readonly string[] {
  const modern = seen.has('Shared I/O Read Time') || seen.has('Local I/O Read Time');
  const temp = seen.has('Temp I/O Read Time');
  return TIMINGS.filter(key =>
    key.startsWith('I/O') ? seen.has(key) : modern || (temp && key.startsWith('Temp')),
  );
}
