/** One statement of pg_stat_statements → a query file's content, or why there is none. */
import { DatabaseError, type Link } from '../database/link.ts';
import { PgoptError } from '../errors.ts';
import { parseStatements } from '../workload/grammar.ts';
import { parseSelect } from '../workload/selects.ts';
import { readTables, type TableInfo, type Tables } from './columns.ts';
import { fillParameters, markParameters, parametersOf } from './parameters.ts';
import { tablesOf } from './scope.ts';
import type { CountedStatement } from './statements.ts';
import { tryValues } from './tryValues.ts';
import type { Use } from './use.ts';
import { parameterUses } from './uses.ts';
import { plausibleValue } from './values.ts';

export interface Value {
  readonly number: number;
  /** An SQL literal. */
  readonly sql: string;
  /** Where it comes from: `orders.status`; undefined for a place that has usual values. */
  readonly from: string | undefined;
}

export type Draft = { readonly statement: CountedStatement } & (
  | {
      readonly kind: 'query';
      readonly text: string;
      readonly values: readonly Value[];
      readonly tables: readonly TableInfo[];
    }
  | {
      readonly kind: 'todo';
      readonly reason: string;
      readonly values: readonly Value[];
      readonly tables: readonly TableInfo[];
    }
  | { readonly kind: 'skipped'; readonly reason: string }
);

/** @throws DatabaseError when the connection or the transaction is gone. */
export async function draftQuery(link: Link, statement: CountedStatement): Promise<Draft> {
  const { text } = statement;
  const skipped = (reason: string): Draft => ({ statement, kind: 'skipped', reason });
  if (text === '<insufficient privilege>')
    return skipped("another role's, whose text this role may not read");
  let tree: Readonly<Record<string, unknown>>;
  try {
    const marked = await markParameters(text);
    await parseSelect('statement', marked);
    tree = (await parseStatements('statement', marked))[0]?.tree ?? {};
  } catch (error) {
    if (error instanceof PgoptError) return skipped(error.message);
    throw error;
  }
  const names = tablesOf(tree);
  const found = await readTables(link, names);
  const tables = names.map(name => found.find(name)).filter(table => table !== undefined);
  if (tables.every(({ isCatalog }) => isCatalog) && tables.length === names.length)
    return skipped(names.length === 0 ? 'reads no table' : "reads only PostgreSQL's own catalog");

  const { values, lacking } = await valuesFor(text, parameterUses(tree, found.hasColumn), found);
  const own = tables.filter(({ isCatalog }) => !isCatalog);
  const todo = (reason: string): Draft => ({
    statement,
    kind: 'todo',
    reason,
    values: values.map(({ candidates: [sql = ''], ...value }) => ({ ...value, sql })),
    tables: own,
  });
  if (lacking.length > 0) return todo(lacking.join('; '));
  try {
    const tried = await tryValues(link, text, values);
    return { statement, kind: 'query', text, values: tried, tables: own };
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return todo(`with these values the server says: ${error.message}`);
  }
}

export interface Candidate {
  readonly number: number;
  readonly candidates: readonly string[];
  readonly from: string | undefined;
}

async function valuesFor(
  text: string,
  uses: ReadonlyMap<number, Use>,
  tables: Tables,
): Promise<{ values: Candidate[]; lacking: string[] }> {
  const values: Candidate[] = [];
  const lacking: string[] = [];
  for (const number of await parametersOf(text)) {
    const use = uses.get(number);
    if (use === undefined) {
      lacking.push(`$${number} is compared with no column of a table`);
    } else if (use.kind === 'usual') {
      values.push({ number, candidates: use.literals, from: undefined });
    } else {
      const from = `${use.column.table}.${use.column.column}`;
      const statistics = tables.statisticsOf(use.column);
      const value = statistics && plausibleValue(use, statistics);
      if (value === undefined) lacking.push(`pg_stats has no value of ${from} for $${number}`);
      else values.push({ number, candidates: [value], from });
    }
  }
  return { values, lacking };
}

/** The statement with the values in the parameters' places. */
export function withValues(text: string, values: readonly Value[]): Promise<string> {
  return fillParameters(text, number => values.find(value => value.number === number)?.sql ?? `$${number}`);
}
