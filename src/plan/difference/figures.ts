/** Differences of two plans other than their trees: settings, figures, findings. */
import { formatBlocks, formatBytes, formatCount, formatMs } from '../../base/format.ts';
import { numberOf, oneLine, textOf } from '../../base/json.ts';
import { groupBy } from '../../base/lists.ts';
import { sum } from '../../base/statistics.ts';
import { heapBlocks } from '../accounting/counters.ts';
import { type Finding, findingsOf } from '../findings/find.ts';
import { diskBytes, memoryOf, type PlanMemory } from '../memory/memory.ts';
import type { Plan, PlanNode } from '../plan.ts';
import { flattenPlan } from '../tree.ts';
import type { PlanDiff } from './diff.ts';

/** `text` is quoted from the server. Blocks have 8 kB. */
export type Unit = 'ms' | 'bytes' | 'blocks' | 'count' | 'text';

export interface FigureChange {
  /** `planning time`, `sort method`. */
  readonly what: string;
  readonly unit: Unit;
  /** undefined if this side has none (no JIT, nothing on disk). */
  readonly before: number | string | undefined;
  readonly after: number | string | undefined;
}

/** One node on both sides. */
export interface StepChange extends FigureChange {
  readonly nodeBefore: number;
  readonly nodeAfter: number;
}

export interface FindingChanges {
  /** Only the plan before has them, such as a spill that is gone. */
  readonly gone: readonly Finding[];
  readonly added: readonly Finding[];
  /** The same rule about the same node; the figures may differ. */
  readonly unchanged: readonly { readonly before: Finding; readonly after: Finding }[];
}

export interface Difference {
  /** A side is undefined if its plan does not list the setting: it has the default, or EXPLAIN ran without SETTINGS. */
  readonly settings: readonly FigureChange[];
  /** Figures of the whole plan. */
  readonly totals: readonly FigureChange[];
  /** How paired nodes differ in sort method, memory and temporary files. */
  readonly steps: readonly StepChange[];
  readonly findings: FindingChanges;
}

/** @param diff Of the same two plans. @param findings Returns a plan's findings. */
export function differenceOf(
  before: Plan,
  after: Plan,
  diff: PlanDiff,
  findings: (plan: Plan) => readonly Finding[] = plan => findingsOf(plan),
): Difference {
  const memory = { before: memoryOf(before), after: memoryOf(after) };
  return {
    settings: changesIn(settingsOf(before), settingsOf(after)),
    totals: totalsOf(before, after, memory.before, memory.after),
    steps: stepChanges(before, after, memory.before, memory.after, diff),
    findings: findingChanges(findings(before), findings(after), diff),
  };
}

interface Figure {
  readonly what: string;
  readonly unit: Unit;
  readonly value: number | string | undefined;
}

/** Figures that differ or that only one list has. */
function changesIn(before: readonly Figure[], after: readonly Figure[]): FigureChange[] {
  const changes = new Map<string, FigureChange>();
  for (const { what, unit, value } of before)
    changes.set(what, { what, unit, before: value, after: undefined });
  for (const { what, unit, value } of after)
    changes.set(what, { what, unit, before: changes.get(what)?.before, after: value });
  return [...changes.values()].filter(change => change.before !== change.after);
}

const settingsOf = ({ settings }: Plan): readonly Figure[] =>
  Object.entries(settings).map(([what, value]) => ({ what, unit: 'text', value }));

function totalsOf(before: Plan, after: Plan, held: PlanMemory, heldAfter: PlanMemory): FigureChange[] {
  const alike = before.analyzed === after.analyzed;
  const of = (plan: Plan, memory: PlanMemory): readonly Figure[] => [
    { what: 'planning time', unit: 'ms', value: plan.planningMs },
    { what: 'execution time', unit: 'ms', value: plan.executionMs },
    {
      what: 'memory held at once',
      unit: 'bytes',
      value: memory.heldBytes > 0 ? memory.heldBytes : undefined,
    },
    ...workers(plan),
    ...counters(plan),
    ...jit(plan),
    ...statement(plan),
  ];
  return changesIn(of(before, held), of(after, heldAfter)).filter(change => {
    const twoSided = change.before !== undefined && change.after !== undefined;
    // A figure that depends on ANALYZE or an option of EXPLAIN is no change if only one side has it.
    return twoSided || (alike && !OPTIONAL.test(change.what));
  });
}

/** Printed under BUFFERS, WAL, MEMORY, SERIALIZE, SUMMARY. */
const OPTIONAL = /time$|^(?:shared|local|temp) blocks |^planning: |^WAL |^planner|^serial/;

function workers(plan: Plan): readonly Figure[] {
  const gathers = flattenPlan(plan).filter(({ workersPlanned }) => workersPlanned !== undefined);
  const total = (of: (node: PlanNode) => number | undefined) => {
    const known = gathers.map(of).filter(count => count !== undefined);
    return known.length === 0 ? undefined : sum(known);
  };
  return [
    { what: 'workers planned', unit: 'count', value: total(node => node.workersPlanned) },
    { what: 'workers launched', unit: 'count', value: total(node => node.workersLaunched) },
  ];
}

/** `sharedHit` → `shared blocks hit`. */
const ofBlocks = (name: string): string => name.replace(/[A-Z].*/, verb => ` blocks ${verb.toLowerCase()}`);
/** `tempReadMs` → `temp read`. */
const inWords = (name: string): string =>
  name.replace(/Ms$/, '').replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);

