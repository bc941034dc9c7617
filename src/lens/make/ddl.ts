/**
 * In what order indexes are made, those of keys among them. The planner's list of a table's indexes is in the order of their
 * oids, and of two that cost the same one wins by its place in it: so they are made in the order that the document has
 * them in. What a partition has from its parent is made with the parent's.
 */
import { identifier } from '../../base/sql.ts';
import {
  keyOf,
  type LensConstraint,
  type LensDocument,
  type LensIndex,
  type LensTable,
  type LensType,
  type Named,
  plainName,
} from '../document.ts';
import { inOrder } from '../read/needs.ts';

interface OrderedIndex {
  readonly table: LensTable;
  readonly index: LensIndex;
}

/** @returns Those that no parent makes (one that is not valid makes nothing), in an order that keeps that of each table as far as all of them agree. */
function indexesInOrder(tables: readonly LensTable[]): readonly OrderedIndex[] {
  const parents = new Map<string, Named>();
  const all: OrderedIndex[] = [];
  const valid = new Set(
    tables.flatMap(({ indexes }) => indexes.filter(({ valid }) => valid).map(index => keyOf(index))),
  );
  for (const table of tables)
    for (const index of table.indexes)
      if (index.parent === undefined || !valid.has(keyOf(index.parent))) all.push({ table, index });
      else parents.set(keyOf(index), index.parent);
  const rootOf = (index: Named): string => {
    let found = index;
    for (let up = parents.get(keyOf(found)); up !== undefined; up = parents.get(keyOf(found))) found = up;
    return keyOf(found);
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
  return inOrder(all, ({ index }) => keyOf(index), before);
}

/**
 * The statements that make a lens's schema, in an order in which each finds what it needs. Parents take their partitions
 * before they get keys and indexes, so that these reach down by themselves; names are put right later (renames.ts).
 */

export interface Step {
  /** What it makes, for a person: `index public.idx`. */
  readonly what: string;
  readonly sql: string;
}

export const qualified = ({ schema, name }: Named): string => `${identifier(schema)}.${identifier(name)}`;

/**
 * To be run by a superuser. The owner owns what is in the database, not the database itself, which it could make one that
 * cannot be dropped.
 */
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

/** To be run by the lens's own role, who may do nothing else anywhere. */
export function objectSteps(document: LensDocument): Step[] {
  const { tables } = document;
  const real = tables.filter(({ kind }) => kind !== 'materialized view');
  return [
    ...document.types.map(typeStep),
    // A body may read what comes later.
    ...functionSteps(document, undefined),
    ...real.flatMap(tableSteps),
    ...real.flatMap(attachSteps),
    ...functionSteps(document, 'tables'),
    ...real.flatMap(table => constraintSteps(table, isBare(table))),
    // Before views: they may group by a key. An index on a function that reads a view is tried again.
    ...indexSteps(real),
    ...viewSteps(document),
    ...functionSteps(document, 'views'),
    ...indexSteps(tables.filter(({ kind }) => kind === 'materialized view')),
    ...real.flatMap(table => constraintSteps(table, ({ kind }) => kind === 'foreign key')),
    // Those of a table with children are there twice: of its own rows, and of all.
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
  const name = qualified(type);
  const what = `type ${plainName(type)}`;
  switch (type.kind) {
    case 'enum':
      return { what, sql: `CREATE TYPE ${name} AS ENUM (${type.labels.map(quoted).join(', ')})` };
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

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const KEPT_OPTIONS = /^(fillfactor|parallel_workers|toast_tuple_target)=\d+$/;

/** Of a dropped column its place is kept: the numbers of the others are in the statistics. */
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
  // Nothing may touch these files by itself; a partitioned table has none.
  const options =
    table.kind === 'partitioned table'
      ? []
      : [...table.options.filter(option => KEPT_OPTIONS.test(option)), 'autovacuum_enabled=false'];
  return [
    {
      what,
      sql: [
        `CREATE TABLE ${qualified(table)} (${columns.join(', ')})`,
        ...(table.partitionKey === undefined ? [] : [`PARTITION BY ${table.partitionKey}`]),
        ...(options.length === 0 ? [] : [`WITH (${options.join(', ')})`]),
      ].join(' '),
    },
    ...table.columns.flatMap((column, index) =>
      column.dropped === true
        ? [{ what, sql: `ALTER TABLE ${qualified(table)} DROP COLUMN ${identifier(DROPPED + (index + 1))}` }]
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
        ? `ALTER TABLE ${qualified(table)} INHERIT ${qualified(parent)}`
        : `ALTER TABLE ${qualified(parent)} ATTACH PARTITION ${qualified(table)} ${table.partitionBound}`,
  }));
}

/** Those that no index of the document comes with. */
function isBare({ indexes }: LensTable): (constraint: LensConstraint) => boolean {
  const made = new Set(indexes.map(({ constraint }) => constraint));
  return ({ kind, name }) => kind !== 'foreign key' && !made.has(name);
}

function constraintSteps(table: LensTable, wanted: (constraint: LensConstraint) => boolean): Step[] {
  return table.constraints.filter(wanted).map(({ name, definition }) => ({
    what: `constraint ${name} of ${plainName(table)}`,
    sql: `ALTER TABLE ${qualified(table)} ADD CONSTRAINT ${identifier(name)} ${definition}`,
  }));
}

/** Views and materialized views may read each other: their kinds alone do not say which comes first. */
function viewSteps({ views, tables }: LensDocument): Step[] {
  const materialized = tables
    .filter(({ kind }) => kind === 'materialized view')
    .map(table => ({
      what: `materialized view ${plainName(table)}`,
      sql: `CREATE MATERIALIZED VIEW ${qualified(table)} WITH (autovacuum_enabled=false) AS ${table.definition ?? ''}\nWITH NO DATA`,
    }));
  const ordinary = views.map(view => ({
    what: `view ${plainName(view)}`,
    sql: `CREATE VIEW ${qualified(view)} ${view.options.length === 0 ? '' : `WITH (${view.options.join(', ')}) `}AS ${view.definition}`,
  }));
  // What fails for want of another is tried again by make.ts.
  return [...ordinary, ...materialized];
}

function indexSteps(tables: readonly LensTable[]): Step[] {
  return indexesInOrder(tables).flatMap(({ table, index }) => {
    if (index.constraint !== undefined)
      return constraintSteps(table, ({ name }) => name === index.constraint);
    return index.valid ? [{ what: `index ${plainName(index)}`, sql: reachingDown(index) }] : [];
  });
}

/** The catalog says ON ONLY of an index on a partitioned table, which would leave its partitions without. */
function reachingDown({ definition }: LensIndex): string {
  const prefix = /^CREATE (?:UNIQUE )?INDEX (?:"(?:[^"]|"")*"|[^\s"]+) ON ONLY /.exec(definition)?.[0];
  return prefix === undefined
    ? definition
    : `${prefix.slice(0, -'ONLY '.length)}${definition.slice(prefix.length)}`;
}
