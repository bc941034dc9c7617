/** What differs between two plans beside the shape of their trees, from both sides: settings, figures, findings. */
import { formatBlocks, formatBytes, formatCount, formatMs } from '../../base/format.ts';
import { numberOf, oneLine, textOf } from '../../base/json.ts';
import { heapBlocks } from '../accounting/counters.ts';
import { type Finding, findingsOf } from '../findings/find.ts';
import { diskBytes, memoryOf, type PlanMemory } from '../memory/memory.ts';
import type { Plan, PlanNode } from '../plan.ts';
import { flattenPlan } from '../tree.ts';
import type { PlanDiff } from './diff.ts';

/** `text` is in the server's words. Blocks are of 8 kB. */
export type Unit = 'ms' | 'bytes' | 'blocks' | 'count' | 'text';

/** One thing on both sides. */
export interface FigureChange {
  /** `planning time`, `sort method`. */
  readonly what: string;
  readonly unit: Unit;
  /** undefined: there is none on this side (no JIT, nothing on disk). */
  readonly before: number | string | undefined;
  readonly after: number | string | undefined;
}

/** The same step on both sides; ids of nodes. */
export interface StepChange extends FigureChange {
  readonly nodeBefore: number;
  readonly nodeAfter: number;
}

export interface FindingChanges {
  /** The plan before has them, and the plan after does not: a spill that is cured. */
  readonly gone: readonly Finding[];
  readonly added: readonly Finding[];
  /** The same rule finds fault with the same step; its figures may differ. */
  readonly unchanged: readonly { readonly before: Finding; readonly after: Finding }[];
}

export interface Difference {
  /** `before` or `after` is undefined where EXPLAIN (SETTINGS) does not list it: the default, or SETTINGS was off. */
  readonly settings: readonly FigureChange[];
  /** Of the plan as a whole: totals. */
  readonly totals: readonly FigureChange[];
  /** What the same step did otherwise: how it sorted, what it held and wrote. */
  readonly steps: readonly StepChange[];
  readonly findings: FindingChanges;
}

/** @param diff Of the same two plans (diff.ts). @param findings Finds what is worth reporting about a plan. */
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

/** What differs of two lists of figures; a figure that only one list has is there with one side. */
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
    ...beside(plan),
  ];
  return changesIn(of(before, held), of(after, heldAfter)).filter(change => {
    const twoSided = change.before !== undefined && change.after !== undefined;
    // What only a run, or an option of EXPLAIN, makes known is no news when only one side has it.
    return twoSided || (alike && !OPTIONAL.test(change.what));
  });
}

/** Printed under BUFFERS, WAL, MEMORY, SERIALIZE, SUMMARY. */
const OPTIONAL = /time$|^(?:shared|local|temp) blocks |^planning: |^WAL |^planner|^serial/;

function workers(plan: Plan): readonly Figure[] {
  const gathers = flattenPlan(plan).filter(({ workersPlanned }) => workersPlanned !== undefined);
  const sum = (of: (node: PlanNode) => number | undefined) => {
    const known = gathers.map(of).filter(count => count !== undefined);
    return known.length === 0 ? undefined : known.reduce((total, count) => total + count, 0);
  };
  return [
    { what: 'workers planned', unit: 'count', value: sum(node => node.workersPlanned) },
    { what: 'workers launched', unit: 'count', value: sum(node => node.workersLaunched) },
  ];
}

/** `sharedHit` → `shared blocks hit`. */
const ofBlocks = (name: string): string => name.replace(/[A-Z].*/, verb => ` blocks ${verb.toLowerCase()}`);
/** `tempReadMs` → `temp read`. */
const inWords = (name: string): string =>
  name.replace(/Ms$/, '').replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);

function counters({ root, beside: { planningBuffers } }: Plan): readonly Figure[] {
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

function jit({ beside: { jit: compiled } }: Plan): readonly Figure[] {
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

function beside({ beside: { triggers, serialization, planningBytes, other } }: Plan): readonly Figure[] {
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

/** Bytes by node id; estimates differ with every statistic. */
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
  const open = new Map<string, Finding[]>();
  const keyOf = (rule: string, node: number | undefined, text: string) =>
    // About the plan as a whole: the sentence without its figures.
    JSON.stringify([rule, node ?? text.replace(/\d[\d.,]*( [A-Za-zµ%]+|×)?/g, '#')]);
  for (const finding of after) {
    const key = keyOf(finding.rule, finding.nodeId, finding.text);
    open.set(key, [...(open.get(key) ?? []), finding]);
  }
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

/** `1.5 s → 20 ms`, with what to print where a side has none; undefined where both sides read the same. */
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
