/** The lines that EXPLAIN's text format prints under a node. Unknown keys of newer servers are kept. */
import { formatBytes, formatCalls, formatMs } from '../base/format.ts';
import { type Json, numberOf, oneLine, recordsOf, textOf } from '../base/json.ts';
import { COUNTER_KEYS } from './accounting/counters.ts';
import type { Detail, Plan, PlanNode } from './plan.ts';

/** Shown in the heading, as figures or by the tree itself. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set([
  'Node Type',
  'Plans',
  'Workers',
  'Parent Relationship',
  'Subplan Name',
  'Worker Number',
  'Parallel Aware',
  'Relation Name',
  'Schema',
  'Alias',
  'Index Name',
  'Scan Direction',
  'Join Type',
  'Strategy',
  'Partial Mode',
  'Operation',
  'CTE Name',
  'Command',
  'Custom Plan Provider',
  'Function Name',
  'Startup Cost',
  'Total Cost',
  'Plan Rows',
  'Plan Width',
  'Actual Startup Time',
  'Actual Total Time',
  'Actual Rows',
  'Actual Loops',
]);

/** Left out at 0 and false, as in the text format. */
const ONLY_WHEN_SET =
  /^((?:Rows|Batches) Removed by .*|Async Capable|Inner Unique|Single Copy|Disabled|.* Time|Exact Heap Blocks|Lossy Heap Blocks|Subplans Removed|Planned Partitions|WAL .*)$/;

const KILOBYTES = /^(?:Peak Memory Usage|Disk Usage|Maximum Storage|Sort Space Used)$/;

/** JSON prints numbers without their units; text that already has one stays as it is. */
function withUnit(key: string, value: string): string {
  if (!/^[\d.]+$/.test(value)) return value;
  if (KILOBYTES.test(key)) return `${value} kB`;
  return key.endsWith(' Time') ? `${value} ms` : value;
}

export const detailsOf = (raw: Json): readonly Detail[] => [
  ...linesOf(raw),
  ...recordsOf(raw, 'Workers').map(workerDetail),
];

function linesOf(raw: Json): readonly Detail[] {
  const lines: Detail[] = [];
  for (const [key, value] of Object.entries(raw)) {
    if (SHOWN_ELSEWHERE.has(key) || COUNTER_KEYS.has(key)) continue;
    if (ONLY_WHEN_SET.test(key) && (value === 0 || value === false)) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    lines.push({ key, value: withUnit(key, oneLine(value)) });
  }
  return lines;
}

/** `Worker 0`: `actual time=0.021..12.500 rows=3 loops=1`, then its other keys. */
function workerDetail(worker: Json): Detail {
  const startup = numberOf(worker, 'Actual Startup Time');
  const total = numberOf(worker, 'Actual Total Time');
  const rows = numberOf(worker, 'Actual Rows');
  const loops = numberOf(worker, 'Actual Loops');
  const actual: string[] = [];
  if (startup !== undefined && total !== undefined)
    actual.push(`time=${startup.toFixed(3)}..${total.toFixed(3)}`);
  if (rows !== undefined && loops !== undefined) actual.push(`rows=${rows} loops=${loops}`);
  const parts = actual.length > 0 ? [`actual ${actual.join(' ')}`] : [];
  const others = linesOf(worker).map(({ key, value }) => `${key}: ${value}`);
  return {
    key: `Worker ${numberOf(worker, 'Worker Number') ?? '?'}`,
    value: [...parts, ...others].join(', '),
  };
}

// The same details worded for people.

/** VERBOSE prints them for every node. `--json` keeps them. */
const NOISE = /^(Output|Inner Unique|Async Capable|Single Copy|Sort Space Used|Sort Space Type)$/;
/** Left out at 0. */
const NOISE_AT_ZERO = /^(Disk Usage|Cache Evictions|Cache Overflows)$/;

