/** Parses types, functions, views and extended statistics. */
import type { LensCollation, LensExtendedStatistics, LensFunction, LensType, LensView } from '../document.ts';
import { type Context, type Field, LIMITS } from './field.ts';
import * as sql from './sql.ts';
import { extendedFigures } from './statistics.ts';
import { options, text } from './tables.ts';

export function collation(field: Field, context: Context): LensCollation {
  return {
    ...context.take(field, 'collation'),
    provider: field.at('provider').oneOf(['libc', 'icu', 'builtin']),
    locale: field.at('locale').text(200),
    deterministic: field.at('deterministic').flag(),
  };
}

export function type(field: Field, context: Context): LensType {
  const kind = field.at('kind').oneOf(['enum', 'domain', 'composite', 'range']);
  const name = context.take(field, 'type');
  const typeOf = (key: string, of = field) => text(of.at(key), context, sql.typeName);
  switch (kind) {
    case 'enum':
      return {
        kind,
        ...name,
        labels: field.at('labels').list(LIMITS.things, label => label.text(LIMITS.nameBytes)),
      };
    case 'domain':
      return {
        kind,
        ...name,
        base: typeOf('base'),
        notNull: field.at('notNull').flag(),
        checks: field.at('checks').list(LIMITS.indexes, one => text(one, context, sql.domainCheck)),
      };
    case 'composite':
      return {
        kind,
        ...name,
        attributes: field
          .at('attributes')
          .list(LIMITS.columns, one => ({ name: one.at('name').name(), type: typeOf('type', one) })),
      };
    case 'range':
      return {
        kind,
        ...name,
        subtype: typeOf('subtype'),
        ...field.optional('difference', one =>
          one.matching(/^[a-z_][a-z0-9_]*$/, 'the name of a function of PostgreSQL'),
        ),
      };
  }
}

export function routine(field: Field, context: Context): LensFunction {
  const name = context.named(field);
  return {
    ...name,
    definition: text(field.at('definition'), context, definition => sql.routine(definition, name)),
    ...field.optional('after', one => one.oneOf<'tables' | 'views'>(['tables', 'views'])),
  };
}

export function view(field: Field, context: Context): LensView {
  return {
    ...context.take(field, 'relation'),
    options: options(field.at('options')),
    definition: text(field.at('definition'), context, sql.query),
  };
}

export function statistics(field: Field, context: Context): LensExtendedStatistics {
  const name = context.named(field);
  const figures = extendedFigures(field);
  // Figures may exist twice: with and without children.
  context.once(field, 'statistics', JSON.stringify([name.schema, name.name, figures.inherited]));
  return {
    ...name,
    definition: text(field.at('definition'), context, definition => sql.statisticsObject(definition, name)),
    ...figures,
  };
}
