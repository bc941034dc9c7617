/** The tables that a statement writes, and how, from its parse tree. Row locks alone do not count. */
import type { Node } from '@pgsql/types';
import { entriesOf, type NodeOf, nodeAs } from './grammar.ts';

export interface WrittenTable {
  readonly schema: string | undefined;
  readonly name: string;
  readonly inserts: boolean;
  readonly deletes: boolean;
  /** Columns that an UPDATE sets; undefined: no UPDATE. */
  readonly sets: readonly string[] | undefined;
  /**
   * Whether a row takes this column's default.
   * @param position Position in the table, from 1.
   */
  readonly takesDefault: (column: string, position: number) => boolean;
}

export type WritingStatement = Partial<
  NodeOf<'InsertStmt'> & NodeOf<'UpdateStmt'> & NodeOf<'DeleteStmt'> & NodeOf<'MergeStmt'>
>;

/** One for each INSERT, UPDATE, DELETE and MERGE, including those in WITH. */
export function writtenTables(type: string, tree: unknown): readonly WrittenTable[] {
  return [...entriesOf({ [type]: tree })].flatMap(([key, node]) => {
    const found = TARGETS[key]?.(node as WritingStatement);
    if (found === undefined) return [];
    const { relname = '', schemaname } = (node as WritingStatement).relation ?? {};
    // DEFAULT may replace any value.
    const all = has(node, 'SetToDefault');
    return [
      {
        ...NOTHING,
        ...found,
        ...(all ? { takesDefault: () => true } : {}),
        schema: schemaname,
        name: relname,
      },
    ];
  });
}

type Found = Partial<Pick<WrittenTable, 'inserts' | 'deletes' | 'sets' | 'takesDefault'>>;

const NOTHING = { inserts: false, deletes: false, sets: undefined, takesDefault: () => false };

const TARGETS: Readonly<Record<string, (node: WritingStatement) => Found>> = {
  DeleteStmt: () => ({ deletes: true }),
  UpdateStmt: ({ targetList }) => ({ sets: namesOf(targetList) }),
  InsertStmt: ({ cols, selectStmt, override, onConflictClause }) => ({
    inserts: true,
    takesDefault: inserting(cols, widthOf(nodeAs(selectStmt, 'SelectStmt')), override),
    ...(onConflictClause?.targetList === undefined ? {} : { sets: namesOf(onConflictClause.targetList) }),
  }),
  MergeStmt: ({ mergeWhenClauses = [] }) => {
    const actions = mergeWhenClauses.flatMap(one => nodeAs(one, 'MergeWhenClause') ?? []);
    const of = (command: string) => actions.filter(({ commandType }) => commandType === command);
    const updates = of('CMD_UPDATE');
    const inserts = of('CMD_INSERT').map(({ targetList, values, override }) =>
      inserting(targetList, values?.length ?? 0, override),
    );
    return {
      inserts: inserts.length > 0,
      deletes: of('CMD_DELETE').length > 0,
      ...(updates.length === 0 ? {} : { sets: updates.flatMap(({ targetList }) => namesOf(targetList)) }),
      takesDefault: (column, position) => inserts.some(takes => takes(column, position)),
    };
  },
};

/** @param width Number of columns with a value if they are not named; 0: not known. */
function inserting(
  named: readonly Node[] | undefined,
  width: number,
  override: string | undefined,
): WrittenTable['takesDefault'] {
  if (override === 'OVERRIDING_USER_VALUE') return () => true;
  if (named === undefined) return (_, position) => position > width;
  const names = new Set(namesOf(named));
  return column => !names.has(column);
}

function widthOf({ valuesLists, targetList = [] }: NodeOf<'SelectStmt'> = {}): number {
  if (valuesLists !== undefined) return nodeAs(valuesLists[0], 'List')?.items?.length ?? 0;
  return has(targetList, 'A_Star') ? 0 : targetList.length;
}

const namesOf = (targets: readonly Node[] = []): string[] =>
  targets.flatMap(target => nodeAs(target, 'ResTarget')?.name ?? []);

const has = (tree: unknown, wanted: string): boolean => [...entriesOf(tree)].some(([key]) => key === wanted);