function counters({ root, statement: { planningBuffers } }: Plan): readonly Figure[] {
  const { buffers, io, wal } = root.actual ?? {};
  const all = (counted: object | undefined, figure: (name: string) => Omit<Figure, 'value'>): Figure[] =>
    Object.entries(counted ?? {}).map(([name, value]) => ({ ...figure(name), value }));
  return [
    ...all(buffers, name => ({ what: ofBlocks(name), unit: 'blocks' })),
    ...all(io, name => ({ what: `I/O ${inWords(name)} time`, unit: 'ms' })),
    ...all(wal, name => ({ what: `WAL ${inWords(name)}`, unit: name === 'bytes' ? 'bytes' : 'count' })),
    ...all(planningBuffers, name => ({ what: `planning: ${ofBlocks(name)}`, unit: 'blocks' })),
  ];
}

function jit({ statement: { jit: compiled } }: Plan): readonly Figure[] {
  if (compiled === undefined) return [];
  const { functions, ms, ...parts } = compiled;
  return [
    { what: 'JIT functions', unit: 'count', value: functions },
    { what: 'JIT in all', unit: 'ms', value: ms },
    ...Object.entries(parts).map(
      ([name, value]): Figure => ({ what: `JIT ${inWords(name)}`, unit: 'ms', value }),
    ),
  ];
}

function statement({
  statement: { triggers, serialization, planningBytes, other },
}: Plan): readonly Figure[] {
  return [
    ...triggers.flatMap(({ name, relation, ms, calls }): Figure[] => {
      const what = `trigger ${name}${relation === undefined ? '' : ` on ${relation}`}`;
      return [
        { what, unit: 'ms', value: ms },
        { what: `${what}, calls`, unit: 'count', value: calls },
      ];
    }),
    { what: 'serialization time', unit: 'ms', value: serialization?.ms },
    { what: 'serialized', unit: 'bytes', value: serialization?.bytes },
    { what: "planner's memory", unit: 'bytes', value: planningBytes },
    ...other.map(({ key, value }): Figure => ({ what: key, unit: 'text', value })),
  ];
}

function stepChanges(before: Plan, after: Plan, held: PlanMemory, heldAfter: PlanMemory, diff: PlanDiff) {
  if (before.analyzed !== after.analyzed) return [];
  const nodesAfter = flattenPlan(after);
  const memory = measured(held);
  const memoryAfter = measured(heldAfter);
  return flattenPlan(before).flatMap((node): StepChange[] => {
    const partner = nodesAfter[diff.before[node.id]?.partner ?? -1];
    if (partner === undefined) return [];
    return changesIn(nodeFigures(node, memory), nodeFigures(partner, memoryAfter)).map(change => ({
      ...change,
      nodeBefore: node.id,
      nodeAfter: partner.id,
    }));
  });
}

/** Bytes by node id. Estimates are left out: they differ with every ANALYZE. */
function measured({ holders }: PlanMemory): ReadonlyMap<number, number> {
  return new Map(
    holders.flatMap(({ node, how, heldBytes }) => (how === 'measured' ? [[node.id, heldBytes]] : [])),
  );
}

function nodeFigures({ id, raw, actual }: PlanNode, memory: ReadonlyMap<number, number>): readonly Figure[] {
  const some = (value: number | undefined) => (value === 0 ? undefined : value);
  return [
    { what: 'sort method', unit: 'text', value: textOf(raw, 'Sort Method') },
    {
      what: 'batches',
      unit: 'count',
      value: numberOf(raw, 'Hash Batches') ?? numberOf(raw, 'HashAgg Batches'),
    },
    { what: 'on disk', unit: 'bytes', value: some(diskBytes(raw)) },
    { what: 'memory', unit: 'bytes', value: memory.get(id) },
    { what: 'self temp blocks written', unit: 'blocks', value: some(actual?.exclusiveBuffers?.tempWritten) },
    { what: 'lossy blocks', unit: 'blocks', value: some(heapBlocks(raw, 'Lossy')) },
    { what: 'heap fetches', unit: 'count', value: some(actual?.heapFetches) },
  ];
}

function findingChanges(
  before: readonly Finding[],
  after: readonly Finding[],
  diff: PlanDiff,
): FindingChanges {
  const keyOf = (rule: string, node: number | undefined, text: string) =>
    // Findings about the whole plan are identified by their text without figures.
    JSON.stringify([rule, node ?? text.replace(/\d[\d.,]*( [A-Za-zµ%]+|×)?/g, '#')]);
  const open = groupBy(after, ({ rule, nodeId, text }) => keyOf(rule, nodeId, text));
  const gone: Finding[] = [];
  const unchanged: { before: Finding; after: Finding }[] = [];
  for (const finding of before) {
    const { rule, nodeId, text } = finding;
    const partner = nodeId === undefined ? undefined : diff.before[nodeId]?.partner;
    const same =
      nodeId !== undefined && partner === undefined
        ? undefined
        : open.get(keyOf(rule, partner, text))?.shift();
    if (same === undefined) gone.push(finding);
    else unchanged.push({ before: finding, after: same });
  }
  const kept = new Set(unchanged.map(pair => pair.after));
  return { gone, added: after.filter(finding => !kept.has(finding)), unchanged };
}

/** `1.5 s → 20 ms`; undefined if both sides print the same. @param none Printed for a missing side. */
export function changeInWords({ unit, before, after }: FigureChange, none = 'none'): string | undefined {
  const [from, to] = [before, after].map(value => (value === undefined ? none : valueText(value, unit)));
  return from === to ? undefined : `${from} → ${to}`;
}

function valueText(value: number | string, unit: Unit): string {
  if (typeof value === 'string') return oneLine(value);
  if (unit === 'ms') return formatMs(value);
  if (unit === 'bytes') return formatBytes(value);
  return unit === 'blocks' ? formatBlocks(value) : formatCount(value);
}
