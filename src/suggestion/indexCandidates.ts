/**
 * Index candidates for the blocks of a query: columns compared for equality, then one range or the sort order; other columns as
 * INCLUDE; conditions of every execution as the predicate of a partial index. These are more than are useful: the lens shows
 * which ones the planner uses. Pure.
 */
import { plain } from '../base/sql.ts';
import type { IndexFacts } from '../database/indexes.ts';
import type { Block, SortKey, TableUse } from './queryBlocks.ts';

export interface IndexCandidate {
  readonly schema: string | undefined;
  readonly table: string;
  readonly method: 'btree' | 'brin' | 'gin';
  /** As CREATE INDEX writes them: `order_date`, `(lower(email))`, `total DESC`. */
  readonly keys: readonly string[];
  /** Names of columns. */
  readonly include: readonly string[];
  /** The predicate's conditions, all of which must hold. */
  readonly where: readonly string[];
}

/** Wider indexes are rarely worth their bytes, and each width multiplies the candidates. */
const MOST_KEYS = 4;
const MOST_INCLUDED = 6;

export function indexCandidates(blocks: readonly Block[]): readonly IndexCandidate[] {
  const found = new Map<string, IndexCandidate>();
  for (const block of blocks)
    for (const use of block.tables)
      for (const candidate of candidatesFor(use)) found.set(keyOf(candidate), candidate);
  return [...found.values()];
}

export const keyOf = ({ schema, table, method, keys, include, where }: IndexCandidate): string =>
  JSON.stringify([schema ?? null, table, method, keys, [...include].sort(), [...where].sort()]);

/** Whether an existing index begins with the candidate's keys, and so serves as well. */
export const isThere = (
  candidate: IndexCandidate | undefined,
  indexes: readonly Pick<IndexFacts, 'schema' | 'table' | 'keys' | 'valid'>[],
): boolean =>
  candidate !== undefined &&
  candidate.include.length === 0 &&
  candidate.where.length === 0 &&
  indexes.some(({ schema, table, keys, valid }) => {
    const begins = `${candidate.method} (${candidate.keys.join(', ')}`;
    const isSame =
      keys === `${begins})` || (candidate.method === 'btree' && keys?.startsWith(`${begins}, `) === true);
    return valid && isSame && table === candidate.table && schema === (candidate.schema ?? schema);
  });

export function ddlOf(candidate: IndexCandidate, name: string): string {
  const { schema, table, method, keys, include, where } = candidate;
  const target = schema === undefined ? plain(table) : `${plain(schema)}.${plain(table)}`;
  return [
    `CREATE INDEX ${plain(name)} ON ${target}`,
    `${method === 'btree' ? '' : `USING ${method} `}(${keys.join(', ')})`,
    ...(include.length === 0 ? [] : [`INCLUDE (${include.map(plain).join(', ')})`]),
    ...(where.length === 0
      ? []
      : [`WHERE ${where.map(one => (where.length === 1 ? one : `(${one})`)).join(' AND ')}`]),
  ].join('\n  ');
}

function candidatesFor(use: TableUse): IndexCandidate[] {
  const { schema, table, comparisons } = use;
  const base = { schema, table };
  const others = comparisons.flatMap(({ kind, key, column }): IndexCandidate[] => {
    const one = (method: 'gin' | 'brin', text: string) => [
      { ...base, method, keys: [text], include: [], where: [] },
    ];
    if (kind === 'contains') return one('gin', key);
    if (kind === 'inside' || kind === 'pattern') return one('gin', `${key} gin_trgm_ops`);
    // BRIN takes a few pages for a whole table whose rows lie in this order.
    return kind === 'range' && column !== undefined ? one('brin', key) : [];
  });
  return [...others, ...orders(use).flatMap(keys => variants(use, keys))];
}

