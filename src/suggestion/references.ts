/**
 * Finds the column references in a SELECT, subqueries included, that read a table of its own FROM. It gives up where the text
 * leaves that open: a star, or a relation with unknown columns. Pure.
 */
import type {
  ColumnRef,
  JoinExpr,
  Node,
  RangeFunction,
  RangeSubselect,
  SelectStmt,
  SubLink,
} from '@pgsql/types';
import { stringOf } from '../workload/grammar.ts';
import { walk } from './expressions.ts';
import { namesOf } from './outputNames.ts';
import type { Columns } from './queryBlocks.ts';

export interface Reference {
  readonly alias: string;
  readonly column: string;
}

/** Keyed by the parse tree's own objects. */
export type References = ReadonlyMap<ColumnRef, Reference>;

/** Alias → columns; undefined if they are unknown. */
type Sources = Map<string, readonly string[] | undefined>;

interface Scope {
  readonly sources: Sources;
  readonly own: boolean;
}

class Unclear extends Error {}

/** @param ctes CTEs that are visible in it. */
export function ownReferences(
  select: SelectStmt,
  columns: Columns,
  ctes: ReadonlySet<string>,
): References | undefined {
  const reader = new Reader(columns);
  try {
    reader.select(select, [], new Map([...ctes].map(name => [name, undefined])), true);
    return reader.found;
  } catch (error) {
    if (error instanceof Unclear) return undefined;
    throw error;
  }
}

class Reader {
  readonly found = new Map<ColumnRef, Reference>();

  constructor(private readonly columns: Columns) {}

  select(select: SelectStmt, around: readonly Scope[], ctes: Sources, own = false): void {
    const known = new Map(ctes);
    for (const entry of select.withClause?.ctes ?? []) {
      if (!('CommonTableExpr' in entry)) continue;
      const { ctename = '', ctequery, aliascolnames } = entry.CommonTableExpr;
      if (select.withClause?.recursive === true) known.set(ctename, undefined);
      if (ctequery === undefined || !('SelectStmt' in ctequery)) throw new Unclear();
      this.select(ctequery.SelectStmt, around, known);
      known.set(
        ctename,
        aliascolnames?.flatMap(name => stringOf(name) ?? []) ?? namesOf(ctequery.SelectStmt),
      );
    }
    if (select.larg !== undefined && select.rarg !== undefined) {
      this.select(select.larg, around, known);
      this.select(select.rarg, around, known);
      return;
    }
    const sources: Sources = new Map();
    const scopes = [{ sources, own }, ...around];
    for (const item of select.fromClause ?? []) this.from(item, scopes, known);
    const { withClause: _, fromClause: __, ...rest } = select;
    this.expression(rest, scopes, known);
  }

  private from(item: Node, scopes: readonly Scope[], ctes: Sources): void {
    const sources = scopes[0]?.sources;
    if ('RangeVar' in item) {
      const { schemaname, relname = '', alias } = item.RangeVar;
      const isCte = schemaname === undefined && ctes.has(relname);
      const own = this.columns[schemaname === undefined ? relname : `${schemaname}.${relname}`];
      const listed = alias?.colnames?.flatMap(name => stringOf(name) ?? []);
      const columns = isCte ? ctes.get(relname) : own;
      sources?.set(alias?.aliasname ?? relname, listed === undefined ? columns : renamed(columns, listed));
    } else if ('JoinExpr' in item) this.join(item.JoinExpr, scopes, ctes);
    else if ('RangeSubselect' in item) this.subselect(item.RangeSubselect, scopes, ctes);
    else if ('RangeFunction' in item) this.function(item.RangeFunction, scopes, ctes);
    else throw new Unclear();
  }

  private join({ larg, rarg, quals, isNatural, alias }: JoinExpr, scopes: readonly Scope[], ctes: Sources) {
    if (isNatural === true || alias !== undefined) throw new Unclear();
    if (larg !== undefined) this.from(larg, scopes, ctes);
    if (rarg !== undefined) this.from(rarg, scopes, ctes);
    if (quals !== undefined) this.expression(quals, scopes, ctes);
  }

  private subselect({ subquery, alias, lateral }: RangeSubselect, scopes: readonly Scope[], ctes: Sources) {
    if (subquery === undefined || !('SelectStmt' in subquery)) throw new Unclear();
    this.select(subquery.SelectStmt, lateral === true ? scopes : scopes.slice(1), ctes);
    const listed = alias?.colnames?.flatMap(name => stringOf(name) ?? []);
    const columns = listed ?? namesOf(subquery.SelectStmt);
    if (alias?.aliasname !== undefined) scopes[0]?.sources.set(alias.aliasname, columns);
  }

  private function(item: RangeFunction, scopes: readonly Scope[], ctes: Sources): void {
    const { alias, functions = [] } = item;
    for (const one of functions) this.expression(one, scopes, ctes);
    const listed = alias?.colnames?.flatMap(name => stringOf(name) ?? []);
    if (alias?.aliasname !== undefined) scopes[0]?.sources.set(alias.aliasname, listed);
  }

  private expression(node: unknown, scopes: readonly Scope[], ctes: Sources): void {
    walk(node, (key, value) => {
      if (key === 'SubLink') {
        const { testexpr, subselect } = value as SubLink;
        if (testexpr !== undefined) this.expression(testexpr, scopes, ctes);
        if (subselect !== undefined && 'SelectStmt' in subselect)
          this.select(subselect.SelectStmt, scopes, ctes);
        return false;
      }
      if (key === 'ColumnRef') this.read(value as ColumnRef, scopes);
      return true;
    });
  }

  private read(reference: ColumnRef, scopes: readonly Scope[]): void {
    const { fields = [] } = reference;
    const [inner] = scopes;
    const names = fields.map(stringOf);
    if (fields.some(field => 'A_Star' in field)) {
      // A star over a subquery's own FROM reads nothing of ours.
      const alias = names.length > 1 ? names.at(-2) : undefined;
      const isOwn = alias === undefined ? inner?.own === true : scopes.find(at => at.sources.has(alias))?.own;
      if (isOwn === true) throw new Unclear();
      return;
    }
    const column = names.at(-1) ?? '';
    const alias = names.at(-2);
    for (const { sources, own } of scopes) {
      if (alias !== undefined) {
        if (!sources.has(alias)) continue;
        if (own && sources.get(alias)?.includes(column) === true)
          this.found.set(reference, { alias, column });
        // A system column, or a field of a value.
        else if (own && sources.get(alias) !== undefined) throw new Unclear();
        return;
      }
      const [holder] = [...sources].find(([, columns]) => columns?.includes(column)) ?? [];
      if (holder !== undefined) {
        if (own) this.found.set(reference, { alias: holder, column });
        return;
      }
      if (own && sources.has(column)) throw new Unclear();
      if ([...sources.values()].includes(undefined)) throw new Unclear();
    }
  }
}

const renamed = (columns: readonly string[] | undefined, listed: readonly string[]) =>
  columns?.map((column, at) => listed[at] ?? column);
