/**
 * Views of groups that serve a query for every constant, and several queries at once: from what the queries' blocks could
 * read (viewUses.ts) to the views, as small as the planner says, and the queries' texts that read them.
 */
import type { Node, SelectStmt } from '@pgsql/types';
import { deparseSync } from 'pgsql-deparser';
import { formatCount } from '../base/format.ts';
import type { Row } from '../database/link.ts';
import type { BuiltProposal } from '../session/events.ts';
import type { ParsedStatement } from '../workload/grammar.ts';
import type { Parameter } from '../workload/parameters.ts';
import { withoutPlaces } from '../workload/ties.ts';
import { type ServerFacts, stringNode } from './blockShape.ts';
import { textOf, walk } from './expressions.ts';
import type { Block } from './queryBlocks.ts';
import { rangeOf as rangeOfBlock, slugOf, VIEW } from './viewCandidates.ts';
import { allOf, dayKey, type GroupView, mapped, NotInView, rangeOf, ViewReader } from './viewReading.ts';
import { familyOf, type Parts, usesOf, type ViewUse } from './viewUses.ts';
import { dayArgument } from './wholeDays.ts';

/** A query, read with placeholders as long as its parameters. */
export interface QueryText {
  readonly id: string;
  /** The file's text, with its parameters. */
  readonly text: string;
  readonly parameters: readonly Parameter[];
  readonly statement: ParsedStatement;
  readonly blocks: readonly Block[];
}

export interface WideView {
  readonly name: string;
  readonly title: string;
  readonly body: string;
  /** Its group keys: a unique index, in this order. */
  readonly key: readonly string[];
  /** A key by whose range it is read, where that is not the first one. */
  readonly range: string | undefined;
  readonly columns: readonly string[];
  /** Its columns that queries compare with a value: it holds for every one. */
  readonly opened: readonly string[];
  /** It holds for some of the queries' constants alone. */
  readonly tied: boolean;
  /** Its rows here, as far as that can be estimated. */
  readonly groups: number;
  /** The rows that it groups in production, as the planner expects them. */
  readonly rowsGrouped: number;
  /** Query → its text that reads `VIEW`. */
  readonly rewrites: ReadonlyMap<string, string>;
}

/** Answers SELECTs and EXPLAINs, as the role of the queries; undefined where one fails. */
export type Ask = (statements: readonly string[]) => Promise<readonly (readonly Row[])[] | undefined>;

export interface Server {
  readonly facts: ServerFacts;
  readonly ask: Ask;
  /** Of a table, here. */
  readonly rowsOf: (table: string) => number;
  /** Its rows in production over those here. */
  readonly growthOf: (table: string) => number;
  /** It has no rows that could be counted: a lens. */
  readonly isEmpty: boolean;
}

/** A view has at most this share of the rows that it groups: else reading it saves little, and filling it costs much. */
const MOST_GROUPS = 1 / 3;
/** The same here: of a small sample's rows more may be alone in their group than of production's. */
const MOST_GROUPS_HERE = 1 / 2;
const MANY_ROWS = 50_000;
const NEARLY_ALL = 0.9;
/** Of the smallest, for a query alone, and as many for it and others. */
const MOST_A_QUERY = 2;
/** One view for several queries has at most so many times the rows of one for each, unless it has few. */
const MOST_MERGED = 2;
const FEW_ROWS = 10_000;

interface Use {
  readonly query: QueryText;
  readonly block: Block;
  readonly use: ViewUse;
}

export async function wideViews(queries: readonly QueryText[], server: Server): Promise<readonly WideView[]> {
  const { facts } = server;
  const families = new Map<string, Use[]>();
  for (const query of queries)
    for (const block of query.blocks)
      for (const use of usesOf(block, facts)) {
        const family = familyOf(use);
        families.set(family, [...(families.get(family) ?? []), { query, block, use }]);
      }
  const found: WideView[] = [];
  for (const uses of families.values()) {
    const seen = new Set<string>();
    for (const ways of setsOf(uses))
      for (const set of ways) {
        const definition = definitionOf(set);
        if (seen.has(definition.identity)) break;
        seen.add(definition.identity);
        const view = await candidateOf(definition, uses, server);
        if (view === undefined) continue;
        found.push(view);
        break;
      }
  }
  return smallestOf(found);
}

