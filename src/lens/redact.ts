/** `--redact`: removes text values from the statistics and keeps their numbers. */
import { plain } from '../base/sql.ts';
import {
  isLive,
  type LensColumn,
  type LensColumnStatistics,
  type LensDocument,
  type LensTable,
  type LensType,
  type Omission,
  plainName,
  statisticsOf,
  withStatistics,
} from './document.ts';

/** Types whose values are no text, as format_type() prints them without parentheses. */
const PLAIN: ReadonlySet<string> = new Set([
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'real',
  'double precision',
  'money',
  'oid',
  'boolean',
  'date',
  'time without time zone',
  'time with time zone',
  'timestamp without time zone',
  'timestamp with time zone',
  'interval',
  ...['int4', 'int8', 'num', 'ts', 'tstz', 'date'].flatMap(kind => [`${kind}range`, `${kind}multirange`]),
]);

/** `timestamp(3) with time zone[]` → `timestamp with time zone` */
const bare = (type: string): string => type.replace(/(\[\])+$/, '').replace(/\([\d,-]*\)/, '');

/** @returns A test whether values of a type (or of its arrays) may stay. Labels of enums are schema. */
function plainTypes(types: readonly LensType[]): (type: string) => boolean {
  const staying = new Set(PLAIN);
  // Each type follows those it depends on.
  for (const type of types) {
    const stays =
      type.kind === 'enum' ||
      (type.kind === 'domain' && staying.has(bare(type.base))) ||
      (type.kind === 'range' && staying.has(bare(type.subtype)));
    if (stays) staying.add(`${plain(type.schema)}.${plain(type.name)}`);
  }
  return type => staying.has(bare(type));
}

interface Redacted {
  readonly document: LensDocument;
  /** Columns and expressions whose values were removed: `shop.orders.note`, `expression 1 of index shop.by_note`. */
  readonly without: readonly string[];
}

export function redact(document: LensDocument): Redacted {
  const isPlain = plainTypes(document.types);
  const without: string[] = [];
  const drop = (name: string, statistics: LensColumnStatistics): LensColumnStatistics => {
    const { stripped, isChanged } = withoutValues(statistics);
    if (isChanged && !without.includes(name)) without.push(name);
    return stripped;
  };
  const column = (table: string, one: LensColumn): LensColumn => {
    if (!isLive(one) || isPlain(one.type)) return one;
    return withStatistics(one, statistics => drop(`${table}.${one.name}`, statistics));
  };
  // The document does not have the types of expressions.
  const expressions = <T extends LensColumnStatistics & { readonly position: number }>(
    of: string,
    all: readonly T[],
  ) =>
    all.map(one => ({
      position: one.position,
      ...drop(`expression ${one.position} of ${of}`, one),
    }));
  const table = (one: LensTable): LensTable => ({
    ...one,
    columns: one.columns.map(each => column(plainName(one), each)),
    indexes: one.indexes.map(index => ({
      ...index,
      expressionStatistics: expressions(`index ${plainName(index)}`, index.expressionStatistics),
    })),
  });
  return {
    document: {
      ...document,
      source: { ...document.source, redacted: true },
      tables: document.tables.map(table),
      statistics: document.statistics.map(one => ({
        ...one,
        expressionStatistics: expressions(`statistics ${plainName(one)}`, one.expressionStatistics),
      })),
    },
    without,
  };
}

/** The columns of a redacted document that have no values, with the effect on plans. */
export function redactedColumns({ source, tables, types }: LensDocument): readonly Omission[] {
  if (!source.redacted) return [];
  const isPlain = plainTypes(types);
  return tables.flatMap(table =>
    table.columns.filter(isLive).flatMap((column): Omission[] => {
      if (isPlain(column.type)) return [];
      const statistics = statisticsOf(column);
      if (statistics === undefined || statistics.nullFraction === 1) return [];
      return [{ what: `${plainName(table)}.${column.name}`, why: REDACTED }];
    }),
  );
}

const REDACTED = 'redacted: the planner uses averages instead of the column’s values';

/** Keeps counts, frequencies, lengths of ranges and element counts. */
function withoutValues(statistics: LensColumnStatistics): {
  readonly stripped: LensColumnStatistics;
  readonly isChanged: boolean;
} {
  const { histogram, rangeBoundsHistogram, mostCommon, mostCommonElements, ...numbers } = statistics;
  const isChanged = [histogram, rangeBoundsHistogram, mostCommon?.values, mostCommonElements?.values].some(
    values => values !== undefined,
  );
  return {
    isChanged,
    stripped: {
      ...numbers,
      ...(mostCommon === undefined ? {} : { mostCommon: { ...mostCommon, values: undefined } }),
      ...(mostCommonElements === undefined
        ? {}
        : { mostCommonElements: { ...mostCommonElements, values: undefined } }),
    },
  };
}
