/**
 * Candidates for statements that write: those of a SELECT that reads the same, and those of foreign-key checks. Rows that are
 * changed or locked are read whole, so an index-only scan never helps. Pure.
 */
import type { Node, RangeVar, SelectStmt } from '@pgsql/types';
import { deparseSync } from 'pgsql-deparser';
import { entriesOf, parseStatements } from '../workload/grammar.ts';
import { findParameters, withPlaceholders } from '../workload/parameters.ts';
import type { Query, Workload } from '../workload/workload.ts';
import type { WritingStatement } from '../workload/writtenTables.ts';
import type { Candidates } from './candidates.ts';
import { allChecks, type Check } from './foreignKeyChecks.ts';

/**
 * @param checks Query → its foreign-key checks.
 * @param find Finds candidates for queries that read; `withoutViews` may read no view.
 */
export async function candidatesOfAll(
  workload: Workload,
  checks: ReadonlyMap<string, readonly Check[]>,
  find: (workload: Workload, withoutViews: readonly string[]) => Promise<Candidates>,
): Promise<Candidates> {
  const { queries } = workload;
  const lookups = allChecks(checks).filter(({ key }) => !key.indexed);
  const reads = [...(await Promise.all(queries.map(readOf))), ...lookups.map(({ query }) => query)];
  const withoutViews = [...queries, ...reads].flatMap(({ id, writes }) => (writes === undefined ? [] : [id]));
  const found = await find({ ...workload, queries: reads }, withoutViews);
  const ofLookup = (id: string) =>
    [...checks].flatMap(([of, own]) =>
      allChecks(new Map([[of, own]])).some(({ query }) => query.id === id) ? [of] : [],
    );
  const isOwn = (id: string) => queries.some(query => query.id === id);
  return {
    ...found,
    queries: new Map(
      [...found.queries].map(([id, of]) => [
        id,
        [...new Set(of.flatMap(one => (isOwn(one) ? [one] : ofLookup(one))))],
      ]),
    ),
    workload: {
      ...found.workload,
      queries: queries.map((query, at) => ({
        ...query,
        rewrites: found.workload.queries[at]?.rewrites ?? [],
      })),
    },
  };
}

/** A SELECT that reads what a statement that writes reads; any other query unchanged. */
async function readOf(query: Query): Promise<Query> {
  if (query.writes === undefined) return query;
  const text = query.values === undefined ? query.sql : (query.text ?? query.sql);
  const [statement] = await parseStatements('', withPlaceholders(text, await findParameters(text)));
  const { type, tree } = statement ?? { type: 'SelectStmt', tree: {} };
  const sql = deparseSync({ SelectStmt: selectOf(type, tree) } as Node);
  return { ...query, sql, text: sql };
}

/** Statements that write come last: their time per unit of cost is taken from the runs before. */
export const writesLast = (queries: readonly Query[]): readonly Query[] => [
  ...queries.filter(({ writes }) => writes === undefined),
  ...queries.filter(({ writes }) => writes !== undefined),
];

type Tree = Readonly<Record<string, unknown>>;

/** Handles SELECT, INSERT, UPDATE, DELETE and MERGE, also within WITH. */
function selectOf(type: string, tree: Tree): SelectStmt {
  const statement = tree as WritingStatement;
  const { relation, withClause, whereClause, targetList = [], returningClause } = statement;
  if (type === 'SelectStmt') {
    const { lockingClause, ...select } = tree as SelectStmt;
    const whole = lockingClause === undefined ? [] : [everyColumnOf(undefined)];
    return reading(select, { targetList: [...(select.targetList ?? []), ...whole] });
  }
  if (type === 'InsertStmt') {
    const { selectStmt } = statement;
    const select = selectStmt !== undefined && 'SelectStmt' in selectStmt ? selectStmt.SelectStmt : {};
    const ctes = [...(withClause?.ctes ?? []), ...(select.withClause?.ctes ?? [])];
    return reading(select, ctes.length === 0 ? {} : { withClause: { ctes } });
  }
  const target: Node[] = relation === undefined ? [] : [{ RangeVar: relation }];
  const around = {
    ...(withClause === undefined ? {} : { withClause }),
    ...(whereClause === undefined ? {} : { whereClause }),
  };
  const expressions = valuesIn([targetList, returningClause, statement.mergeWhenClauses]);
  const own = { ...around, targetList: [everyColumnOf(relation), ...expressions] };
  if (type !== 'MergeStmt')
    return reading(own, {
      fromClause: [...target, ...(statement.usingClause ?? statement.fromClause ?? [])],
    });
  const { sourceRelation, joinCondition } = statement;
  return reading(own, {
    fromClause: [...target, ...(sourceRelation === undefined ? [] : [sourceRelation])],
    ...(joinCondition === undefined ? {} : { whereClause: joinCondition }),
  });
}

/** The statement as a SELECT; statements in its WITH that write become SELECTs, too. */
function reading(select: SelectStmt, change: SelectStmt): SelectStmt {
  const all: SelectStmt = { op: 'SETOP_NONE', limitOption: 'LIMIT_OPTION_DEFAULT', ...select, ...change };
  if (all.withClause?.ctes === undefined) return all;
  const ctes = all.withClause.ctes.map((entry): Node => {
    if (!('CommonTableExpr' in entry)) return entry;
    const { ctequery = {}, ...cte } = entry.CommonTableExpr;
    const [found] = Object.entries(ctequery as Readonly<Record<string, Tree>>);
    return found === undefined
      ? entry
      : { CommonTableExpr: { ...cte, ctequery: { SelectStmt: selectOf(...found) } } };
  });
  return { ...all, withClause: { ...all.withClause, ctes } };
}

/** `t.*`, or `*` without a table. */
function everyColumnOf(table: RangeVar | undefined): Node {
  const name = table?.alias?.aliasname ?? table?.relname;
  const alias: Node[] = name === undefined ? [] : [{ String: { sval: name } }];
  return { ResTarget: { val: { ColumnRef: { fields: [...alias, { A_Star: {} }] } } } };
}

/** The columns and subqueries in values and conditions. */
const valuesIn = (lists: unknown): Node[] =>
  [...entriesOf(lists)]
    .filter(([key]) => key === 'ColumnRef' || key === 'SubLink')
    .map(([key, node]): Node => ({ ResTarget: { val: { [key]: node } as unknown as Node } }));