/** undefined where it serves nothing that a view of one answer would not, or is not clearly smaller than what it groups. */
async function candidateOf(
  definition: Definition,
  family: readonly Use[],
  server: Server,
): Promise<WideView | undefined> {
  const { facts, ask } = server;
  if (!isWorthwhile(definition.uses, rewritesOf(definition, family, facts).size)) return undefined;
  const size = await sizeOf(definition, server);
  if (size === undefined) return undefined;
  const rowsGrouped = size.rows * server.growthOf(largestOf(definition, server.rowsOf));
  const most = size.rows < MANY_ROWS ? NEARLY_ALL : MOST_GROUPS_HERE;
  if (size.groups > Math.min(rowsGrouped * MOST_GROUPS, size.rows * most)) return undefined;
  const types = await typesOf(definition, ask);
  if (types === undefined) return undefined;
  const rewrites = rewritesOf({ ...definition, types }, family, facts);
  return { ...viewOf(definition, server), groups: size.groups, rowsGrouped, rewrites };
}

/**
 * The smallest for each query alone, and for several together: where that has not many more rows than one for each
 * would have.
 */
function smallestOf(found: readonly WideView[]): readonly WideView[] {
  const sorted = [...found].sort((a, b) => a.groups - b.groups);
  const kept = new Set<WideView>();
  const taken = new Map<string, number>();
  const servedBy = ({ rewrites }: WideView) => [...rewrites.keys()];
  const alone = (query: string) => sorted.find(one => one.rewrites.size === 1 && one.rewrites.has(query));
  for (const view of sorted) {
    const served = servedBy(view);
    const apart = served.reduce((sum, id) => sum + (alone(id)?.groups ?? view.groups), 0);
    if (served.length > 1 && view.groups > Math.max(FEW_ROWS, apart * MOST_MERGED)) continue;
    const counted = served.map(id => `${id} ${served.length > 1 ? 'merged' : 'alone'}`);
    if (counted.every(id => (taken.get(id) ?? 0) >= MOST_A_QUERY)) continue;
    kept.add(view);
    for (const id of counted) taken.set(id, (taken.get(id) ?? 0) + 1);
  }
  return [...kept];
}

/** What one view could serve: each query alone, all of them, and each two; of each the ways to do so, the best first. */
function setsOf(uses: readonly Use[]): readonly (readonly (readonly Use[])[])[] {
  const byQuery = new Map<string, Use[][]>();
  for (const one of uses) {
    const own = byQuery.get(one.query.id) ?? [];
    // The first way of each block, the second of each …
    const at = own.findIndex(ways => ways.every(({ block }) => block !== one.block));
    if (at === -1) own.push([one]);
    else own[at]?.push(one);
    byQuery.set(one.query.id, own);
  }
  const ways = [...byQuery.values()];
  const firsts = ways.flatMap(([first]) => (first === undefined ? [] : [first]));
  const lasts = ways.flatMap(own => own.slice(-1));
  const pairs = firsts.flatMap((first, at) => firsts.slice(at + 1).map(second => [[...first, ...second]]));
  return [...ways, [firsts.flat(), lasts.flat()], ...(firsts.length > 2 ? pairs : [])];
}

/** It serves other values, several queries, or stands for a part of the tables alone. */
function isWorthwhile(set: readonly Use[], served: number): boolean {
  if (served === 0) return false;
  return served > 1 || set.some(({ use }) => use.opened.size > 0 || use.names.size < use.shape.tables.length);
}

interface Definition {
  readonly identity: string;
  readonly uses: readonly Use[];
  readonly conditions: Parts;
  readonly keys: Parts;
  readonly aggregates: Parts;
  /** Identity of a key or an aggregate → its column. */
  readonly columns: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, string>;
}

