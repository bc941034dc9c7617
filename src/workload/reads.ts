/** Which tables and columns a query names, as far as its text shows: what could make a difference to its plan. */
import { entriesOf, parseStatements } from './grammar.ts';

export interface Reads {
  /** Names in any FROM, without their schemas: of tables, views, and CTEs. */
  readonly relations: ReadonlySet<string>;
  /** Of them those that a WITH defines somewhere; a table may have the same name. */
  readonly ctes: ReadonlySet<string>;
  /** The last part of each column reference, and the columns of USING. */
  readonly columns: ReadonlySet<string>;
  /** More may be read than the text shows: a function in FROM, or a NATURAL JOIN's columns. */
  readonly opaque: boolean;
}

interface Named {
  readonly String?: { readonly sval?: string };
}

/** @param texts SELECTs that the grammar has read before: a query's own and its rewrites'. */
export async function readsOf(texts: readonly string[]): Promise<Reads> {
  const relations = new Set<string>();
  const columns = new Set<string>();
  const ctes = new Set<string>();
  let opaque = false;
  const add = (to: Set<string>, name: string | undefined) => {
    if (name !== undefined) to.add(name);
  };
  for (const text of texts) {
    for (const { tree } of await parseStatements('', text)) {
      for (const [key, value] of entriesOf(tree)) {
        const fields = value as { relname?: string; ctename?: string; fields?: readonly Named[] };
        if (key === 'RangeVar') add(relations, fields.relname);
        if (key === 'CommonTableExpr') add(ctes, fields.ctename);
        if (key === 'ColumnRef') add(columns, fields.fields?.at(-1)?.String?.sval);
        if (key === 'usingClause')
          for (const { String: name } of value as readonly Named[]) add(columns, name?.sval);
        if (key === 'RangeFunction' || key === 'isNatural') opaque = true;
      }
    }
  }
  return { relations, ctes, columns, opaque };
}
