/**
 * A statement that writes → a SELECT that reads what it reads, in the same way: what an index could serve is in that. Rows that it
 * changes or locks are fetched whole, so an index alone never answers it. Pure.
 */
import type { Node, RangeVar, SelectStmt } from '@pgsql/types';
import type { ParsedStatement } from '../workload/grammar.ts';

type Tree = Readonly<Record<string, unknown>>;
type Nodes = readonly Node[];

const SELECT = { op: 'SETOP_NONE', limitOption: 'LIMIT_OPTION_DEFAULT' } as const;

/** Of SELECT, INSERT, UPDATE, DELETE and MERGE, also within WITH. */
export function selectOf({ type, tree }: Pick<ParsedStatement, 'type' | 'tree'>): SelectStmt {
  return (readsOf[type]?.(tree) ?? tree) as SelectStmt;
}

const readsOf: Readonly<Record<string, (tree: Tree) => SelectStmt>> = {
  SelectStmt: tree => {
    const { lockingClause, ...select } = tree as SelectStmt & { lockingClause?: unknown };
    const whole: Nodes = lockingClause === undefined ? [] : [everyColumnOf(undefined)];
    return withoutWrites({ ...select, targetList: [...(select.targetList ?? []), ...whole] });
  },
  DeleteStmt: tree => changing(tree, 'usingClause'),
  UpdateStmt: tree => changing(tree, 'fromClause'),
  InsertStmt: tree => {
    const { selectStmt, withClause } = tree as { selectStmt?: Node; withClause?: SelectStmt['withClause'] };
    const select = selectStmt !== undefined && 'SelectStmt' in selectStmt ? selectStmt.SelectStmt : {};
    const ctes = [...(withClause?.ctes ?? []), ...(select.withClause?.ctes ?? [])];
    return withoutWrites({ ...SELECT, ...select, ...(ctes.length === 0 ? {} : { withClause: { ctes } }) });
  },
  MergeStmt: tree => {
    const { relation, sourceRelation, joinCondition, mergeWhenClauses, withClause } = tree as {
      relation?: RangeVar;
      sourceRelation?: Node;
      joinCondition?: Node;
      mergeWhenClauses?: Nodes;
      withClause?: SelectStmt['withClause'];
    };
    return withoutWrites({
      ...SELECT,
      ...(withClause === undefined ? {} : { withClause }),
      fromClause: [
        {
          JoinExpr: {
            jointype: 'JOIN_INNER',
            ...(relation === undefined ? {} : { larg: { RangeVar: relation } }),
            ...(sourceRelation === undefined ? {} : { rarg: sourceRelation }),
            ...(joinCondition === undefined ? {} : { quals: joinCondition }),
          },
        },
      ],
      targetList: [everyColumnOf(relation), ...(mergeWhenClauses ?? [])],
    });
  },
};

/** UPDATE and DELETE. @param others Where it names the tables that it reads beside its own. */
function changing(tree: Tree, others: 'usingClause' | 'fromClause'): SelectStmt {
  const { relation, whereClause, withClause, targetList, returningList, ...rest } = tree as {
    relation?: RangeVar;
    whereClause?: Node;
    withClause?: SelectStmt['withClause'];
    targetList?: Node[];
    returningList?: Node[];
  } & Readonly<Record<typeof others, Node[] | undefined>>;
  return withoutWrites({
    ...SELECT,
    ...(withClause === undefined ? {} : { withClause }),
    ...(whereClause === undefined ? {} : { whereClause }),
    fromClause: [...(relation === undefined ? [] : [{ RangeVar: relation }]), ...(rest[others] ?? [])],
    targetList: [everyColumnOf(relation), ...(targetList ?? []), ...(returningList ?? [])],
  });
}

/** `t.*`; without a table of every table. */
function everyColumnOf(table: RangeVar | undefined): Node {
  const name = table?.alias?.aliasname ?? table?.relname;
  const alias: Node[] = name === undefined ? [] : [{ String: { sval: name } }];
  return { ResTarget: { val: { ColumnRef: { fields: [...alias, { A_Star: {} }] } } } };
}

/** What its WITH writes is read in the same way. */
function withoutWrites(select: SelectStmt): SelectStmt {
  const { withClause } = select;
  if (withClause?.ctes === undefined) return select;
  const ctes = withClause.ctes.map((entry): Node => {
    if (!('CommonTableExpr' in entry)) return entry;
    const { ctequery = {}, ...cte } = entry.CommonTableExpr;
    const [found] = Object.entries(ctequery as Readonly<Record<string, Tree>>);
    if (found === undefined) return entry;
    const [type, tree] = found;
    return { CommonTableExpr: { ...cte, ctequery: { SelectStmt: selectOf({ type, tree }) } } };
  });
  return { ...select, withClause: { ...withClause, ctes } };
}