function definitionOf(uses: readonly Use[]): Definition {
  const [first] = uses;
  const common = [...(first?.use.optional.keys() ?? [])].filter(id =>
    uses.every(({ use }) => use.optional.has(id)),
  );
  const conditions = new Map(first?.use.held);
  const all = new Map<string, Node>();
  const aggregates = new Map<string, Node>();
  for (const { use } of uses) {
    for (const [id, key] of use.keys) all.set(id, key);
    for (const [id, { node, keys }] of use.optional)
      if (common.includes(id)) conditions.set(id, node);
      else for (const [key, its] of keys) all.set(key, its);
    for (const [id, aggregate] of use.aggregates) aggregates.set(id, aggregate);
  }
  const keys = new Map(all);
  for (const [id, key] of all) {
    keys.delete(id);
    if (!isGiven(key, keys)) keys.set(id, key);
  }
  const identity = JSON.stringify([...conditions.keys(), ...keys.keys(), ...aggregates.keys()].sort());
  const called = new Map(uses.flatMap(({ use }) => [...use.called]));
  const columns = columnNames([...keys, ...aggregates], called);
  return { identity, uses, conditions, keys, aggregates, columns, types: new Map() };
}

/** @param built At production size. @returns Views with too many rows there → why they are none. */
export function tooMany(
  views: ReadonlyMap<string, { readonly rowsGrouped: number | undefined }>,
  built: ReadonlyMap<string, BuiltProposal>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [id, { rowsGrouped }] of views) {
    const rows = built.get(id)?.objects.find(({ kind }) => kind === 'materialized view')?.rows;
    if (rows !== undefined && rowsGrouped !== undefined && rows > rowsGrouped * MOST_GROUPS)
      found.set(id, `would have ${formatCount(rows)} rows of the ${formatCount(rowsGrouped)} that it groups`);
  }
  return found;
}

/** Whether these keys say what an expression is, as viewReading.ts would write it. */
function isGiven(value: unknown, keys: Parts): boolean {
  if (Array.isArray(value)) return value.every(one => isGiven(one, keys));
  if (typeof value !== 'object' || value === null) return true;
  const [kind = '', ...more] = Object.keys(value);
  if (more.length === 0 && /^[A-Z]/.test(kind)) {
    const node = value as Node;
    if (keys.has(withoutPlaces(node))) return true;
    const time = dayArgument(node);
    if (time !== undefined && keys.has(withoutPlaces(dayKey(time)))) return true;
    if ('ColumnRef' in node) return false;
  }
  return Object.values(value).every(one => isGiven(one, keys));
}

function columnNames(
  parts: readonly (readonly [string, Node])[],
  called: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    parts.map(([id, node]) => {
      const base = called.get(id) ?? columnName(node);
      let name = base;
      for (let next = 2; taken.has(name); next++) name = `${base}_${next}`;
      taken.add(name);
      return [id, name];
    }),
  );
}

function columnName(node: Node): string {
  if ('ColumnRef' in node) return textOf(node.ColumnRef.fields?.at(-1)) ?? 'key';
  if ('FuncCall' in node && node.FuncCall.agg_star === true) return 'row_count';
  const words: string[] = [];
  walk(node, (key, value) => {
    if (key === 'funcname') words.push(textOf((value as Node[]).at(-1)) ?? '');
    if (key === 'ColumnRef') words.push(textOf((value as { fields?: Node[] }).fields?.at(-1)) ?? '');
    const type = key === 'typeName' ? textOf((value as { names?: Node[] }).names?.at(-1)) : undefined;
    if (type !== undefined) words.push(type === 'date' ? 'day' : type);
    return key !== 'ColumnRef' && key !== 'funcname' && key !== 'typeName';
  });
  return slugOf(words.join('_'));
}

const fromOf = ({ uses }: Definition): Node[] => {
  const [first] = uses;
  return (first?.use.tables ?? []).map(({ alias, schema, table }) =>
    rangeOf({ alias: first?.use.names.get(alias) ?? alias, schema, table }),
  );
};

