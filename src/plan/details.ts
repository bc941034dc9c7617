/** The lines that EXPLAIN's text format prints under a node, keys it has never heard of included. */
import { formatBytes, formatCount, formatMs } from '../base/format.ts';
import { type Json, numberOf, oneLine, recordsOf, textOf } from '../base/json.ts';
import { COUNTER_KEYS } from './accounting/counters.ts';
import type { Plan, PlanNode } from './plan.ts';

export interface Detail {
  readonly key: string;
  readonly value: string;
}

/** Said by the heading, the figures beside it or the tree itself. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set([
  'Node Type',
  'Plans',
  'Workers',
  'Parent Relationship',
  'Subplan Name',
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

/** Worth a line only when there is something: the text format leaves these out at 0 and false too. */
const ONLY_WHEN_SET =
  /^((?:Rows|Batches) Removed by .*|Async Capable|Inner Unique|Single Copy|Disabled|.* Time|Exact Heap Blocks|Lossy Heap Blocks|Subplans Removed|Planned Partitions|WAL .*)$/;

const KILOBYTES = /^(?:Peak Memory Usage|Disk Usage|Maximum Storage|Sort Space Used)$/;

/** JSON's numbers have none; what TEXT says in words has its own. */
function withUnit(key: string, value: string): string {
  if (!/^[\d.]+$/.test(value)) return value;
  if (KILOBYTES.test(key)) return `${value} kB`;
  return key.endsWith(' Time') ? `${value} ms` : value;
}

export function detailsOf(raw: Json): readonly Detail[] {
  const details: Detail[] = [];
  for (const [key, value] of Object.entries(raw)) {
    if (SAID_ELSEWHERE.has(key) || COUNTER_KEYS.has(key)) continue;
    if (ONLY_WHEN_SET.test(key) && (value === 0 || value === false)) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    details.push({ key, value: withUnit(key, oneLine(value)) });
  }
  for (const worker of recordsOf(raw, 'Workers')) details.push(workerDetail(worker));
  return details;
}

/** `Worker 0`: `actual time=0.021..12.500 rows=3 loops=1`, and what else it reports. */
function workerDetail(worker: Json): Detail {
  const startup = numberOf(worker, 'Actual Startup Time');
  const total = numberOf(worker, 'Actual Total Time');
  const rows = numberOf(worker, 'Actual Rows');
  const loops = numberOf(worker, 'Actual Loops');
  const said: string[] = [];
  if (startup !== undefined && total !== undefined)
    said.push(`time=${startup.toFixed(3)}..${total.toFixed(3)}`);
  if (rows !== undefined && loops !== undefined) said.push(`rows=${rows} loops=${loops}`);
  const parts = said.length > 0 ? [`actual ${said.join(' ')}`] : [];
  for (const [key, value] of Object.entries(worker)) {
    if (key === 'Worker Number' || SAID_ELSEWHERE.has(key) || COUNTER_KEYS.has(key)) continue;
    if (!(ONLY_WHEN_SET.test(key) && (value === 0 || value === false)))
      parts.push(`${key}: ${withUnit(key, oneLine(value))}`);
  }
  return { key: `Worker ${numberOf(worker, 'Worker Number') ?? '?'}`, value: parts.join(', ') };
}

/** What the server says under a node, in lines that a person would write. */

/** Under VERBOSE every node has them; `--json` keeps them. */
const NOISE = /^(Output|Inner Unique|Async Capable|Single Copy|Sort Space Used|Sort Space Type)$/;
/** Worth a line only when there is something, as in EXPLAIN's own text. */
const NOISE_AT_ZERO = /^(Disk Usage|Cache Evictions|Cache Overflows)$/;

/** `Filter: (a = 1)`; kilobytes and places in words, and without what every node has under VERBOSE. */
export function detailTexts(node: PlanNode): readonly string[] {
  const loops = node.actual?.loops ?? 1;
  const lines = node.details.flatMap(({ key, value }) => {
    if (NOISE.test(key) || (NOISE_AT_ZERO.test(key) && /^0( kB)?$/.test(value))) return [];
    if (key.startsWith('Original ') && node.raw[key] === node.raw[key.slice('Original '.length)]) return [];
    if (key === 'Grouping Sets') return groupingTexts(node);
    if (key === 'Sort Method') return [`${key}: ${value}${sortSpace(node)}`];
    // The rows beside it are totals.
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

/** One line for each set, as EXPLAIN's text has them: `Hash Key: status`. */
function groupingTexts({ raw }: PlanNode): readonly string[] {
  return recordsOf(raw, 'Grouping Sets').flatMap(set =>
    Object.entries(set).flatMap(([key, lists]) => {
      if (!Array.isArray(lists)) return [];
      if (key === 'Sort Key') return [`${key}: ${oneLine(lists)}`];
      return lists.map(list => `${key.replace(/s$/, '')}: ${oneLine(list) || '()'}`);
    }),
  );
}

/** What a sort used and where, in words instead of JSON. */
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

/** What stands beside the tree, in lines: triggers, JIT, serialization, the planner's memory, settings, and whatever else. */

export function besideDetails({ beside, settings }: Plan): readonly Detail[] {
  const { triggers, jit, serialization, planningBytes, other } = beside;
  const timed = (ms: number | undefined, rest: string) =>
    ms === undefined ? rest : `${formatMs(ms)}, ${rest}`;
  return [
    ...triggers.map(({ name, relation, ms, calls }) => ({
      key: `Trigger ${name}${relation === undefined ? '' : ` on ${relation}`}`,
      value: timed(ms, `${formatCount(calls)} calls`),
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
