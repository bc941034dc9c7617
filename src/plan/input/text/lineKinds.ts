/** Classifies a line by itself: heading of a node, name of a subplan, `Key: value`, or other text. */
import type { Detail } from '../../plan.ts';
import { groupName } from './citus.ts';
import { type Heading, hasFigures, readHeading } from './headings.ts';

const TAB = 8;

export interface Indented {
  /** Of the first non-blank character, from 0; a tab reaches to the next multiple of 8. */
  readonly column: number;
  /** Trimmed; '' for a blank line. */
  readonly text: string;
}

export function indented(text: string): Indented {
  let column = 0;
  let start = 0;
  for (; start < text.length; start++) {
    const character = text[start];
    if (character === ' ') column++;
    else if (character === '\t') column += TAB - (column % TAB);
    else break;
  }
  return { column, text: text.slice(start).trimEnd() };
}

// `Key: value` lines, and the keys that EXPLAIN prints.

/** Also pg_overexplain's keys: `extParam`, `RTI 1 (relation, in-from-clause)`. */
const KEY = /^([A-Z][A-Za-z0-9/ _-]{0,60}|(?:ext|all)Param|RTI \d{1,6} \([a-z, -]{1,80}\)):(?: +|$)/;

export function keyValue(text: string): Detail | undefined {
  // A trigger's name may contain anything.
  if (text.startsWith('Trigger ')) return { key: 'Trigger', value: text.slice('Trigger'.length) };
  const found = KEY.exec(text);
  return found === null ? undefined : { key: found[1] ?? '', value: text.slice(found[0].length) };
}

const PATTERNS =
  /^(?:Rows Removed by .*|Worker \d+|(?:Index|Recheck|TID|Hash|Merge) Cond|(?:Join |One-Time |Conflict )?Filter|(?:Sort|Presorted|Group|Hash|Cache) Key|JIT for worker \d+)$/;

const KNOWN: ReadonlySet<string> = new Set([
  'Output',
  'Order By',
  'Run Condition',
  'Window',
  'Inner Unique',
  'Disabled',
  'Single Copy',
  'Sort Method',
  'Full-sort Groups',
  'Pre-sorted Groups',
  'Buckets',
  'Batches',
  'Planned Partitions',
  'Hits',
  'Cache Mode',
  'Heap Blocks',
  'Heap Fetches',
  'Index Searches',
  'Storage',
  'Sampling',
  'Workers Planned',
  'Workers Launched',
  'Conflict Resolution',
  'Conflict Arbiter Indexes',
  'Tuples Inserted',
  'Conflicting Tuples',
  'Tuples',
  'Function Call',
  'Table Function Call',
  'Remote SQL',
  'Relations',
  'Subplans Removed',
  'Buffers',
  'I/O Timings',
  'WAL',
  'Planning',
  'Memory',
  'Planning Time',
  'Planning time',
  'Execution Time',
  'Execution time',
  'Total runtime',
  'Trigger',
  'JIT',
  'Functions',
  'Options',
  'Timing',
  'Settings',
  'Serialization',
  'Query Identifier',
  'Query Text',
  'Query Parameters',
  'Task Count',
  'Tasks Shown',
  'Node',
  'Disabled Nodes',
  'Parallel Safe',
  'Plan Node ID',
  'extParam',
  'allParam',
]);

export function isKnownKey(key: string): boolean {
  return KNOWN.has(key) || PATTERNS.test(key);
}

export type Kind =
  | { readonly kind: 'blank' | 'other' | 'name' }
  | { readonly kind: 'group' | 'arrow' | 'root' | 'target'; readonly text: string; readonly heading: Heading }
  | ({ readonly kind: 'property' } & Detail);

const FIGURES = /\((?:cost=\d|actual |never )/;
const BLANK: Kind = { kind: 'blank' };
const OTHER: Kind = { kind: 'other' };
const NAME = /^(?:InitPlan|SubPlan|CTE|Master Query)(?: |$)/;
const TARGET = /^(?:Foreign )?(?:Insert|Update|Delete|Merge) on \S/;

/** @param next The next non-blank line: an arrow there makes this line the name of a subplan. */
export function classify({ text }: Indented, next: Indented | undefined): Kind {
  if (text === '') return BLANK;
  const first = text[0] ?? '';
  if (first === '-') return arrow(text);
  // Meaningful lines begin with a capital letter, except these keys of pg_overexplain.
  if ((first < 'A' || first > 'Z') && !/^(?:ext|all)Param: /.test(text)) return OTHER;
  if (NAME.test(text) && next?.text.startsWith('->') && !text.startsWith('CTE Scan on ')) {
    return { kind: 'name' };
  }
  const property = keyValue(text);
  if (property !== undefined && !text.includes(' (')) return { kind: 'property', ...property };
  const heading = readHeading(text);
  if (hasFigures(heading) && (property === undefined || heading.known))
    return { kind: 'root', text, heading };
  if (property !== undefined) return { kind: 'property', ...property };
  if (TARGET.test(text)) return { kind: 'target', text, heading };
  const broken = heading.named && next !== undefined && FIGURES.test(next.text);
  const begins = broken || (heading.known && (heading.cutOff || canFollow(next)));
  return begins ? { kind: 'root', text, heading } : OTHER;
}

function arrow(text: string): Kind {
  if (!text.startsWith('->')) return OTHER;
  const rest = text.slice(2).trimStart();
  const heading = readHeading(rest);
  if (groupName(rest) !== undefined) return { kind: 'group', text: rest, heading };
  const first = rest[0] ?? '';
  return first >= 'A' && first <= 'Z' ? { kind: 'arrow', text: rest, heading } : OTHER;
}

/** A short name (`Sort`, `Result`) may be prose; the next line decides. */
function canFollow(next: Indented | undefined): boolean {
  if (next === undefined) return true;
  return (
    /^(?:->|\()|\((?:cost=\d|actual |never )/.test(next.text) ||
    NAME.test(next.text) ||
    readHeading(next.text).known ||
    keyValue(next.text) !== undefined
  );
}
