/** What of a CREATE INDEX may matter to the planner even where the index is not scanned. */
import { entriesOf, parseStatements } from './grammar.ts';

export interface IndexShape {
  readonly unique: boolean;
  /** Of all its keys, expressions too; in no order. */
  readonly columns: readonly string[];
  /** In their order; undefined for an expression, of which an index has statistics of its own. */
  readonly keys: readonly (string | undefined)[];
  readonly isPartial: boolean;
  /** `btree` … */
  readonly method: string;
}

interface IndexElement {
  readonly IndexElem?: { readonly name?: string };
}

/** @param sql One CREATE INDEX, as the grammar cut it. */
export async function indexShape(sql: string): Promise<IndexShape> {
  const [statement] = await parseStatements('', sql);
  const { unique, accessMethod, indexParams, whereClause } = statement?.tree ?? {};
  const keys = ((indexParams ?? []) as readonly IndexElement[]).map(({ IndexElem }) => IndexElem?.name);
  return {
    unique: unique === true,
    columns: [...entriesOf(indexParams)].flatMap(([key, value]) => {
      const { name, fields } = value as { name?: string; fields?: readonly { String?: { sval?: string } }[] };
      if (key === 'IndexElem') return name ?? [];
      return key === 'ColumnRef' ? (fields?.at(-1)?.String?.sval ?? []) : [];
    }),
    keys,
    isPartial: whereClause !== undefined,
    method: typeof accessMethod === 'string' ? accessMethod : 'btree',
  };
}
