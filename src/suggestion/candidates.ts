/** Every proposal that might help one of the queries, as a workload in which the session can try them. */

import type { SelectStmt } from '@pgsql/types';
import { append } from '../base/lists.ts';
import { plain } from '../base/sql.ts';
import { type ParsedStatement, parseStatements } from '../workload/grammar.ts';
import { parseHeader } from '../workload/header.ts';
import { findParameters, type Parameter, withPlaceholders } from '../workload/parameters.ts';
import { isSameProposal } from '../workload/proposalKinds.ts';
import { readProposalText } from '../workload/proposals.ts';
import { parseSelect } from '../workload/selects.ts';
import type { Proposal, Query, Rewrite, Workload } from '../workload/workload.ts';
import { ddlOf, type IndexCandidate, indexCandidates, keyOf } from './indexCandidates.ts';
import { type Block, blocksOf, type Columns } from './queryBlocks.ts';
import { type StatisticsCandidate, statisticsCandidates } from './statistics.ts';
import { slugOf, VIEW, type ViewCandidate, viewCandidates } from './viewCandidates.ts';
import type { Server } from './viewSize.ts';
import { type WideView, wideViews } from './wideViews.ts';

export interface Candidates {
  /** The queries, with rewrites that read the views. Its only proposals are the candidates. */
  readonly workload: Workload;
  /** Candidate → queries it may matter to. */
  readonly queries: ReadonlyMap<string, readonly string[]>;
  readonly views: ReadonlyMap<string, ViewFacts>;
  readonly indexes: ReadonlyMap<string, IndexCandidate>;
  /** Not among the workload's proposals: a lens has no rows to sample. */
  readonly statistics: readonly StatisticsCandidate[];
}

export interface ViewFacts extends Pick<ViewCandidate, 'key' | 'dated' | 'tied' | 'opened'> {
  /** Rows that it groups in production, as the planner expects; undefined for a view of one query's answer. */
  readonly rowsGrouped: number | undefined;
}

interface CandidateGrounds {
  readonly columns: Columns;
  /** The server's major version. Without it no statistics are proposed. */
  readonly major?: number | undefined;
  /** Without it no views of groups are made. */
  readonly server?: Server;
  /** Names that the database uses already. */
  readonly taken: ReadonlySet<string>;
  /** The workload's own proposals: a candidate that equals one takes its name. */
  readonly own?: readonly Proposal[];
  /** Query → rows of its result in production, as the planner expects. */
  readonly rows: ReadonlyMap<string, number>;
  /** Queries of tables with row security: a view would show its rows to every role that may read it. */
  readonly guarded?: ReadonlySet<string>;
}

/** A view with more rows than this gets an index in the order in which its query reads it. */
const MANY_ROWS = 1000;

