/**
 * Why the planner does not use a proposed index for a query. The query is planned on an empty temporary copy of the
 * table, with the index and then with variants that differ in one respect; the variant that is used names the reason.
 */
import { identifier } from '../base/sql.ts';
import { asUser, type Sql, type UserScope } from '../database/guard.ts';
import type { Link, Row } from '../database/link.ts';
import { treeOf } from '../database/parts.ts';
import { resolveRelation, resolveRelations } from '../database/resolve.ts';
import {
  canonical,
  collationIn,
  columnsIn,
  conjunctsOf,
  peeled,
  type Side,
  type Term,
  termsOf,
  wraps,
} from '../workload/conditions.ts';
import { mentionsIn, replaceMentions } from '../workload/mentions.ts';
import type { Statement } from '../workload/workload.ts';
import { copyOf, indexOn, SCRATCH_NAME } from './inPlace.ts';
import { collated, describing, type Key, plain, type Shape, shapeOf, showing } from './plannerKeys.ts';
import { inScope } from './role.ts';

/** The reason nearest to a use comes last. */
export const UNUSED_REASONS = [
  'invalid',
  'unusable-here',
  'no-clause',
  'expression-differs',
  'operator-class',
  'collation',
  'type-cast',
  'predicate-not-implied',
  'more-expensive',
] as const;
export type UnusedReason = (typeof UNUSED_REASONS)[number];

/** Whether the planner can use an index for a query at all. */
export interface Usability {
  /** 'more-expensive': it can. */
  readonly reason: UnusedReason;
  /** A clause; empty where the figures suffice. */
  readonly text: string;
  /** It could be used if each part of an OR had an index. */
  readonly shares?: true;
  /** The query does not read the index's table. */
  readonly unread?: true;
}

interface PlanNode {
  readonly [key: string]: unknown;
}

/** Name of the index on the copy. */
const INDEX = SCRATCH_NAME;
/** Placeholder for the copy in the query's text. */
const PLACE = '"pgopt copy here"';
/** The local empty copy of a table whose rows are on other servers: the other server would plan the original. */
const stand = (oid: number): string => `pg_temp.${identifier(`pgopt_copy_${oid}`)}`;
/** Deepest nesting of views that is followed. */
const DEEPEST = 12;

/** Discourages every way but the index. Reading a whole index only because it is smaller than the table is no use of it. */
const FORCED = ['seqscan', 'tidscan', 'hashjoin', 'mergejoin', 'indexonlyscan'].map(
  method => `SET LOCAL enable_${method} = off`,
);

export interface Surroundings {
  /** The scope of queries, and their role if they have their own. */
  readonly scope: UserScope;
  readonly role: string | undefined;
  /** The rows of `schema.name` are on other servers. */
  readonly isElsewhere: (table: string) => boolean;
}

/**
 * @param link In a transaction whose work is undone afterwards.
 * @param sql The text that was planned.
 * @throws DatabaseError where the query cannot be planned on a copy of the table.
 */
export async function usabilityOf(
  link: Link,
  sql: string,
  statement: Statement,
  around: Surroundings,
): Promise<Usability> {
  const table = await resolveRelation(link, { schema: statement.onSchema, name: statement.on ?? '' });
  const unread = {
    reason: 'no-clause',
    text: `the query does not read ${statement.on}`,
    unread: true,
  } as const;
  if (table === undefined) return unread;
  const copies = new Map<number, string>();
  const written = await withCopy({ link, around, family: await familyOf(link, table), copies }, sql, DEEPEST);
  if (written?.reads !== true) return unread;
  for (const [oid, name] of copies) await copy(link, stand(oid), name, around.role);
  return new Trial(link, table, written.text, statement, around).judge();
}

