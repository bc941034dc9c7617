/** What the server says under a node, in lines that a person would write. */
import { numberOf, oneLine, recordsOf, textOf } from './json.ts';
import type { PlanNode } from './types.ts';

/** Under VERBOSE every node has them; `--json` keeps them. */
const NOISE = /^(Output|Inner Unique|Async Capable|Single Copy|Sort Space Used|Sort Space Type)$/;
/** Worth a line only when there is something, as in EXPLAIN's own text. */
const NOISE_AT_ZERO = /^(Disk Usage|Cache Evictions|Cache Overflows)$/;

/** `Filter: (a = 1)`; kilobytes and places in words, and without what every node has under VERBOSE. */
export function detailTexts(node: PlanNode): readonly string[] {
  const loops = node.actual?.loops ?? 1;
  const told = node.details.flatMap(({ key, value }) => {
    if (NOISE.test(key) || (NOISE_AT_ZERO.test(key) && /^0( kB)?$/.test(value))) return [];
    if (key.startsWith('Original ') && node.raw[key] === node.raw[key.slice('Original '.length)]) return [];
    if (key === 'Grouping Sets') return groupingTexts(node);
    if (key === 'Sort Method') return [`${key}: ${value}${sortSpace(node)}`];
    // The rows beside it are totals.
    if (key.startsWith('Rows Removed by ') && loops > 1) return [`${key}: ${value} in each loop`];
    if (/^Worker |^(Full-sort|Pre-sorted) Groups$/.test(key)) return [`${key}: ${workerText(value)}`];
    return [`${key}: ${value}`];
  });
  return loops > 1 ? [...told, `Loops: ${loops}`] : told;
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