/** `Filter: (a = 1)`; memory and disk in words, without the noise of VERBOSE. */
export function detailTexts(node: PlanNode): readonly string[] {
  const loops = node.actual?.loops ?? 1;
  const lines = node.details.flatMap(({ key, value }) => {
    if (NOISE.test(key) || (NOISE_AT_ZERO.test(key) && /^0( kB)?$/.test(value))) return [];
    if (key.startsWith('Original ') && node.raw[key] === node.raw[key.slice('Original '.length)]) return [];
    if (key === 'Grouping Sets') return groupingTexts(node);
    if (key === 'Sort Method') return [`${key}: ${value}${sortSpace(node)}`];
    // The figures of the node are totals, this one is per loop.
    if (key.startsWith('Rows Removed by ') && loops > 1) return [`${key}: ${value} in each loop`];
    if (/^Worker |^(Full-sort|Pre-sorted) Groups$/.test(key)) return [`${key}: ${workerText(value)}`];
    return [`${key}: ${value}`];
  });
  return loops > 1 ? [...lines, `Loops: ${loops}`] : lines;
}

function sortSpace({ raw }: PlanNode): string {
  const kilobytes = numberOf(raw, 'Sort Space Used');
  const where = textOf(raw, 'Sort Space Type') === 'Disk' ? 'on disk' : 'in memory';
  return kilobytes === undefined ? '' : `, ${kilobytes} kB ${where}`;
}

/** One line for each grouping set, as in EXPLAIN's text: `Hash Key: status`. */
function groupingTexts({ raw }: PlanNode): readonly string[] {
  return recordsOf(raw, 'Grouping Sets').flatMap(set =>
    Object.entries(set).flatMap(([key, lists]) => {
      if (!Array.isArray(lists)) return [];
      if (key === 'Sort Key') return [`${key}: ${oneLine(lists)}`];
      return lists.map(list => `${key.replace(/s$/, '')}: ${oneLine(list) || '()'}`);
    }),
  );
}

/** Replaces JSON objects about sort memory with words. */
function workerText(said: string): string {
  const where = (type: string) => (type === 'Disk' ? 'on disk' : 'in memory');
  return said
    .replace(GROUPS, (_all, count: string, methods: string, type: string, peak: string) => {
      const used = methods.replaceAll('"', '').replaceAll(',', ', ');
      return `${count} groups, ${used}, at most ${peak} kB ${where(type)}`;
    })
    .replace(/Sort Space Used: (\d+ kB), Sort Space Type: (\w+)/g, (_all, used: string, type: string) => {
      return `${used} ${where(type)}`;
    })
    .replace(/, Disk Usage: 0 kB/g, '');
}

const GROUPS =
  /\{"Group Count":(\d+),"Sort Methods Used":\[([^\]]*)\],"Sort Space (Memory|Disk)":\{"Average Sort Space Used":\d+,"Peak Sort Space Used":(\d+)\}\}/g;

// Figures of the statement that belong to no node: triggers, JIT, serialization, the planner's memory, settings.

export function statementDetails({ statement, settings }: Plan): readonly Detail[] {
  const { triggers, jit, serialization, planningBytes, other } = statement;
  const timed = (ms: number | undefined, rest: string) =>
    ms === undefined ? rest : `${formatMs(ms)}, ${rest}`;
  return [
    ...triggers.map(({ name, relation, ms, calls }) => ({
      key: `Trigger ${name}${relation === undefined ? '' : ` on ${relation}`}`,
      value: timed(ms, formatCalls(calls)),
    })),
    ...(jit === undefined ? [] : [{ key: 'JIT', value: timed(jit.ms, `${jit.functions} functions`) }]),
    ...(serialization === undefined
      ? []
      : [{ key: 'Serialization', value: timed(serialization.ms, formatBytes(serialization.bytes)) }]),
    ...(planningBytes === undefined ? [] : [{ key: "Planner's memory", value: formatBytes(planningBytes) }]),
    ...Object.entries(settings).map(([name, value]) => ({ key: `Setting ${name}`, value })),
    ...other,
  ];
}
