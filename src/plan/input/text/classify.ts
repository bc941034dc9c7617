/** What a line is, seen by itself: the head of a node, the name of a subplan, `Key: value`, or none of them. */
import { groupName } from './citus.ts';
import type { Indented } from './columns.ts';
import { type Heading, readHeading } from './heading.ts';
import { keyValue } from './keys.ts';

export type Kind =
  | { readonly kind: 'blank' | 'other' | 'name' }
  | { readonly kind: 'group' | 'arrow' | 'root' | 'target'; readonly text: string; readonly heading: Heading }
  | { readonly kind: 'property'; readonly key: string; readonly value: string };

const BLANK: Kind = { kind: 'blank' };
const OTHER: Kind = { kind: 'other' };
const NAME = /^(?:InitPlan|SubPlan|CTE|Master Query)(?: |$)/;
const TARGET = /^(?:Foreign )?(?:Insert|Update|Delete|Merge) on \S/;

/** @param next The next line that is not blank: a subplan's name has an arrow below it. */
export function classify({ text }: Indented, next: Indented | undefined): Kind {
  if (text === '') return BLANK;
  const first = text[0] ?? '';
  if (first === '-') return arrow(text);
  // All else that means something begins with a capital letter, or is Citus' `explain statements …`.
  if (first < 'A' || first > 'Z') return OTHER;
  if (NAME.test(text) && next?.text.startsWith('->') && !text.startsWith('CTE Scan on ')) {
    return { kind: 'name' };
  }
  const property = keyValue(text);
  if (property !== undefined && !text.includes(' (')) return { kind: 'property', ...property };
  const heading = readHeading(text);
  const counted = 'Total Cost' in heading.figures || 'Actual Loops' in heading.figures;
  if (counted && (property === undefined || heading.known)) return { kind: 'root', text, heading };
  if (property !== undefined) return { kind: 'property', ...property };
  if (TARGET.test(text)) return { kind: 'target', text, heading };
  return heading.known && (heading.cutOff || canFollow(next)) ? { kind: 'root', text, heading } : OTHER;
}

function arrow(text: string): Kind {
  if (!text.startsWith('->')) return OTHER;
  const rest = text.slice(2).trimStart();
  const heading = readHeading(rest);
  if (groupName(rest) !== undefined) return { kind: 'group', text: rest, heading };
  const first = rest[0] ?? '';
  return first >= 'A' && first <= 'Z' ? { kind: 'arrow', text: rest, heading } : OTHER;
}

/** A line with one of the short names (`Sort`, `Result`) may be prose: what comes next tells. */
function canFollow(next: Indented | undefined): boolean {
  if (next === undefined) return true;
  return /^(?:->|\()|\((?:cost=\d|actual |never )/.test(next.text) || NAME.test(next.text) || keyValue(next.text) !== undefined;
}