export async function candidatesFor(
  workload: Workload,
  { columns, server, major, taken, own = [], rows, guarded = new Set() }: CandidateGrounds,
): Promise<Candidates> {
  const names = new Names(taken);
  const read = await Promise.all(workload.queries.map(query => readQuery(query, columns)));
  const indexes = new Map<string, { candidate: IndexCandidate; queries: Set<string> }>();
  const views: { readonly query: Query; readonly candidate: ViewCandidate; readonly id: string }[] = [];
  for (const { query, statement, blocks } of read) {
    for (const candidate of indexCandidates(blocks)) {
      const key = keyOf(candidate);
      const known = indexes.get(key) ?? { candidate, queries: new Set() };
      known.queries.add(query.id);
      indexes.set(key, known);
    }
    // A view of an answer would hold only one set of values.
    if (query.values !== undefined || statement === undefined || guarded.has(query.id)) continue;
    for (const candidate of viewCandidates(slugOf(query.id), statement, blocks))
      views.push({ query, candidate, id: names.free(nameOfView(candidate.name)) });
  }
  widen(indexes);
  const proposals: Proposal[] = [];
  const queries = new Map<string, readonly string[]>();
  const byId = new Map<string, IndexCandidate>();
  for (const { candidate, queries: of } of indexes.values()) {
    const read = (id: string, name: string) =>
      readAs(id, titled(indexTitle(candidate), ddlOf(candidate, name)));
    const name = names.free(indexName(candidate));
    const found = await read(name, name);
    if (found === undefined) continue;
    const same = own.find(one => isSameProposal(one, found));
    const proposal = (same && (await read(same.id, same.statements[0]?.creates ?? same.id))) ?? found;
    const { id } = proposal;
    proposals.push(proposal);
    queries.set(id, [...of]);
    byId.set(id, candidate);
  }
  const rewrites = new Map<string, Rewrite[]>();
  const viewsById = new Map<string, ViewFacts>();
  for (const { query, candidate, id } of views) {
    const proposal = await readAs(
      id,
      titled(viewTitle(query, candidate), viewText(candidate, id, rows.get(query.id) ?? 0)),
    );
    const rewrite = await readRewrite(query, candidate, id);
    if (proposal === undefined || rewrite === undefined) continue;
    proposals.push(proposal);
    queries.set(id, [query.id]);
    viewsById.set(id, { ...candidate, rowsGrouped: undefined });
    append(rewrites, query.id, rewrite);
  }
  const texts = read.flatMap(({ query, statement, ...one }) =>
    statement === undefined || guarded.has(query.id) ? [] : [{ id: query.id, statement, ...one }],
  );
  for (const view of server === undefined ? [] : await wideViews(texts, server)) {
    const id = names.free(nameOfView(view.name));
    const proposal = await readAs(id, titled(view.title, wideText(view, id)));
    if (proposal === undefined) continue;
    const served: string[] = [];
    for (const query of workload.queries) {
      const text = view.rewrites.get(query.id);
      const rewrite = text === undefined ? undefined : await readRewrite(query, { rewrite: text }, id);
      if (rewrite === undefined) continue;
      served.push(query.id);
      append(rewrites, query.id, rewrite);
    }
    proposals.push(proposal);
    queries.set(id, served);
    const { tied, opened, rowsGrouped, key } = view;
    viewsById.set(id, { key: key.length === 0 ? undefined : key, dated: false, tied, opened, rowsGrouped });
  }
  return {
    workload: {
      ...workload,
      proposals,
      queries: workload.queries.map(query => ({ ...query, rewrites: rewrites.get(query.id) ?? [] })),
    },
    queries,
    views: viewsById,
    indexes: byId,
    statistics:
      major === undefined
        ? []
        : await statisticsCandidates(
            read.map(({ query: { id }, blocks }) => ({ id, blocks })),
            major,
            wanted => names.free(wanted),
          ),
  };
}

interface ReadQuery {
  readonly query: Query;
  readonly text: string;
  readonly parameters: readonly Parameter[];
  readonly statement: ParsedStatement | undefined;
  readonly blocks: readonly Block[];
}

/** Parameters stay parameters: a value is no constant of the query. */
async function readQuery(query: Query, columns: Columns): Promise<ReadQuery> {
  const text = query.values === undefined ? query.sql : (query.text ?? query.sql);
  const parameters = await findParameters(text);
  const [statement] = await parseStatements(query.file, withPlaceholders(text, parameters));
  const blocks = statement === undefined ? [] : blocksOf(statement.tree as SelectStmt, columns);
  return { query, text, parameters, statement, blocks };
}

/** Merges indexes with the same keys and predicate: the merged one includes the columns of both. */
function widen(indexes: Map<string, { candidate: IndexCandidate; queries: Set<string> }>): void {
  const alike = new Map<string, { candidate: IndexCandidate; queries: Set<string> }[]>();
  for (const one of indexes.values()) {
    const key = keyOf({ ...one.candidate, include: [] });
    append(alike, key, one);
  }
  for (const group of alike.values()) {
    const [first] = group;
    if (first === undefined || group.length < 3) continue;
    const candidate = {
      ...first.candidate,
      include: [...new Set(group.flatMap(one => one.candidate.include))],
    };
    const key = keyOf(candidate);
    const queries = new Set(group.flatMap(one => [...one.queries]));
    const known = indexes.get(key);
    if (known === undefined) indexes.set(key, { candidate, queries });
    else for (const query of queries) known.queries.add(query);
  }
}

/** A line break would end the title. */
const titled = (title: string, ddl: string): string => `-- title: ${title.replace(/\s+/g, ' ')}\n\n${ddl}`;

const indexTitle = ({ table, keys, include, where }: IndexCandidate): string =>
  [
    `${table} by ${keys.map(key => key.replace(/ (?:text_pattern_ops|gin_trgm_ops)$/, '')).join(', ')}`,
    ...(include.length === 0 ? [] : [`with ${include.join(', ')}`]),
    ...(where.length === 0 ? [] : [`where ${where.join(' and ')}`]),
  ].join(', ');

