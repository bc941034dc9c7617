/** A node's heading: `Parallel Index Scan Backward using i on public.orders o  (cost=…) (actual …)`. */

type Fields = Readonly<Record<string, unknown>>;

export interface Heading {
  readonly type: string;
  /** PostgreSQL's own name for a node, with what must follow it: no prose that begins alike. */
  readonly known: boolean;
  /** PostgreSQL's own name, whatever follows it. */
  readonly named: boolean;
  /** Keys that FORMAT JSON has before `Parent Relationship`, between it and the flags, and after them. */
  readonly before: Fields;
  readonly provider: string | undefined;
  readonly parallel: boolean;
  readonly async: boolean;
  readonly after: Fields;
  readonly figures: Readonly<Record<string, number>>;
  readonly neverExecuted: boolean;
  readonly cutOff: boolean;
  /** A name's quote was opened and not closed: the rest of the name is on the next line. */
  readonly unclosed: boolean;
}

export function readHeading(text: string): Heading {
  const { head, ...figures } = splitFigures(text);
  const { rest, parallel, async } = withoutFlags(head);
  const { name, provider, suffix } = nameOf(rest);
  const named = namedNode(name);
  const { index, target, rest: spare } = suffixOf(suffix);
  const type = named?.type ?? name;
  const after: Record<string, unknown> = { ...named?.after };
  if (index !== undefined) after['Index Name'] = index;
  if (target !== undefined) Object.assign(after, targetKeys(type, target));
  const known =
    named !== undefined && spare === '' && (suffix === '' || index !== undefined || isTarget(type, target));
  return {
    type,
    known,
    named: named !== undefined,
    before: named?.before ?? {},
    provider,
    parallel,
    async,
    after,
    ...figures,
    unclosed: text.split('"').length % 2 === 0,
  };
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
  const found = head.search(/ (?:using|on)(?: |$)/);
  // Up to 8.4 `Subquery Scan x` had no `on`.
  const old = /^Subquery Scan (?=[^o ]|o[^n])/.exec(head);
  if (old !== null) return { name: 'Subquery Scan', provider: undefined, suffix: ` on ${head.slice(14)}` };
  const end = found < 0 ? head.length : found;
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

interface Suffix {
  readonly index: string | undefined;
  readonly target: string | undefined;
  /** What no node's name goes on with. */
  readonly rest: string;
}

function suffixOf(suffix: string): Suffix {
  let rest = suffix.trimStart();
  let index: string | undefined;
  if (rest.startsWith('using ')) {
    const found = identifierAt(rest, 'using '.length);
    index = found.name;
    rest = rest.slice(found.end).trimStart();
  }
  if (!rest.startsWith('on ')) return { index, target: undefined, rest };
  const target = rest.slice('on '.length).trim();
  return { index, target, rest: targetOf(target).rest };
}

/** An index has no alias, and what has one alone has no other name. */
function isTarget(type: string, text: string | undefined): boolean {
  if (text === undefined) return false;
  const { schema, alias } = targetOf(text);
  if (type === 'Bitmap Index Scan' || type === 'Subquery Scan' || type === 'Values Scan')
    return schema === undefined && alias === undefined;
  return true;
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

// The figures at the end of a node's heading: `(cost=…) (actual …)`.

type Figures = Readonly<Record<string, number>>;

interface Split {
  /** The heading before the figures. */
  readonly head: string;
  /** As FORMAT JSON has them; empty with COSTS OFF and no ANALYZE. */
  readonly figures: Figures;
  readonly neverExecuted: boolean;
  /** A parenthesis was opened and not closed: the rest is on the next line, or lost. */
  readonly cutOff: boolean;
}

const COST = /\(cost=(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?) +rows=(\d+(?:\.\d+)?) +width=(\d+)\)/y;
const ACTUAL =
  /\(?actual +(?:time=(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?) +)?rows=(\d+(?:\.\d+)?) +loops=(\d+(?:\.\d+)?)\)?/y;
const NEVER = '(never executed)';

/** What follows the figures is a remark, and dropped. */
function splitFigures(printed: string): Split {
  const text = withoutNames(printed);
  const cost = text.lastIndexOf('(cost=');
  const actual = Math.max(text.lastIndexOf('(actual '), endsIn(text, '(actual'));
  const never = Math.max(text.lastIndexOf(NEVER), endsIn(text, '(never'));
  const starts = [cost, Math.max(cost, actual), Math.max(cost, never)].filter(at => at >= 0);
  if (starts.length === 0) {
    return {
      head: printed.trimEnd(),
      figures: {},
      neverExecuted: false,
      cutOff: openFigures(text) !== undefined,
    };
  }
  const start = Math.min(...starts);
  return {
    head: printed.slice(0, start).trimEnd(),
    figures: {
      ...(cost >= 0 ? costFigures(text, cost) : {}),
      ...(actual > cost ? actualFigures(text, actual) : {}),
    },
    neverExecuted: never > cost && !text.endsWith('(never'),
    cutOff: openFigures(text) !== undefined,
  };
}

/** Names in quotes may hold anything: what has their length stands for them. */
export function withoutNames(text: string): string {
  return text.includes('"')
    ? text.replace(/"(?:[^"]|"")*(?:"|$)/g, ({ length }) => '_'.repeat(length))
    : text;
}

/** @returns What stands in the last parenthesis, if it is one of figures that was not closed: from `(` on. */
export function openFigures(printed: string): string | undefined {
  const text = withoutNames(printed);
  const at = text.lastIndexOf(' (');
  if (at < 0 || text.includes(')', at)) return undefined;
  const content = text.slice(at + 2);
  const begun = (word: string) => word.startsWith(content) || content.startsWith(word);
  return ['cost=', 'actual ', NEVER.slice(1)].some(begun) ? text.slice(at + 1) : undefined;
}

/** Whether that is all of a parenthesis of figures. */
export function areFigures(text: string): boolean {
  if (text === NEVER) return true;
  COST.lastIndex = 0;
  ACTUAL.lastIndex = 0;
  return COST.exec(text)?.[0] === text || ACTUAL.exec(text)?.[0] === text;
}

function endsIn(text: string, end: string): number {
  return text.endsWith(end) ? text.length - end.length : -1;
}

function costFigures(text: string, at: number): Figures {
  COST.lastIndex = at;
  const [found, startup, total, rows, width] = COST.exec(text) ?? [];
  if (found === undefined) return {};
  return {
    'Startup Cost': Number(startup),
    'Total Cost': Number(total),
    'Plan Rows': Number(rows),
    'Plan Width': Number(width),
  };
}

/** `actual time=0.1..0.2 rows=1 loops=1`, in parentheses or, a worker's, without. */
export function actualFigures(text: string, at: number): Figures {
  ACTUAL.lastIndex = at;
  const [found, startup, total, rows, loops] = ACTUAL.exec(text) ?? [];
  if (found === undefined) return {};
  const times =
    startup === undefined
      ? {}
      : { 'Actual Startup Time': Number(startup), 'Actual Total Time': Number(total) };
  return { ...times, 'Actual Rows': Number(rows), 'Actual Loops': Number(loops) };
}

// Names as PostgreSQL prints them, with quotes where they need some: `public."Order Lines" l`.

export interface Target {
  readonly schema: string | undefined;
  readonly object: string | undefined;
  readonly alias: string | undefined;
  /** Behind the alias. */
  readonly rest: string;
}

interface Token {
  readonly name: string;
  readonly end: number;
}

/** @returns The identifier at that position without its quotes, and where it ends. */
function identifierAt(text: string, start: number): Token {
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && text[end] !== ' ' && text[end] !== '.') end++;
    return { name: text.slice(start, end), end };
  }
  let end = start + 1;
  while (end < text.length && (text[end] !== '"' || text[end + 1] === '"')) end += text[end] === '"' ? 2 : 1;
  return { name: text.slice(start + 1, end).replaceAll('""', '"'), end: Math.min(text.length, end + 1) };
}