/** The rows that it groups, with these columns. */
function groupingOf(definition: Definition, targets: readonly (readonly [string, Node])[]): string {
  const { conditions, keys } = definition;
  const select: SelectStmt = {
    targetList: targets.map(([name, val]) => ({
      ResTarget: { val, ...('ColumnRef' in val && columnName(val) === name ? {} : { name }) },
    })),
    fromClause: fromOf(definition),
    ...(conditions.size === 0 ? {} : { whereClause: allOf([...conditions.values()]) }),
    ...(keys.size === 0 ? {} : { groupClause: [...keys.values()] }),
    limitOption: 'LIMIT_OPTION_DEFAULT',
    op: 'SETOP_NONE',
  };
  return deparseSync({ SelectStmt: select }, { pretty: true });
}

function viewOf(
  definition: Definition,
  { rowsOf }: Server,
): Omit<WideView, 'groups' | 'rowsGrouped' | 'rewrites'> {
  const { uses, keys, aggregates, columns } = definition;
  const nameOf = (id: string) => columns.get(id) ?? '';
  const targets = [...keys, ...aggregates].map(([id, node]) => [nameOf(id), node] as const);
  const rank = (id: string): number => {
    const how = uses.flatMap(({ use }) => use.compared.get(id) ?? []);
    return how.includes('equal') ? 0 : how.includes('range') ? 1 : 2;
  };
  const ordered = [...keys.keys()].sort((a, b) => rank(a) - rank(b));
  const range = ordered.find(id => uses.some(({ use }) => use.compared.get(id) === 'range'));
  const key = ordered.map(nameOf);
  const [main] = uses;
  const tables = main?.use.tables.map(({ table }) => table) ?? [];
  const largest = largestOf(definition, rowsOf);
  const others = tables.length === 1 ? '' : ` of ${[...new Set(tables)].join(', ')}`;
  return {
    name: slugOf(`${largest}_by_${key.slice(0, 2).join('_')}`).replace(/_+$/, ''),
    title: `sums${others === '' ? ` of ${largest}` : others} by ${key.join(', ') || 'nothing'}`,
    body: groupingOf(definition, targets),
    key,
    range: range === undefined || range === ordered[0] ? undefined : nameOf(range),
    columns: targets.map(([name]) => name),
    opened: ordered.filter(id => uses.some(({ use }) => use.opened.has(id))).map(nameOf),
    tied: uses.some(({ use }) => [...use.tying].some(id => definition.conditions.has(id))),
  };
}

function largestOf({ uses }: Definition, rowsOf: Server['rowsOf']): string {
  const tables = uses[0]?.use.tables.map(({ table }) => table) ?? [];
  return tables.reduce((most, one) => (rowsOf(one) > rowsOf(most) ? one : most), tables[0] ?? '');
}

/** Rows of a sample: enough to see whether a group has several. */
const SAMPLE = 20_000;
/** Of more rows, whole pages are drawn: reading all of them takes too long, but what lies together is drawn together. */
const MOST_READ = 5_000_000;

/**
 * The planner takes a tenth of the rows for the most groups that several columns of a table have, and an expression for as
 * varied as its columns: a sample knows better. But in a table's order one column's groups lie together.
 */
async function sizeOf(definition: Definition, { ask, rowsOf, isEmpty }: Server) {
  const one = [['n', { A_Const: { ival: { ival: 1 } } }]] as const;
  const columns = [...definition.keys].filter(([, key]) => isEmpty || 'ColumnRef' in key);
  const grouped = groupingOf({ ...definition, keys: new Map(columns) }, one);
  const rows = groupingOf({ ...definition, keys: new Map() }, one);
  const answers = await ask([rows, grouped].map(sql => `EXPLAIN (FORMAT JSON) ${sql}`));
  const [all, groups] = (answers ?? []).map(answer => rowsExpected(answer[0]?.['QUERY PLAN']));
  if (all === undefined || groups === undefined) return undefined;
  const planned = columns.length === 0 ? 1 : groups;
  const isKnown = isEmpty || definition.keys.size === 0;
  if (isKnown || (definition.keys.size === 1 && columns.length === 1)) return { rows: all, groups: planned };
  const drawnFrom = rowsOf(largestOf(definition, rowsOf));
  const share = Math.min(100, (100 * SAMPLE) / Math.max(1, drawnFrom));
  const method = `${drawnFrom > MOST_READ ? 'SYSTEM' : 'BERNOULLI'} (${share})`;
  const counted = groupingOf(definition, [['n', { FuncCall: COUNT }]]);
  const [drawn] = await sampled(counted, method, definition, { ask, rowsOf });
  return { rows: all, groups: Math.max(planned, drawn === undefined ? 0 : groupsOf(drawn, all)) };
}

