/** A node's heading: `Parallel Index Scan Backward using i on public.orders o  (cost=…) (actual …)`. */

type Fields = Readonly<Record<string, unknown>>;

export interface Heading {
  readonly type: string;
  /** A node name of PostgreSQL followed by what it requires; not prose that begins alike. */
  readonly known: boolean;
  /** A node name of PostgreSQL, whatever follows. */
  readonly named: boolean;
  /** Keys that FORMAT JSON prints before `Parent Relationship`; then `provider`, the flags, and `after`. */
  readonly before: Fields;
  readonly provider: string | undefined;
  readonly parallel: boolean;
  readonly async: boolean;
  readonly after: Fields;
  readonly figures: Readonly<Record<string, number>>;
  readonly neverExecuted: boolean;
  readonly cutOff: boolean;
  /** A quoted name continues on the next line. */
  readonly unclosed: boolean;
}

export const hasFigures = (heading: Heading | undefined): boolean =>
  heading !== undefined && ('Total Cost' in heading.figures || 'Actual Loops' in heading.figures);

/** The plan was executed with ANALYZE. */
export const isRun = ({ figures, neverExecuted }: Heading): boolean =>
  neverExecuted || 'Actual Loops' in figures;

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

/** Separates the node's name from ` using i on orders o`. */
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
  /** Text that no heading has. */
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

/** An index has no alias; a subquery or VALUES has nothing but one. */
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

/** @param text `schema.object alias`; an alias that equals the object is left out. */
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

// Figures at the end of a heading: `(cost=…) (actual …)`.

type Figures = Readonly<Record<string, number>>;

interface Split {
  readonly head: string;
  /** By key of FORMAT JSON; empty with COSTS OFF and no ANALYZE. */
  readonly figures: Figures;
  readonly neverExecuted: boolean;
  /** A parenthesis is open: the rest is on the next line or lost. */
  readonly cutOff: boolean;
}

const COST = /\(cost=(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?) +rows=(\d+(?:\.\d+)?) +width=(\d+)\)/y;
const ACTUAL =
  /\(?actual +(?:time=(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?) +)?rows=(\d+(?:\.\d+)?) +loops=(\d+(?:\.\d+)?)\)?/y;
const NEVER = '(never executed)';

/** Drops a remark after the figures. */
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

/** Replaces quoted names, which may hold anything, with text of the same length. */
export function withoutNames(text: string): string {
  return text.includes('"')
    ? text.replace(/"(?:[^"]|"")*(?:"|$)/g, ({ length }) => '_'.repeat(length))
    : text;
}

/** @returns The unclosed parenthesis of figures at the end, if there is one, from `(` on. */
export function openFigures(printed: string): string | undefined {
  const text = withoutNames(printed);
  const at = text.lastIndexOf(' (');
  if (at < 0 || text.includes(')', at)) return undefined;
  const content = text.slice(at + 2);
  const begun = (word: string) => word.startsWith(content) || content.startsWith(word);
  return ['cost=', 'actual ', NEVER.slice(1)].some(begun) ? text.slice(at + 1) : undefined;
}

/** Whether the text is one complete parenthesis of figures. */
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

/** `actual time=0.1..0.2 rows=1 loops=1`; a worker's has no parentheses. */
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

// Names as PostgreSQL prints them: `public."Order Lines" l`.

interface Target {
  readonly schema: string | undefined;
  readonly object: string | undefined;
  readonly alias: string | undefined;
  /** Text after the alias. */
  readonly rest: string;
}

interface Token {
  readonly name: string;
  readonly end: number;
}

/** @returns The identifier without quotes, and where it ends. */
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

/** `schema.object alias`; schema and alias are optional. */
function targetOf(text: string): Target {
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

// Node names of the text format → `Node Type` and related keys.

interface NamedNode {
  readonly type: string;
  /** Keys right after the type: `Strategy`, `Partial Mode`, `Operation`. */
  readonly before: Readonly<Record<string, string>>;
  /** Later keys: `Join Type`, `Command`, `Scan Direction`. */
  readonly after: Readonly<Record<string, string>>;
}

const STRATEGIES: Readonly<Record<string, string>> = {
  Aggregate: 'Plain',
  GroupAggregate: 'Sorted',
  HashAggregate: 'Hashed',
  MixedAggregate: 'Mixed',
};

type Range = readonly [least: number, most: number];
const inputs = (range: Range, ...types: readonly string[]): (readonly [string, Range])[] =>
  types.map(type => [type, range]);

/** PostgreSQL's node types with the number of their inputs; the types of extensions are missing. */
export const NODE_INPUTS: ReadonlyMap<string, Range> = new Map([
  ...inputs([2, 2], 'Nested Loop', 'Hash Join', 'Merge Join', 'Recursive Union'),
  ...inputs([1, 1], 'Aggregate', 'Sort', 'Incremental Sort', 'Limit', 'Hash', 'Materialize', 'Memoize'),
  ...inputs([1, 1], 'Gather', 'Gather Merge', 'Unique', 'LockRows', 'WindowAgg', 'Group', 'ProjectSet'),
  ...inputs([1, 1], 'Subquery Scan', 'Bitmap Heap Scan'),
  ...inputs([0, 0], 'Seq Scan', 'Sample Scan', 'Index Scan', 'Index Only Scan', 'Bitmap Index Scan'),
  ...inputs([0, 0], 'Tid Scan', 'Tid Range Scan', 'Function Scan', 'Table Function Scan', 'Values Scan'),
  ...inputs([0, 0], 'CTE Scan', 'Named Tuplestore Scan', 'WorkTable Scan'),
  ...inputs([1, Number.POSITIVE_INFINITY], 'Append', 'Merge Append', 'BitmapAnd', 'BitmapOr', 'ModifyTable'),
  ...inputs([1, 2], 'SetOp'),
  ...inputs([0, 1], 'Result', 'Foreign Scan'),
  ...inputs([0, Number.POSITIVE_INFINITY], 'Custom Scan'),
]);

const AGGREGATE = /^(?:(Partial|Finalize) )?((?:Group|Hash|Mixed)?Aggregate)$/;
const JOIN = /^(Nested Loop|Hash|Merge)(?: (Left|Right|Full|Semi|Anti|Right Semi|Right Anti))?( Join)?$/;
const SET_OPERATION = /^(Hash)?SetOp((?: (?:Intersect|Except)(?: All)?)?)$/;
const INDEX_SCAN = /^(Index Scan|Index Only Scan)( Backward)?$/;
const MODIFICATION = /^(Foreign )?(Insert|Update|Delete|Merge)$/;

/** @returns undefined for a name that no PostgreSQL version prints. */
function namedNode(name: string): NamedNode | undefined {
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
  // Citus 6 printed it above the coordinator's own tree (`Master Query`).
  if (/^Distributed Query(?: into \w{1,63})?$/.test(name))
    return { type: 'Distributed Query', before: {}, after: {} };
  const modification = MODIFICATION.exec(name);
  // The text format never prints `ModifyTable`.
  const isPlain = name !== 'ModifyTable' && NODE_INPUTS.has(name);
  if (modification === null) return isPlain ? { type: name, before: {}, after: {} } : undefined;
  const type = modification[1] === undefined ? 'ModifyTable' : 'Foreign Scan';
  return { type, before: { Operation: modification[2] ?? '' }, after: {} };
}