/** `schema.object alias`, each but the object optional. */
export function targetOf(text: string): Target {
  let schema: string | undefined;
  let object = identifierAt(text, 0);
  if (text[object.end] === '.') {
    schema = object.name;
    object = identifierAt(text, object.end + 1);
  }
  let next = object.end;
  while (text[next] === ' ') next++;
  const alias = next < text.length ? identifierAt(text, next) : undefined;
  const rest = alias === undefined ? '' : text.slice(alias.end).trim();
  return { schema, object: object.name === '' ? undefined : object.name, alias: alias?.name, rest };
}

// What the text format calls a node → `Node Type` and the keys that say the rest.

interface NamedNode {
  readonly type: string;
  /** `Strategy`, `Partial Mode`, `Operation`: what FORMAT JSON says right after the type. */
  readonly before: Readonly<Record<string, string>>;
  /** `Join Type`, `Command`, `Scan Direction`: what it says where the text has it, too. */
  readonly after: Readonly<Record<string, string>>;
}

const STRATEGIES: Readonly<Record<string, string>> = {
  Aggregate: 'Plain',
  GroupAggregate: 'Sorted',
  HashAggregate: 'Hashed',
  MixedAggregate: 'Mixed',
};

const PLAIN: ReadonlySet<string> = new Set([
  'Result',
  'ProjectSet',
  'Append',
  'Merge Append',
  'Recursive Union',
  'BitmapAnd',
  'BitmapOr',
  'Seq Scan',
  'Sample Scan',
  'Gather',
  'Gather Merge',
  'Bitmap Index Scan',
  'Bitmap Heap Scan',
  'Tid Scan',
  'Tid Range Scan',
  'Subquery Scan',
  'Function Scan',
  'Table Function Scan',
  'Values Scan',
  'CTE Scan',
  'Named Tuplestore Scan',
  'WorkTable Scan',
  'Custom Scan',
  'Materialize',
  'Memoize',
  'Sort',
  'Incremental Sort',
  'Group',
  'WindowAgg',
  'Unique',
  'LockRows',
  'Limit',
  'Hash',
]);