const COUNT = {
  funcname: [stringNode('count')],
  agg_star: true,
  funcformat: 'COERCE_EXPLICIT_CALL' as const,
};

async function sampled(
  sql: string,
  method: string,
  definition: Definition,
  { ask, rowsOf }: Pick<Server, 'ask' | 'rowsOf'>,
): Promise<readonly Row[]> {
  const [first] = definition.uses;
  const name = first?.use.tables.find(({ table }) => table === largestOf(definition, rowsOf));
  const alias = name && first?.use.names.get(name.alias);
  const named = name && deparseSync(rangeOf({ ...name, alias: alias ?? '' }));
  if (named === undefined) return [];
  const from = sql.lastIndexOf('FROM ');
  const sample = sql.slice(0, from) + sql.slice(from).replace(named, `${named} TABLESAMPLE ${method}`);
  const answers = await ask([
    `SELECT count(*) AS groups, coalesce(sum(n), 0) AS rows, count(*) FILTER (WHERE n = 1) AS once FROM (${sample}) g`,
  ]);
  return answers?.[0] ?? [];
}

/** The estimator of ANALYZE (Haas and Stokes): groups that a sample has once tell how many it has not seen. */
function groupsOf({ groups, rows, once }: Row, all: number): number {
  const [distinct, drawn, single] = [Number(groups), Number(rows), Number(once)];
  if (drawn === 0) return 0;
  return (drawn * distinct) / (drawn - single + (single * drawn) / Math.max(all, drawn));
}

function rowsExpected(plan: unknown): number | undefined {
  const [entry] = (typeof plan === 'string' ? JSON.parse(plan) : plan) as {
    Plan?: Record<string, unknown>;
  }[];
  const rows = Number(entry?.Plan?.['Plan Rows']);
  return Number.isFinite(rows) ? rows : undefined;
}

/** Of the sums: a sum of sums has another type than a sum of integers. */
async function typesOf(definition: Definition, ask: Ask): Promise<ReadonlyMap<string, string> | undefined> {
  const { aggregates, columns } = definition;
  if (aggregates.size === 0) return new Map();
  const typeOf = (node: Node): Node => ({
    FuncCall: { funcname: [{ String: { sval: 'pg_typeof' } }], args: [node] },
  });
  const targets = [...aggregates].map(([id, node]) => [columns.get(id) ?? '', typeOf(node)] as const);
  const never: Node = { A_Const: { boolval: { boolval: false } } };
  const conditions = new Map([...definition.conditions, ['', never] as const]);
  const sql = groupingOf({ ...definition, keys: new Map(), conditions }, targets);
  const answers = await ask([sql]);
  const row = answers?.[0]?.[0];
  return row === undefined
    ? undefined
    : new Map(Object.entries(row).map(([name, type]) => [name, String(type)]));
}

/** Queries that can read it, each with its text that does. */
function rewritesOf(
  definition: Definition,
  family: readonly Use[],
  facts: ServerFacts,
): ReadonlyMap<string, string> {
  const rewrites = new Map<string, string>();
  for (const query of new Set(family.map(one => one.query))) {
    const replaced = new Map<unknown, unknown>();
    // What is inside of another comes first.
    for (const { block, use } of family.filter(one => one.query === query).reverse()) {
      if (replaced.has(block.select)) continue;
      try {
        replaced.set(block.select, read(definition, use, facts, replaced));
      } catch (error) {
        if (!(error instanceof NotInView)) throw error;
      }
    }
    const text = replaced.size === 0 ? undefined : rewritten(query, replaced);
    if (text !== undefined) rewrites.set(query.id, text);
  }
  return rewrites;
}

