/** A node's heading: `Parallel Index Scan Backward using i on public.orders o  (cost=…) (actual …)`. */
import { splitFigures } from './figures.ts';
import { identifierAt, targetOf } from './identifiers.ts';
import { namedNode } from './node-names.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Heading {
  readonly type: string;
  /** PostgreSQL's own name for a node, with what must follow it: no prose that begins alike. */
  readonly known: boolean;
  /** Keys that FORMAT JSON has before `Parent Relationship`, between it and the flags, and after them. */
  readonly before: Fields;
  readonly provider: string | undefined;
  readonly parallel: boolean;
  readonly async: boolean;
  readonly after: Fields;
  readonly figures: Readonly<Record<string, number>>;
  readonly neverExecuted: boolean;
  readonly cutOff: boolean;
}

export function readHeading(text: string): Heading {
  const { head, ...figures } = splitFigures(text);
  const { rest, parallel, async } = withoutFlags(head);
  const { name, provider, suffix } = nameOf(rest);
  const named = namedNode(name);
  const { index, target } = suffixOf(suffix);
  const type = named?.type ?? name;
  const after: Record<string, unknown> = { ...named?.after };
  if (index !== undefined) after['Index Name'] = index;
  if (target !== undefined) Object.assign(after, targetKeys(type, target));
  const known = named !== undefined && (suffix === '' || index !== undefined || target !== undefined);
  return { type, known, before: named?.before ?? {}, provider, parallel, async, after, ...figures };
}

function withoutFlags(head: string): { rest: string; parallel: boolean; async: boolean } {
  const parallel = head.startsWith('Parallel ');
  const rest = parallel ? head.slice('Parallel '.length) : head;
  const async = rest.startsWith('Async ');
  return { rest: async ? rest.slice('Async '.length) : rest, parallel, async };
}

/** The node's name, and what follows it: ` using i on orders o`. */
function nameOf(head: string): { name: string; provider: string | undefined; suffix: string } {
  if (head.startsWith('Custom Scan (')) {
    const start = head.indexOf('(');
    const end = closing(head, start);
    return { name: 'Custom Scan', provider: head.slice(start + 1, end), suffix: head.slice(end + 1) };
  }
  const ends = [head.indexOf(' using '), head.indexOf(' on ')].filter(at => at >= 0);
  // Up to 8.4 `Subquery Scan x` had no `on`.
  const old = /^Subquery Scan (?=[^o ]|o[^n])/.exec(head);
  if (old !== null) return { name: 'Subquery Scan', provider: undefined, suffix: ` on ${head.slice(14)}` };
  const end = ends.length === 0 ? head.length : Math.min(...ends);
  return { name: head.slice(0, end), provider: undefined, suffix: head.slice(end) };
}

function closing(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return text.length;
}

function suffixOf(suffix: string): { index: string | undefined; target: string | undefined } {
  let rest = suffix.trimStart();
  let index: string | undefined;
  if (rest.startsWith('using ')) {
    const found = identifierAt(rest, 'using '.length);
    index = found.name;
    rest = rest.slice(found.end).trimStart();
  }
  return { index, target: rest.startsWith('on ') ? rest.slice('on '.length).trim() : undefined };
}

const OBJECT_KEYS: Readonly<Record<string, string>> = {
  'Function Scan': 'Function Name',
  'Table Function Scan': 'Table Function Name',
  'CTE Scan': 'CTE Name',
  'WorkTable Scan': 'CTE Name',
  'Named Tuplestore Scan': 'Tuplestore Name',
};

/** @param text `schema.object alias`; the text format leaves out an alias that is the object's name. */
function targetKeys(type: string, text: string): Fields {
  const { schema, object, alias } = targetOf(text);
  if (object === undefined) return {};
  if (type === 'Bitmap Index Scan') return { 'Index Name': object };
  if (type === 'Subquery Scan' || type === 'Values Scan') return { Alias: object };
  return {
    [OBJECT_KEYS[type] ?? 'Relation Name']: object,
    ...(schema === undefined ? {} : { Schema: schema }),
    Alias: alias ?? object,
  };
}
