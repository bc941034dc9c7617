/**
 * SQL in a lens: PostgreSQL's grammar must accept each text as exactly the one thing it claims to be. Here it is embedded
 * in the same statement as later for the server.
 */
import { PgoptError } from '../../base/errors.ts';
import type { NameInSchema } from '../../base/sql.ts';
import { entriesOf, soleStatement, statementsOf } from '../../workload/grammar.ts';
import { plainName } from '../document.ts';
import type { Field } from './field.ts';

export type Tree = Readonly<Record<string, unknown>>;

/** A test of one text. `holds` gets the parse tree below its type. */
export interface Claim {
  /** For errors: `a type`. */
  readonly what: string;
  readonly type: string;
  readonly text: string;
  readonly holds: (tree: Tree) => boolean;
}

const WRITES = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'intoClause']);

/** Whether the tree contains one of these keys. */
const has = (tree: unknown, keys: ReadonlySet<string>): boolean =>
  [...entriesOf(tree)].some(([key]) => keys.has(key));

/** Whether the tree has no other keys. */
const only = (tree: Tree, ...keys: readonly string[]): boolean =>
  Object.keys(tree).every(key => keys.includes(key));

export const items = (value: unknown): readonly Tree[] => (Array.isArray(value) ? value : []);
/** The object at a path; empty if there is none. */
export const under = (tree: unknown, ...path: readonly string[]): Tree => {
  let found = tree as Tree | undefined;
  for (const key of path) found = found?.[key] as Tree | undefined;
  return typeof found === 'object' && found !== null ? found : {};
};
const strings = (value: unknown): readonly unknown[] => items(value).map(item => under(item, 'String').sval);

/** The expression of a SELECT that has nothing else. */
const target = (tree: Tree): Tree | undefined => {
  const targets = items(tree.targetList);
  const isBare = only(tree, 'targetList', 'limitOption', 'op') && targets.length === 1;
  const found = under(targets[0], 'ResTarget');
  return isBare && only(found, 'val', 'location') ? under(found, 'val') : undefined;
};

const SUBQUERY = new Set(['SubLink']);

export const typeName = (text: string): Claim => ({
  what: 'a type',
  type: 'SelectStmt',
  text: `SELECT NULL::${text}`,
  holds: tree => {
    const cast = under(target(tree), 'TypeCast');
    return under(cast, 'arg', 'A_Const').isnull === true && under(cast, 'typeName').setof !== true;
  },
});

export const collationName = (text: string): Claim => ({
  what: 'the name of a collation',
  type: 'SelectStmt',
  text: `SELECT '' COLLATE ${text}`,
  holds: tree => under(target(tree), 'CollateClause', 'arg').A_Const !== undefined,
});

export const expression = (text: string): Claim => ({
  what: 'an expression',
  type: 'SelectStmt',
  text: `SELECT (${text})`,
  // A row would be several expressions.
  holds: tree => {
    const found = target(tree);
    return found !== undefined && found.RowExpr === undefined && !has(found, SUBQUERY);
  },
});

export const query = (text: string): Claim => ({
  what: 'a SELECT that only reads',
  type: 'SelectStmt',
  text,
  holds: tree => !has(tree, WRITES),
});

export const partitionKey = (text: string): Claim => ({
  what: 'a partition key',
  type: 'CreateStmt',
  text: `CREATE TABLE x (a int) PARTITION BY ${text}`,
  holds: tree =>
    only(tree, 'relation', 'tableElts', 'partspec', 'oncommit') &&
    tree.partspec !== undefined &&
    tree.oncommit === 'ONCOMMIT_NOOP' &&
    !has(tree, SUBQUERY),
});

export const partitionBound = (text: string): Claim => ({
  what: 'a partition bound',
  type: 'CreateStmt',
  text: `CREATE TABLE x PARTITION OF y ${text}`,
  holds: tree =>
    only(tree, 'relation', 'inhRelations', 'partbound', 'oncommit') &&
    tree.partbound !== undefined &&
    tree.oncommit === 'ONCOMMIT_NOOP' &&
    !has(tree, SUBQUERY),
});

