/**
 * Views of groups that serve every constant of a query, and several queries at once. It combines the uses of blocks
 * (viewUses.ts) into views that are small enough by the planner's estimate, with the rewrites that read them.
 */

import { formatCount, formatRows } from '../base/format.ts';
import { append } from '../base/lists.ts';
import type { BuiltProposal } from '../session/events.ts';
import { slugOf } from './viewCandidates.ts';
import {
  type Definition,
  definitionOf,
  groupingOf,
  largestOf,
  type QueryText,
  type Use,
} from './viewDefinition.ts';
import { rewritesOf } from './viewRewrites.ts';
import { type Server, sizeOf, typesOf, widened } from './viewSize.ts';
import { familyOf, usesOf } from './viewUses.ts';

export interface WideView {
  readonly name: string;
  readonly title: string;
  readonly body: string;
  /** Its group keys: the columns of its unique index, in this order. */
  readonly key: readonly string[];
  /** A key that is read by range, if it is not the first one. */
  readonly range: string | undefined;
  readonly columns: readonly string[];
  /** Columns that queries compare with a value. The view serves every value. */
  readonly opened: readonly string[];
  /** It holds only for some constants of the queries. */
  readonly tied: boolean;
  /** Its estimated rows here. */
  readonly groups: number;
  /** Rows that it groups in production, as the planner expects. */
  readonly rowsGrouped: number;
  /** Query → its rewrite, with `VIEW` for the name. */
  readonly rewrites: ReadonlyMap<string, string>;
}

/** Largest share of the grouped rows that a view may have: beyond it, reading saves little and filling costs much. */
const MOST_GROUPS = 1 / 3;
/** The same for a small sample here, where more groups have a single row than in production. */
const MOST_GROUPS_HERE = 1 / 2;
const MANY_ROWS = 50_000;
/** Kept for each query: this many of the smallest views for it alone, and as many for it and others. */
const MOST_A_QUERY = 2;
/** A view for several queries may have at most this multiple of the rows of one view for each, unless it is small. */
const MOST_MERGED = 2;
const FEW_ROWS = 10_000;

export async function wideViews(queries: readonly QueryText[], server: Server): Promise<readonly WideView[]> {
  const { facts } = server;
  const families = new Map<string, Use[]>();
  for (const query of queries)
    for (const block of query.blocks)
      for (const use of usesOf(block, facts)) {
        const family = familyOf(use);
        append(families, family, { query, block, use });
      }
  const found: WideView[] = [];
  for (const uses of families.values()) {
    const seen = new Set<string>();
    for (const ways of setsOf(uses))
      for (const set of ways) {
        const definition = definitionOf(set);
        if (seen.has(definition.identity) || server.isSpent()) break;
        seen.add(definition.identity);
        const view = await candidateOf(definition, uses, server);
        if (view === undefined) continue;
        found.push(view);
        break;
      }
  }
  return smallestOf(found);
}

/** @returns undefined if it serves no more than a view of one answer would, or is not clearly smaller than its input. */
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
  const most = size.rows < MANY_ROWS ? Number.POSITIVE_INFINITY : size.rows * MOST_GROUPS_HERE;
  if (size.groups > Math.min(rowsGrouped * MOST_GROUPS, most)) return undefined;
  const types = await typesOf(definition, ask);
  if (types === undefined) return undefined;
  const typed = { ...definition, ...widened(definition, types) };
  const rewrites = rewritesOf(typed, family, facts);
  return { ...viewOf(typed, server), groups: size.groups, rowsGrouped, rewrites };
}

/** The smallest views for each query alone, and for several queries if that is not much larger than one for each. */
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

/** The combinations that one view could serve: each query, all of them, and each pair; each with its ways, the best first. */
function setsOf(uses: readonly Use[]): readonly (readonly (readonly Use[])[])[] {
  const byQuery = new Map<string, Use[][]>();
  for (const one of uses) {
    const own = byQuery.get(one.query.id) ?? [];
    // The first way of each block, then the second of each, and so on.
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

/** Whether it serves other values, several queries, or replaces only some of the tables. */
function isWorthwhile(set: readonly Use[], served: number): boolean {
  if (served === 0) return false;
  return served > 1 || set.some(({ use }) => use.opened.size > 0 || use.names.size < use.shape.tables.length);
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

/**
 * @param built Sizes in production.
 * @returns View → why it is rejected: it has too many rows there.
 */
export function tooMany(
  views: ReadonlyMap<string, { readonly rowsGrouped: number | undefined }>,
  built: ReadonlyMap<string, BuiltProposal>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [id, { rowsGrouped }] of views) {
    const rows = built.get(id)?.objects.find(({ kind }) => kind === 'materialized view')?.rows;
    if (rows !== undefined && rowsGrouped !== undefined && rows > rowsGrouped * MOST_GROUPS)
      found.set(id, `would have ${formatRows(rows)} of the ${formatCount(rowsGrouped)} that it groups`);
  }
  return found;
}