const AGGREGATE = /^(?:(Partial|Finalize) )?((?:Group|Hash|Mixed)?Aggregate)$/;
const JOIN = /^(Nested Loop|Hash|Merge)(?: (Left|Right|Full|Semi|Anti|Right Semi|Right Anti))?( Join)?$/;
const SET_OPERATION = /^(Hash)?SetOp((?: (?:Intersect|Except)(?: All)?)?)$/;
const INDEX_SCAN = /^(Index Scan|Index Only Scan)( Backward)?$/;
const MODIFICATION = /^(Foreign )?(Insert|Update|Delete|Merge)$/;

/** @returns undefined for a name that no PostgreSQL has used. */
function namedNode(name: string): NamedNode | undefined {
  if (PLAIN.has(name)) return { type: name, before: {}, after: {} };
  if (name === 'Foreign Scan') return { type: name, before: { Operation: 'Select' }, after: {} };
  const aggregate = AGGREGATE.exec(name);
  if (aggregate !== null) {
    const [, partial = 'Simple', verb = ''] = aggregate;
    const before = { Strategy: STRATEGIES[verb] ?? 'Plain', 'Partial Mode': partial };
    return { type: 'Aggregate', before, after: {} };
  }
  const join = JOIN.exec(name);
  if (join !== null && (join[1] === 'Nested Loop' || join[3] !== undefined)) {
    const [, verb = '', kind = 'Inner'] = join;
    const type = verb === 'Nested Loop' ? verb : `${verb} Join`;
    return { type, before: {}, after: { 'Join Type': kind } };
  }
  const set = SET_OPERATION.exec(name);
  if (set !== null) {
    const command = (set[2] ?? '').trim();
    const before = { Strategy: set[1] === undefined ? 'Sorted' : 'Hashed' };
    return { type: 'SetOp', before, after: command === '' ? {} : { Command: command } };
  }
  const index = INDEX_SCAN.exec(name);
  if (index !== null) {
    const direction = index[2] === undefined ? 'Forward' : 'Backward';
    return { type: index[1] ?? name, before: {}, after: { 'Scan Direction': direction } };
  }
  // Citus 6 had it above the tree of the coordinator's own, `Master Query`.
  if (/^Distributed Query(?: into \w{1,63})?$/.test(name))
    return { type: 'Distributed Query', before: {}, after: {} };
  const modification = MODIFICATION.exec(name);
  if (modification === null) return undefined;
  const type = modification[1] === undefined ? 'ModifyTable' : 'Foreign Scan';
  return { type, before: { Operation: modification[2] ?? '' }, after: {} };
}