/** What the view is called in the block, where nothing else is. */
function freeAlias({ shape }: ViewUse, others: number): string {
  const taken = new Set<string>();
  walk(shape.block.select, (key, value) => {
    if (key === 'aliasname' || key === 'relname') taken.add(String(value));
    return true;
  });
  let next = others + 1;
  const name = () => (next === 1 ? 'v' : `v${next}`);
  while (taken.has(name())) next++;
  return name();
}

function read(
  { conditions, keys, aggregates, columns, types }: Definition,
  use: ViewUse,
  facts: ServerFacts,
  replaced: ReadonlyMap<unknown, unknown>,
): SelectStmt {
  if (![...use.held.keys()].every(id => conditions.has(id))) throw new NotInView();
  const extra = [...conditions.keys()].filter(id => !use.held.has(id) && !use.optional.has(id));
  if (extra.length > 0) throw new NotInView();
  const named = (parts: Parts) => new Map([...parts.keys()].map(id => [id, columns.get(id) ?? ''] as const));
  const view: GroupView = {
    keys: named(keys),
    aggregates: named(aggregates),
    conditions: new Set(conditions.keys()),
    typeOf: column => types.get(column),
  };
  const missing = (): string => {
    throw new NotInView();
  };
  const alias = freeAlias(use, replaced.size);
  const from: Node = {
    RangeVar: { relname: VIEW.slice(1, -1), inh: true, relpersistence: 'p', alias: { aliasname: alias } },
  };
  return new ViewReader({ ...use, view, alias, facts, replaced, missing }).select(from);
}

/** The query's text with these blocks in it; what is around them stays as it was written. */
function rewritten(
  { text, statement, parameters, blocks }: QueryText,
  replaced: ReadonlyMap<unknown, unknown>,
): string | undefined {
  if (parameters.some(({ as }) => as === 'identifier')) return undefined;
  const { start, sql } = statement;
  const original = text.slice(start, start + sql.length);
  const print = (select: SelectStmt): string => {
    const whole = mapped(select, value => replaced.get(value) ?? parameterAt(value, statement, parameters));
    const printed = deparseSync({ SelectStmt: whole as SelectStmt }, { pretty: true });
    return printed.replace(/\$(\d{7})/g, (all, number) => {
      const { start: from = 0, end = 0 } = parameters[Number(number) - FIRST] ?? {};
      return end === 0 ? all : text.slice(from, end);
    });
  };
  const parts: { readonly from: number; readonly to: number; readonly select: SelectStmt }[] = [];
  for (const { select, role } of blocks) {
    if (!replaced.has(select)) continue;
    const range = role === 'query' ? ([0, sql.length] as const) : rangeOfBlock(statement, select);
    if (range === undefined) return undefined;
    parts.push({ from: range[0], to: range[1], select });
  }
  const outer = parts.filter(
    one => !parts.some(other => other !== one && other.from <= one.from && one.to <= other.to),
  );
  let result = '';
  let at = 0;
  for (const { from, to, select } of outer.sort((a, b) => a.from - b.from)) {
    result += original.slice(at, from) + print(select);
    at = to;
  }
  return result + original.slice(at);
}

/** Placeholders are all alike: each is numbered by its place. */
const FIRST = 1_000_000;

function parameterAt(
  value: unknown,
  { offsetOf }: ParsedStatement,
  parameters: readonly Parameter[],
): unknown {
  const { location, number } = value as { location?: number; number?: number };
  if (number === undefined || location === undefined || number >= FIRST) return undefined;
  const at = parameters.findIndex(({ start }) => start === offsetOf(location));
  return at === -1 ? undefined : { number: FIRST + at };
}