const viewTitle = ({ title }: Query, { part }: ViewCandidate): string =>
  `${title}: ${part === 'query' ? 'the answer' : 'a part of it'}, as of the last refresh`;

/** Drops candidates that the workload's own reader refuses. */
async function readAs(id: string, ddl: string): Promise<Proposal | undefined> {
  return readProposalText(`${id}.sql`, `${ddl};\n`, id).catch(() => undefined);
}

async function readRewrite(
  query: Query,
  { rewrite }: Pick<ViewCandidate, 'rewrite'>,
  id: string,
): Promise<Rewrite | undefined> {
  const text = `${titled(query.title, rewrite.replaceAll(VIEW, plain(id)))};\n`;
  const file = query.file.replace(/\.sql$/, `@${id}.sql`);
  const values = await valuesOf(query);
  const sql = await parseSelect(file, text, values).catch(() => undefined);
  return sql === undefined ? undefined : { id, needs: [id], file, text, sql };
}

/** The values that the query's own text was made with. */
async function valuesOf({ file, text, values }: Query) {
  if (values === undefined || text === undefined) return [];
  const sets = (await parseHeader(file, text)).valueSets;
  return (sets.find(({ label }, at) => (label ?? String(at + 1)) === values.label) ?? sets[0])?.values ?? [];
}

function wideText({ body, key, range, groups }: WideView, id: string): string {
  const name = plain(id);
  const unique = `CREATE UNIQUE INDEX ${plain(`${id}_key`)} ON ${name} (${key.map(plain).join(', ')})`;
  const byRange = `CREATE INDEX ${plain(`${id}_range`)} ON ${name} (${plain(range ?? '')})`;
  return [
    `CREATE MATERIALIZED VIEW ${name} AS\n${body}`,
    ...(key.length === 0 ? [] : [unique]),
    ...(range === undefined || groups < MANY_ROWS ? [] : [byRange]),
  ].join(';\n\n');
}

function viewText({ body, heading, key, order, columns }: ViewCandidate, id: string, rows: number): string {
  const name = plain(id);
  const keys =
    key === undefined
      ? []
      : [`CREATE UNIQUE INDEX ${plain(`${id}_key`)} ON ${name} (${key.map(plain).join(', ')})`];
  const ordered = new Set(order.map(one => one.replace(/ .*/, '')));
  const rest = columns.filter(column => !ordered.has(plain(column)));
  const include = rest.length === 0 ? '' : ` INCLUDE (${rest.map(plain).join(', ')})`;
  const inOrder =
    order.length === 0 || rows < MANY_ROWS
      ? []
      : [`CREATE INDEX ${plain(`${id}_order`)} ON ${name} (${order.join(', ')})${include}`];
  const list = heading.length === 0 ? '' : ` (${heading.map(plain).join(', ')})`;
  return [`CREATE MATERIALIZED VIEW ${name}${list} AS\n${body}`, ...keys, ...inOrder].join(';\n\n');
}

/** As PostgreSQL names an index: by all its columns, those of INCLUDE too. */
function indexName({ table, keys, include, where, method }: IndexCandidate): string {
  const columns = [...keys.map(key => key.replace(/ .*/, '')), ...include].map(slugOf);
  const parts = [slugOf(table), ...columns, ...(method === 'btree' ? [] : [method])];
  if (where.length > 0)
    parts.push('where', ...where.flatMap(one => /^\W*(?:NOT\W+)?(\w+)/.exec(one)?.[1] ?? []).slice(0, 1));
  return `${parts.join('_').slice(0, LONGEST - 4)}_idx`;
}

/** One word says too little beside tables. */
const nameOfView = (name: string): string => (name.includes('_') ? name : `${name}_view`);

/** PostgreSQL keeps 63 bytes of a name; a session needs some of them for a suffix of its own. */
const LONGEST = 48;

class Names {
  private readonly taken: Set<string>;

  constructor(taken: ReadonlySet<string>) {
    this.taken = new Set(taken);
  }

  free(wanted: string): string {
    const base = wanted.slice(0, LONGEST);
    let name = base;
    for (let next = 2; this.taken.has(name); next++) name = `${base}_${next}`;
    this.taken.add(name);
    return name;
  }
}
