/** The lines that EXPLAIN's text format prints under a node, keys it has never heard of included. */
import { COUNTER_KEYS } from './counters.ts';
import { type Json, numberOf, oneLine, recordsOf } from './json.ts';

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
  /^(Rows Removed by .*|Async Capable|Inner Unique|Single Copy|Disabled|.* Time|Exact Heap Blocks|Lossy Heap Blocks|Subplans Removed|Planned Partitions|WAL .*)$/;

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

/** `Worker 0`: `actual time=0.021..12.500 rows=3 loops=1`, and whatever else it tells. */
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