const CONSTRAINT_TYPES: Readonly<Record<string, string>> = {
  check: 'CONSTR_CHECK',
  'primary key': 'CONSTR_PRIMARY',
  unique: 'CONSTR_UNIQUE',
  exclusion: 'CONSTR_EXCLUSION',
  'foreign key': 'CONSTR_FOREIGN',
};

/** @param kind LensConstraint.kind */
export const constraint = (kind: string, text: string): Claim => ({
  what: `the definition of a constraint, ${kind}`,
  type: 'AlterTableStmt',
  text: `ALTER TABLE x ADD CONSTRAINT y ${text}`,
  holds: tree => {
    const commands = items(tree.cmds);
    const command = under(commands[0], 'AlterTableCmd');
    const made = under(command, 'def', 'Constraint');
    return (
      commands.length === 1 &&
      command.subtype === 'AT_AddConstraint' &&
      made.contype === CONSTRAINT_TYPES[kind] &&
      made.indexspace === undefined &&
      made.indexname === undefined &&
      !has(made, SUBQUERY)
    );
  },
});

export const domainCheck = (text: string): Claim => ({
  what: 'the check of a domain',
  type: 'AlterDomainStmt',
  text: `ALTER DOMAIN x ADD ${text}`,
  holds: ({ subtype, def }) =>
    subtype === 'C' && under(def, 'Constraint').contype === 'CONSTR_CHECK' && !has(def, SUBQUERY),
});

export const index = (text: string, of: NameInSchema, table: NameInSchema, method: string): Claim => ({
  what: `the definition of this index, on ${plainName(table)}`,
  type: 'IndexStmt',
  text,
  holds: tree =>
    tree.idxname === of.name &&
    tree.accessMethod === method &&
    under(tree, 'relation').schemaname === table.schema &&
    under(tree, 'relation').relname === table.name &&
    ['concurrent', 'tableSpace', 'if_not_exists'].every(key => tree[key] === undefined) &&
    !has(tree, SUBQUERY),
});

export const statisticsObject = (text: string, of: NameInSchema): Claim => ({
  what: 'the definition of these statistics',
  type: 'CreateStatsStmt',
  text,
  holds: tree =>
    same(strings(tree.defnames), [of.schema, of.name]) &&
    items(tree.relations).length === 1 &&
    tree.if_not_exists === undefined &&
    !has(tree, SUBQUERY),
});

const LANGUAGES: ReadonlySet<unknown> = new Set(['sql', 'plpgsql']);

export const routine = (text: string, of: NameInSchema): Claim => ({
  what: 'the definition of this function, in SQL or PL/pgSQL',
  type: 'CreateFunctionStmt',
  text,
  holds: tree => {
    const languages = items(tree.options)
      .map(option => under(option, 'DefElem'))
      .filter(({ defname }) => defname === 'language');
    return (
      same(strings(tree.funcname), [of.schema, of.name]) &&
      tree.is_procedure !== true &&
      languages.length === 1 &&
      LANGUAGES.has(under(languages[0], 'arg', 'String').sval)
    );
  },
});

const same = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((item, at) => item === other[at]);

/** Requires the grammar to be loaded. @throws PgoptError 'lens-invalid' */
export function check(field: Field, claim: Claim): void {
  const sole = soleStatement(claim.text);
  if (sole?.type === claim.type && claim.holds(sole.tree)) return;
  const statements = parsed(field, claim);
  const [statement] = statements;
  const holds =
    statements.length === 1 &&
    statement?.type === claim.type &&
    // Nothing before or after it: no semicolon, and no comment that would swallow what follows.
    statement.sql === claim.text &&
    claim.holds(statement.tree);
  if (!holds) throw field.expected(claim.what);
}

function parsed(field: Field, { text, what }: Claim) {
  try {
    return statementsOf('', text);
  } catch (error) {
    const why = error instanceof PgoptError ? error.message : 'it cannot be parsed';
    throw field.refused(`this should be ${what}, and PostgreSQL says: ${why}`);
  }
}
