/** The statements that create a lens's schema. */
import { asWritten, identifier, literal, type NameInSchema, writtenKey } from '../../base/sql.ts';
import {
  type LensConstraint,
  type LensDocument,
  type LensIndex,
  type LensTable,
  type LensType,
  plainName,
} from '../document.ts';
import { inOrder } from '../read/needs.ts';

interface OrderedIndex {
  readonly table: LensTable;
  readonly index: LensIndex;
}

/**
 * Indexes that no parent's index creates (an invalid one creates nothing), as far as possible in each table's order: among
 * equal costs the planner takes the index with the lower oid.
 */
function indexesInOrder(tables: readonly LensTable[]): readonly OrderedIndex[] {
  const parents = new Map<string, NameInSchema>();
  const all: OrderedIndex[] = [];
  const valid = new Set(
    tables.flatMap(({ indexes }) => indexes.filter(({ valid }) => valid).map(index => writtenKey(index))),
  );
  for (const table of tables)
    for (const index of table.indexes)
      if (index.parent === undefined || !valid.has(writtenKey(index.parent))) all.push({ table, index });
      else parents.set(writtenKey(index), index.parent);
  const rootOf = (index: NameInSchema): string => {
    let found = index;
    for (let up = parents.get(writtenKey(found)); up !== undefined; up = parents.get(writtenKey(found)))
      found = up;
    return writtenKey(found);
  };
  const before = new Map<string, Set<string>>();
  for (const { indexes } of tables)
    for (const [position, index] of indexes.entries()) {
      const previous = indexes[position - 1];
      if (previous === undefined) continue;
      const [one, other] = [rootOf(previous), rootOf(index)];
      const needs = before.get(other) ?? new Set();
      if (one !== other) before.set(other, needs.add(one));
    }
  return inOrder(all, ({ index }) => writtenKey(index), before);
}

export interface Step {
  /** `index public.idx` */
  readonly what: string;
  readonly sql: string;
}

/** For a superuser. The owner does not own the database itself, which it could make impossible to drop. */
export function schemaSteps(
  { schemas }: LensDocument,
  more: readonly string[],
  owner: string,
): readonly Step[] {
  const to = identifier(owner);
  return [
    { what: 'schema public', sql: `GRANT ALL ON SCHEMA public TO ${to}` },
    ...[...new Set([...schemas, ...more])].map(name => ({
      what: `schema ${name}`,
      sql: `CREATE SCHEMA IF NOT EXISTS ${identifier(name)} AUTHORIZATION ${to}`,
    })),
  ];
}

/**
 * For the base's role, which has no other rights. Partitions are attached before keys and indexes, so that these reach
 * them; renameInherited() restores the names later.
 */
export function objectSteps(document: LensDocument): Step[] {
  const { tables } = document;
  const real = tables.filter(({ kind }) => kind !== 'materialized view');
  return [
    ...document.types.map(typeStep),
    // Unchecked bodies may read later objects.
    ...functionSteps(document, undefined),
    ...real.flatMap(tableSteps),
    ...real.flatMap(attachSteps),
    ...functionSteps(document, 'tables'),
    ...real.flatMap(table => constraintSteps(table, isBare(table))),
    // Before views, which may group by a key. runSteps() retries an index on a function that reads a view.
    ...indexSteps(real),
    ...viewSteps(document),
    ...functionSteps(document, 'views'),
    ...indexSteps(tables.filter(({ kind }) => kind === 'materialized view')),
    ...real.flatMap(table => constraintSteps(table, ({ kind }) => kind === 'foreign key')),
    // A table with children has its statistics twice: of its own rows and of all rows.
    ...[...new Map(document.statistics.map(made => [plainName(made), made])).values()].map(made => ({
      what: `statistics ${plainName(made)}`,
      sql: made.definition,
    })),
  ];
}

function functionSteps({ functions }: LensDocument, after: 'tables' | 'views' | undefined): Step[] {
  return functions
    .filter(made => made.after === after)
    .map(made => ({ what: `function ${plainName(made)}`, sql: made.definition }));
}

function typeStep(type: LensType): Step {
  const name = asWritten(type);
  const what = `type ${plainName(type)}`;
  switch (type.kind) {
    case 'enum':
      return { what, sql: `CREATE TYPE ${name} AS ENUM (${type.labels.map(literal).join(', ')})` };
    case 'composite':
      return {
        what,
        sql: `CREATE TYPE ${name} AS (${type.attributes.map(({ name, type }) => `${identifier(name)} ${type}`).join(', ')})`,
      };
    case 'range':
      return {
        what,
        sql: `CREATE TYPE ${name} AS RANGE (SUBTYPE = ${type.subtype}${type.difference === undefined ? '' : `, SUBTYPE_DIFF = ${type.difference}`})`,
      };
    case 'domain':
      return {
        what,
        sql: [
          `CREATE DOMAIN ${name} AS ${type.base}`,
          ...(type.notNull ? ['NOT NULL'] : []),
          ...type.checks,
        ].join(' '),
      };
  }
}

