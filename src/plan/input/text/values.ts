/** The value of a line that needs no rule of its own: a number, a flag, a list or text. */
import type { Draft } from './drafts.ts';
import { splitList } from './lists.ts';

const LISTS: ReadonlySet<string> = new Set(['Output', 'Sort Key', 'Presorted Key', 'Group Key']);
const NAMES: ReadonlySet<string> = new Set(['Conflict Arbiter Indexes']);
const FLAGS: ReadonlySet<string> = new Set(['Inner Unique', 'Single Copy', 'Disabled', 'Parallel Safe']);

/** Expressions and names, which stay text where they look like numbers; Citus' sizes are for reading. */
const TEXT =
  /(?:Cond|Condition|Filter|Key|Keys|Order By|SQL|Text|Parameters|Call|Mode|Relations|Window|Node|Query|Shown|Size|nodes?|destination)$/;

/** The unit that EXPLAIN appends to a number of its own has a blank before it. */
const NUMBER = /^-?\d{1,20}(?:\.\d{1,20})?(?: (?:ms|kB))?$/;

/** What holds the tree together: no line of EXPLAIN's has these names, and prose shall not have their place. */
const RESERVED: ReadonlySet<string> = new Set([
  'Node Type',
  'Parent Relationship',
  'Subplan Name',
  'Plan',
  'Plans',
  'Workers',
  'Triggers',
]);

export function setValue(target: Draft, key: string, value: string): void {
  if (!RESERVED.has(key)) target[key] = typed(key, value);
}

function typed(key: string, value: string): unknown {
  if (LISTS.has(key)) return splitList(value);
  if (NAMES.has(key)) return value.split(', ');
  if (FLAGS.has(key)) return value === 'true';
  const counted = key.startsWith('Rows Removed by ');
  return (counted || !TEXT.test(key)) && NUMBER.test(value) ? Number.parseFloat(value) : value;
}