/** Key lists for a search or an ordered read. */
function orders(use: TableUse): readonly (readonly string[])[] {
  const { comparisons, sort, groups } = use;
  const keysOf = (is: (comparison: TableUse['comparisons'][number]) => boolean) => [
    ...new Set(comparisons.filter(is).map(({ key }) => key)),
  ];
  const equal = keysOf(({ kind, against }) => kind === 'equal' && against === 'value');
  const ranges = [
    ...keysOf(({ kind, against }) => kind === 'range' && against === 'value'),
    ...keysOf(({ kind, against }) => (kind === 'prefix' || kind === 'pattern') && against === 'value').map(
      key => `${key} text_pattern_ops`,
    ),
  ];
  const joins = comparisons.filter(({ kind, against }) => kind === 'equal' && against !== 'value');
  const partners = [...new Set(joins.map(({ against }) => JSON.stringify(against)))];
  const joined = partners.map(partner => [
    ...new Set(joins.filter(({ against }) => JSON.stringify(against) === partner).map(({ key }) => key)),
  ]);
  const single = joins.map(({ key }) => [key]);
  const sorted = sort === undefined ? [] : [forward(sort).map(sortText)];
  const lists = [
    ...[[] as string[], ...ranges.map(range => [range]), ...(ranges.length === 2 ? [ranges] : [])].map(
      range => [...equal, ...range],
    ),
    ...sorted.map(keys => [...equal, ...keys]),
    ...equal.map(key => [key]),
    ...ranges.map(key => [key]),
    ...[...joined, ...single].flatMap(keys => [
      keys,
      [...keys, ...equal],
      [...equal, ...keys],
      ...ranges.map(range => [...keys, range]),
      ...ranges.map(range => [range, ...keys]),
    ]),
    ...(groups.length === 0 ? [] : [groups.map(plain), [...equal, ...groups.map(plain)]]),
  ];
  const distinct = new Map<string, readonly string[]>();
  for (const list of lists) {
    const keys = [...new Set(list)];
    if (keys.length > 0 && keys.length <= MOST_KEYS) distinct.set(JSON.stringify(keys), keys);
  }
  return [...distinct.values()];
}

/** PostgreSQL reads an index backward just as well: `a` serves ORDER BY a DESC. */
const forward = (sort: readonly SortKey[]): readonly SortKey[] =>
  sort.every(({ descending, nulls }) => descending && nulls === undefined)
    ? sort.map(({ column }) => ({ column, descending: false, nulls: undefined }))
    : sort;

const sortText = ({ column, descending, nulls }: SortKey): string =>
  `${plain(column)}${descending ? ' DESC' : ''}${nulls === undefined ? '' : ` NULLS ${nulls}`}`;

/** Variants of the keys: alone, with INCLUDE for an index-only scan, and with the query's own conditions as predicate. */
function variants(use: TableUse, keys: readonly string[]): IndexCandidate[] {
  const { schema, table, read, filters, everything } = use;
  const named = new Set(keys.map(key => key.replace(/ .*/, '')));
  const filtersOf = [...new Set(filters)].sort();
  const candidate = (include: readonly string[], where: readonly string[], own = keys): IndexCandidate => ({
    schema,
    table,
    method: 'btree',
    keys: own,
    include,
    where,
  });
  // A column that the predicate fixes need not be a key.
  const fixed = new Set(filtersOf.flatMap(filter => /^(\w+) = /.exec(filter)?.[1] ?? []));
  const shorter = keys.filter(key => !fixed.has(key));
  const rest = (where: readonly string[]) =>
    [...read].filter(
      column => !named.has(plain(column)) && !(where.length > 0 && isSaid(column, where, use)),
    );
  const widths = (where: readonly string[], own: readonly string[]): IndexCandidate[] => {
    const beside = rest(where);
    return [
      candidate([], where, own),
      ...(everything || beside.length === 0 || beside.length > MOST_INCLUDED
        ? []
        : [candidate(beside, where, own)]),
    ];
  };
  return [
    ...widths([], keys),
    ...(filtersOf.length === 0 || shorter.length === 0 ? [] : widths(filtersOf, shorter)),
  ];
}

/** A column that occurs only in the predicate: the planner need not read it. */
function isSaid(column: string, where: readonly string[], { comparisons, groups, sort }: TableUse): boolean {
  const mentions = (text: string) => new RegExp(`(^|\\W)${column}(\\W|$)`).test(text);
  return (
    where.some(mentions) &&
    !groups.includes(column) &&
    !(sort ?? []).some(key => key.column === column) &&
    !comparisons.some(one => one.column === column && one.against !== 'value')
  );
}