const KEPT_OPTIONS = /^(fillfactor|parallel_workers|toast_tuple_target)=\d+$/;

/** Dropped columns keep their place, because statistics refer to column numbers. */
const DROPPED = 'pgopt dropped ';

function tableSteps(table: LensTable): Step[] {
  const what = `table ${plainName(table)}`;
  const columns = table.columns.map((column, index) => {
    if (column.dropped === true) return `${identifier(DROPPED + (index + 1))} integer`;
    const { name, type, notNull, collation, generated } = column;
    return [
      identifier(name),
      type,
      ...(collation === undefined ? [] : [`COLLATE ${collation}`]),
      ...(generated === undefined
        ? []
        : [`GENERATED ALWAYS AS (${generated.expression}) ${generated.kind.toUpperCase()}`]),
      ...(notNull ? ['NOT NULL'] : []),
    ].join(' ');
  });
  // Autovacuum must not touch these files. A partitioned table has no storage options.
  const options =
    table.kind === 'partitioned table'
      ? []
      : [...table.options.filter(option => KEPT_OPTIONS.test(option)), 'autovacuum_enabled=false'];
  return [
    {
      what,
      sql: [
        `CREATE TABLE ${asWritten(table)} (${columns.join(', ')})`,
        ...(table.partitionKey === undefined ? [] : [`PARTITION BY ${table.partitionKey}`]),
        ...(options.length === 0 ? [] : [`WITH (${options.join(', ')})`]),
      ].join(' '),
    },
    ...table.columns.flatMap((column, index) =>
      column.dropped === true
        ? [{ what, sql: `ALTER TABLE ${asWritten(table)} DROP COLUMN ${identifier(DROPPED + (index + 1))}` }]
        : [],
    ),
  ];
}

function attachSteps(table: LensTable): Step[] {
  const what = `table ${plainName(table)}`;
  return table.parents.map(parent => ({
    what,
    sql:
      table.partitionBound === undefined
        ? `ALTER TABLE ${asWritten(table)} INHERIT ${asWritten(parent)}`
        : `ALTER TABLE ${asWritten(parent)} ATTACH PARTITION ${asWritten(table)} ${table.partitionBound}`,
  }));
}

/** Constraints that create no index of the document. */
function isBare({ indexes }: LensTable): (constraint: LensConstraint) => boolean {
  const made = new Set(indexes.map(({ constraint }) => constraint));
  return ({ kind, name }) => kind !== 'foreign key' && !made.has(name);
}

function constraintSteps(table: LensTable, wanted: (constraint: LensConstraint) => boolean): Step[] {
  return table.constraints.filter(wanted).map(({ name, definition }) => ({
    what: `constraint ${name} of ${plainName(table)}`,
    sql: `ALTER TABLE ${asWritten(table)} ADD CONSTRAINT ${identifier(name)} ${definition}`,
  }));
}

/** Views and materialized views may read each other; runSteps() retries those that come too early. */
function viewSteps({ views, tables }: LensDocument): Step[] {
  const materialized = tables
    .filter(({ kind }) => kind === 'materialized view')
    .map(table => ({
      what: `materialized view ${plainName(table)}`,
      sql: `CREATE MATERIALIZED VIEW ${asWritten(table)} WITH (autovacuum_enabled=false) AS ${table.definition ?? ''}\nWITH NO DATA`,
    }));
  const ordinary = views.map(view => ({
    what: `view ${plainName(view)}`,
    sql: `CREATE VIEW ${asWritten(view)} ${view.options.length === 0 ? '' : `WITH (${view.options.join(', ')}) `}AS ${view.definition}`,
  }));
  return [...ordinary, ...materialized];
}

function indexSteps(tables: readonly LensTable[]): Step[] {
  return indexesInOrder(tables).flatMap(({ table, index }) => {
    if (index.constraint !== undefined)
      return constraintSteps(table, ({ name }) => name === index.constraint);
    return index.valid ? [{ what: `index ${plainName(index)}`, sql: reachingDown(index) }] : [];
  });
}

/** pg_get_indexdef() prints ON ONLY for a partitioned index, which would leave its partitions out. */
function reachingDown({ definition }: LensIndex): string {
  const prefix = /^CREATE (?:UNIQUE )?INDEX (?:"(?:[^"]|"")*"|[^\s"]+) ON ONLY /.exec(definition)?.[0];
  return prefix === undefined
    ? definition
    : `${prefix.slice(0, -'ONLY '.length)}${definition.slice(prefix.length)}`;
}