async function copy(link: Link, copied: string, table: string, role: string | undefined): Promise<void> {
  await link.query(`CREATE TEMPORARY TABLE ${copied} (LIKE ${table})`);
  if (role !== undefined)
    await link.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${copied} TO ${identifier(role)}`);
}

/** A table, its partitions, and its ancestors. */
async function familyOf(link: Link, table: number): Promise<ReadonlySet<number>> {
  const rows = await link.query(
    `WITH RECURSIVE above (oid) AS (SELECT $1::oid UNION SELECT h.inhparent FROM above JOIN pg_catalog.pg_inherits h ON h.inhrelid = above.oid)
     SELECT oid::int8 FROM above UNION SELECT part.oid::int8 FROM ${treeOf('$1')}`,
    [table],
  );
  return new Set(rows.map(({ oid }) => Number(oid)));
}

/** View texts with names as the query's path sees them, because they become a part of the query. Safe under any path. */
const VIEWS = asUser(
  `SELECT c.oid::pg_catalog.int8 AS oid, pg_catalog.pg_get_viewdef(c.oid) AS text
   FROM pg_catalog.pg_class AS c JOIN pg_catalog.unnest($1::pg_catalog.oid[]) AS wanted (oid) ON c.oid OPERATOR(pg_catalog.=) wanted.oid
   WHERE c.relkind OPERATOR(pg_catalog.=) 'v'::pg_catalog."char"`,
);

interface Where {
  readonly link: Link;
  readonly around: Surroundings;
  readonly family: ReadonlySet<number>;
  /** Other tables that need a copy: oid → name. withCopy() fills it. */
  readonly copies: Map<number, string>;
}

/**
 * The query's text with PLACE for the table and with the names of copies; views that read such tables become
 * subqueries. undefined where nothing had to be replaced; `reads`: the table itself was found.
 */
async function withCopy(
  where: Where,
  sql: string,
  depth: number,
): Promise<{ readonly text: string; readonly reads: boolean } | undefined> {
  const { link, around, family, copies } = where;
  const mentions = await mentionsIn(sql);
  const oids = await inScope(link, around.scope, () => resolveRelations(link, mentions));
  let reads = oids.some(oid => oid !== undefined && family.has(oid));
  const replaced = new Map<number, string>();
  const others = oids.filter(oid => oid !== undefined && !family.has(oid));
  if (depth > 0)
    for (const { oid, text } of await inScope(link, around.scope, () => link.query(VIEWS, [others]))) {
      const written = await withCopy(where, String(text).replace(/;\s*$/, ''), depth - 1);
      if (written === undefined) continue;
      reads ||= written.reads;
      replaced.set(Number(oid), `(${written.text})`);
    }
  const named = await link.query(
    `SELECT c.oid::int8, c.oid::pg_catalog.regclass::text AS name, n.nspname || '.' || c.relname AS key
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1::oid[])`,
    [others],
  );
  for (const { oid, name } of named.filter(({ key }) => around.isElsewhere(String(key)))) {
    copies.set(Number(oid), String(name));
    replaced.set(Number(oid), stand(Number(oid)));
  }
  if (!reads && replaced.size === 0) return undefined;
  // The copy may have the name of another table, and temporary tables come first on any path.
  const names = new Map(named.map(({ oid, name }) => [Number(oid), String(name)]));
  const texts = mentions.map(({ name, alias, isCommand }, position) => {
    const oid = oids[position] ?? 0;
    const relation = family.has(oid) ? PLACE : (replaced.get(oid) ?? names.get(oid));
    if (relation === undefined) return undefined;
    const shown = alias === undefined ? `${relation} AS ${identifier(name)}` : relation;
    return isCommand ? `SELECT * FROM ${shown}` : shown;
  });
  return { text: replaceMentions(sql, mentions, texts), reads };
}

const unused = (reason: UnusedReason, text: string): Usability => ({ reason, text });

/** One index and one query, on one copy of the table. */
class Trial {
  private shape: Shape = { method: 'btree', keys: [], predicate: null, shownPredicate: '' };
  private copy = '';
  private copyName = '';
  /** The server's error for the last variant. */
  private refusal: Error | undefined;

  constructor(
    private readonly link: Link,
    private readonly table: number,
    private readonly text: string,
    private readonly statement: Statement,
    private readonly around: Surroundings,
  ) {}

  async judge(): Promise<Usability> {
    const { link, statement } = this;
    const [row] = await link.query(
      `SELECT c.oid::pg_catalog.regclass::text AS source, c.relname AS name FROM pg_catalog.pg_class c WHERE c.oid = $1`,
      [this.table],
    );
    this.copyName = String(row?.name);
    this.copy = copyOf(this.copyName);
    await copy(link, this.copy, String(row?.source), this.around.role);
    const own = asUser(await indexOn(this.copy, statement.sql));
    const [, described, shown] = (await this.tried([own, describing(this.copy), showing(this.copy)])) ?? [];
    const plan = described === undefined ? undefined : await this.plan([own]);
    if (plan === undefined) throw this.refusal ?? new Error('not planned');
    this.shape = shapeOf(described?.[0], shown?.[0]);
    if (uses(plan)) return unused('more-expensive', await this.wholeIndex(plan));
    const because = await this.because();
    // An index-only scan of the whole index may be smaller than the table.
    return because.reason === 'no-clause' && uses((await this.plan([own], undefined, true)) ?? [])
      ? { reason: 'more-expensive', text: 'only by reading the whole index' }
      : because;
  }

  /** A B-tree whose first column is not compared is read from one end to the other. */
  private async wholeIndex(plan: readonly PlanNode[]): Promise<string> {
    const { method, keys } = this.shape;
    const [first] = keys;
    if (method !== 'btree' || keys.length < 2 || first === undefined) return '';
    const conditions = plan.filter(isOurs).flatMap(node => node['Index Cond'] ?? []);
    const scans = plan.filter(isOurs).length;
    const alias = this.aliases(plan);
    const terms = (
      await Promise.all(conditions.flatMap(one => alias.map(name => termsOf(String(one), name))))
    ).flat();
    const isCompared = terms.some(({ sides }) =>
      sides.some(({ columns }) => columns.some(column => first.columns.includes(column))),
    );
    return conditions.length < scans || isCompared ? '' : `its first column ${first.shown} is not compared`;
  }

  private async because(): Promise<Usability> {
    const { keys, predicate } = this.shape;
    const bare = this.index(keys.map(key => this.element(key)));
    if (predicate !== null && (await this.isUsed(bare))) return this.notImplied(predicate, bare);
    const plan = (await this.plan([])) ?? [];
    if (plan.some(node => node['Node Type'] === 'Sample Scan'))
      return unused('no-clause', 'TABLESAMPLE reads the table itself');
    const terms = await this.terms(plan);
    const candidates = keys
      .flatMap(key => terms.flatMap(term => term.sides.flatMap(side => candidate(key, term, side) ?? [])))
      .sort((a, b) => a.distance - b.distance);
    let found: Usability | undefined;
    for (const one of candidates) {
      const reason = await this.differs(one, bare);
      // Prefer a reason that says more than that no clause fits.
      if (found === undefined || (found.reason === 'no-clause' && reason.reason !== 'no-clause'))
        found = reason;
      if (found.reason !== 'no-clause') break;
    }
    if (predicate !== null && (found === undefined || found.reason === 'no-clause')) {
      const of = columnsIn(predicate);
      if (terms.some(({ sides }) => sides.some(({ columns }) => columns.some(column => of.includes(column)))))
        return this.notImplied(predicate, bare);
    }
    return found ?? (await this.noClause(plan));
  }

  private async notImplied(predicate: string, bare: string): Promise<Usability> {
    const parts = await conjunctsOf(predicate);
    const shown = await conjunctsOf(this.shape.shownPredicate);
    const missing: string[] = [];
    for (const [position, part] of parts.entries())
      if (parts.length === 1 || !(await this.isUsed(`${bare} WHERE ${part}`)))
        missing.push(shown[position] ?? part);
    const those = missing.length === 0 ? shown : missing;
    return unused('predicate-not-implied', `the query does not imply ${those.join(' AND ')}`);
  }

  /** No condition is about its keys. */
  private async noClause(plan: readonly PlanNode[]): Promise<Usability> {
    const { keys, method } = this.shape;
    if (this.aliases(plan).length === 0)
      return unused('no-clause', `the planner leaves ${this.copyName} out`);
    for (const alias of this.aliases(plan))
      for (const sort of plan.flatMap(node => (node['Sort Key'] ?? []) as readonly string[])) {
        const [sorted] = await termsOf(sort.replace(/ (?:DESC|NULLS (?:FIRST|LAST)|USING .*)/g, ''), alias);
        const key = keys[0]?.text ?? '';
        if (sorted === undefined || (canonical(sorted.text) !== canonical(key) && !wraps(sorted.text, key)))
          continue;
        const text = `the query sorts by ${sort.replaceAll(`${alias}.`, '')}, which is not the index's order`;
        return { reason: 'no-clause', text };
      }
    const [first] = keys;
    const names = method === 'btree' ? [first?.shown ?? ''] : keys.map(({ shown }) => shown);
    const which = method === 'btree' && keys.length > 1 ? ', its first column' : '';
    return unused('no-clause', `no condition on ${this.copyName} compares ${names.join(' or ')}${which}`);
  }

  /** The respect in which the index would have to differ. */
  private async differs({ key, term, side, distance }: Candidate, bare: string): Promise<Usability> {
    const shown = peeled(term.text);
    if (term.alternatives.length > 0 && (await this.isUsed(bare, term.text)))
      return {
        reason: 'no-clause',
        text: `${shown} is one part of an OR; the other needs an index as well: ${term.alternatives.map(peeled).join(' OR ')}`,
        shares: true,
      };
    if (distance === DISTANT && term.operator !== '')
      return unused('expression-differs', `the index holds ${key.shown}, the query compares ${side.text}`);
    const cast: Usability = { reason: 'type-cast', text: `the query casts ${key.shown}: ${shown}` };
    // An index on the cast column would help, or none is possible because the cast is not immutable.
    if (distance === CAST && (await this.isUsed(asUser(this.index([`(${side.text})`], 'btree')))) !== false)
      return cast;
    const collations = [
      collationIn(term.text),
      'pg_catalog."C"',
      key.columnCollation ?? 'pg_catalog."default"',
    ];
    // A collation that the condition names may be on the user's path; all others are qualified.
    if (key.collation !== null)
      for (const collation of collations) {
        if (collation === undefined || collation === key.collation) continue;
        const other = this.index([this.element({ ...key, collation })]);
        const isNamed = collation === collations[0];
        if ((await this.isUsed(isNamed ? asUser(other) : other)) === true)
          return unused(
            'collation',
            `${shown} needs ${collated(collation)}${await this.orOperatorClass(key)}, the index has ${collated(key.collation)}`,
          );
      }
    const unserved = `${plain(key.operatorClass)} (${this.shape.method}) does not serve ${shown}`;
    for (const { method, name: other, shown: said } of key.others)
      if ((await this.isUsed(this.index([`(${key.text}) ${other}`], method))) === true)
        return unused('operator-class', `${unserved}; ${said} (${method}) does`);
    if (
      distance === CAST &&
      (await this.isUsed(asUser(this.index([`(${side.text}) COLLATE pg_catalog."C"`], 'btree')))) === true
    )
      return cast;
    if (distance === DISTANT)
      return unused('expression-differs', `the index holds ${key.shown}, the query needs ${shown}`);
    if (side.sameRow) return unused('no-clause', `both sides are of the same row: ${shown}`);
    // It needs another collation than those that were tried.
    if (distance === CAST && ORDERING.has(term.operator)) return cast;
    if (key.operators.includes(term.operator))
      return unused('no-clause', `its value is not known before the row is read: ${shown}`);
    return unused('operator-class', unserved);
  }

  /** LIKE can use an operator class instead of the collation. */
  private async orOperatorClass(key: Key): Promise<string> {
    for (const { method, name, shown } of key.others)
      if (method === this.shape.method && (await this.isUsed(this.index([`(${key.text}) ${name}`]))) === true)
        return ` or ${shown}`;
    return '';
  }

  private async terms(plan: readonly PlanNode[]): Promise<readonly Term[]> {
    const terms: Term[] = [];
    for (const node of plan) {
      if (/Aggregate|Group|Sort|Result|Limit/.test(String(node['Node Type']))) continue;
      for (const [key, value] of Object.entries(node))
        if (/ Cond$|Filter$/.test(key) && typeof value === 'string')
          for (const alias of this.aliases(plan)) terms.push(...(await termsOf(value, alias)));
    }
    return terms;
  }

  private aliases(plan: readonly PlanNode[]): readonly string[] {
    // PostgreSQL before 15 shows the temporary schema with its number.
    const isOwn = (node: PlanNode) =>
      node['Relation Name'] === this.copyName && /^pg_temp(_\d+)?$/.test(String(node.Schema));
    const own = plan.filter(isOwn);
    return [...new Set(own.map(({ Alias }) => String(Alias)))];
  }

  private element({ text, collation, operatorClass, order }: Key): string {
    return `(${text})${collation === null ? '' : ` COLLATE ${collation}`} ${operatorClass}${order}`;
  }

  private index(elements: readonly string[], method = this.shape.method): string {
    return `CREATE INDEX ${INDEX} ON ${this.copy} USING ${identifier(method)} (${elements.join(', ')})`;
  }

  /** undefined where PostgreSQL refuses such an index. @param filter A condition that the table's rows meet. */
  private async isUsed(index: Sql, filter?: string): Promise<boolean | undefined> {
    const plan = await this.plan([index], filter);
    return plan && uses(plan);
  }

  /** undefined where PostgreSQL refuses a statement. */
  private async plan(
    indexes: readonly Sql[],
    filter?: string,
    indexOnly = false,
  ): Promise<readonly PlanNode[] | undefined> {
    const relation = filter === undefined ? this.copy : `(SELECT * FROM ${this.copy} WHERE ${filter})`;
    // After the role's own settings.
    const asked = [
      ...FORCED,
      `SET LOCAL enable_indexonlyscan = ${indexOnly ? 'on' : 'off'}`,
      'SET LOCAL transaction_read_only = on',
      `EXPLAIN (VERBOSE, FORMAT JSON) ${this.text.replaceAll(PLACE, () => relation)}`,
    ];
    const answers = await this.tried(indexes, asked.map(asUser));
    const [row] = answers?.at(-1) ?? [];
    const [root] = (row?.['QUERY PLAN'] ?? []) as readonly { readonly Plan: PlanNode }[];
    return root === undefined ? undefined : nodesOf(root.Plan);
  }

  /** Runs in its own savepoint; undefined where a statement failed. @param asked Sent in the scope of queries. */
  private async tried(
    statements: readonly Sql[],
    asked: readonly Sql[] = [],
  ): Promise<readonly (readonly Row[])[] | undefined> {
    const { link } = this;
    const sent = [
      link.batch(['SAVEPOINT trial', ...statements]),
      inScope(link, this.around.scope, () => link.batch(asked)),
      link.batch(['ROLLBACK TO SAVEPOINT trial']),
    ];
    const rows: (readonly Row[])[] = [];
    for (const answer of (await Promise.all(sent)).flat().slice(1, -1)) {
      if ('error' in answer) {
        this.refusal = answer.error;
        return undefined;
      }
      rows.push(answer.rows);
    }
    return rows;
  }
}

const isOurs = (node: PlanNode): boolean => node['Index Name'] === INDEX;
const uses = (plan: readonly PlanNode[]): boolean => plan.some(isOurs);

function nodesOf(root: PlanNode): readonly PlanNode[] {
  const nodes: PlanNode[] = [];
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    nodes.push(node);
    open.push(...((node.Plans ?? []) as readonly PlanNode[]));
  }
  return nodes;
}

/** Distance between a condition and an index key. */
const SAME = 0;
const CAST = 1;
const DISTANT = 2;

interface Candidate {
  readonly key: Key;
  readonly term: Term;
  readonly side: Side;
  readonly distance: number;
}

function candidate(key: Key, term: Term, side: Side): Candidate | undefined {
  if (!side.columns.some(column => key.columns.includes(column))) return undefined;
  const distance =
    canonical(side.text) === canonical(key.text) ? SAME : wraps(side.text, key.text) ? CAST : DISTANT;
  return { key, term, side, distance };
}

const ORDERING: ReadonlySet<string> = new Set(['=', '<', '<=', '>', '>=', '= ANY']);
