/** Parses tables with columns, constraints and indexes. */
import type { NameInSchema } from '../../base/sql.ts';
import type { LensColumn, LensConstraint, LensIndex, LensTable } from '../document.ts';
import { type Context, type Field, LIMITS } from './field.ts';
import * as sql from './sql.ts';
import { columnStatistics, expressionStatistics } from './statistics.ts';

export function table(field: Field, context: Context): LensTable {
  const kind = field.at('kind').oneOf(['table', 'partitioned table', 'materialized view']);
  const name = context.take(field, 'relation');
  const names = new Set<string>();
  const parents = field.at('parents').list(LIMITS.columns, parent => context.known(parent));
  const constraints = field.at('constraints').list(LIMITS.indexes, one => constraint(one, name, context));
  const read: LensTable = {
    kind,
    ...name,
    columns: field.at('columns').list(LIMITS.columns, one => column(one, names, context)),
    rows: field.at('rows').number(-1, LIMITS.rows),
    pages: context.blocks(field.at('pages')),
    countedPages: field.at('countedPages').integer(0, LIMITS.pages),
    allVisiblePages: field.at('allVisiblePages').integer(0, LIMITS.pages),
    toastBytes: field.at('toastBytes').integer(0, LIMITS.bytes),
    options: options(field.at('options')),
    ...field.optional('partitionKey', one => text(one, context, sql.partitionKey)),
    ...field.optional('partitionBound', one => text(one, context, sql.partitionBound)),
    parents,
    ...field.optional('definition', one => text(one, context, sql.query)),
    constraints,
    indexes: field.at('indexes').list(LIMITS.indexes, one => index(one, name, constraints, context)),
  };
  if ((kind === 'partitioned table') !== (read.partitionKey !== undefined))
    throw field.refused('only a partitioned table has a partitionKey, and it must have one');
  if (read.partitionBound !== undefined && parents.length !== 1)
    throw field.at('parents').refused('a partition has one parent');
  if (kind !== 'materialized view' && read.definition !== undefined)
    throw field.at('definition').refused('only a materialized view has a query');
  return read;
}

/** @returns The text, for which the claim must hold. */
export function text(field: Field, context: Context, claim: (text: string) => sql.Claim): string {
  const read = field.text(LIMITS.definition);
  return context.claim(field, read, claim(read));
}

/** Options of a table or view: `fillfactor=90`. */
export const options = (field: Field): string[] =>
  field.list(LIMITS.columns, one => one.matching(/^[a-z_.]+=[\w.+-]*$/, 'an option: name=value'));

function column(field: Field, names: Set<string>, context: Context): LensColumn {
  if (!field.at('dropped').isMissing && field.at('dropped').flag()) return { dropped: true };
  const name = field.at('name').name();
  if (names.has(name)) throw field.refused('another column has this name');
  names.add(name);
  return {
    name,
    type: text(field.at('type'), context, sql.typeName),
    notNull: field.at('notNull').flag(),
    ...field.optional('collation', one => text(one, context, sql.collationName)),
    ...field.optional('generated', one => ({
      expression: text(one.at('expression'), context, sql.expression),
      kind: one.at('kind').oneOf(['stored', 'virtual']),
    })),
    ...field.optional('statistics', columnStatistics),
    ...field.optional('inheritedStatistics', columnStatistics),
  };
}

function constraint(field: Field, of: NameInSchema, context: Context): LensConstraint {
  const name = field.at('name').name();
  context.once(field, 'constraint', JSON.stringify([of.schema, of.name, name]));
  const kind = field.at('kind').oneOf(['check', 'primary key', 'unique', 'exclusion', 'foreign key']);
  return {
    name,
    kind,
    definition: text(field.at('definition'), context, definition => sql.constraint(kind, definition)),
  };
}

function index(
  field: Field,
  of: NameInSchema,
  constraints: readonly LensConstraint[],
  context: Context,
): LensIndex {
  const name = context.take(field, 'relation');
  const method = field.at('method').matching(/^[a-z_][a-z0-9_]*$/, 'the name of an index method');
  return {
    ...name,
    definition: text(field.at('definition'), context, definition => sql.index(definition, name, of, method)),
    method,
    ...field.optional('constraint', one => {
      const made = one.name();
      if (!constraints.some(({ name }) => name === made))
        throw one.refused('this table has no such constraint');
      return made;
    }),
    ...field.optional('parent', parent => context.known(parent)),
    ...field.optional('columns', one =>
      one.list(LIMITS.columns, number => number.integer(-32, LIMITS.columns)),
    ),
    ...field.optional('keyColumns', one => one.integer(1, LIMITS.columns)),
    ...field.optional('unique', one => one.flag()),
    valid: field.at('valid').flag(),
    rows: field.at('rows').number(-1, LIMITS.rows),
    pages: context.blocks(field.at('pages')),
    ...field.optional('height', one => one.integer(0, 100)),
    expressionStatistics: expressionStatistics(field.at('expressionStatistics')),
  };
}
