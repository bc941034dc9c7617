/** Which types' values are no text: numbers, truth, time, and labels of enums, which are schema. Pure. */
import {
  type Hidden,
  type LensColumn,
  type LensColumnStatistics,
  type LensDocument,
  type LensTable,
  type LensType,
  plainName,
} from './document.ts';

/** As format_type() calls them, without what is in parentheses. */
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

/** @returns Whether values of a type, as format_type() says it, or arrays of them, may stay. */
function plainTypes(types: readonly LensType[]): (type: string) => boolean {
  const plain = new Set(PLAIN);
  // Types come in an order in which they can be made: what one stands on is known before it.
  for (const type of types) {
    const stays =
      type.kind === 'enum' ||
      (type.kind === 'domain' && plain.has(bare(type.base))) ||
      (type.kind === 'range' && plain.has(bare(type.subtype)));
    if (stays) plain.add(`${quoted(type.schema)}.${quoted(type.name)}`);
  }
  return type => plain.has(bare(type));
}

/** As format_type() does, but for keywords, which it quotes, too: such a type counts as text. */
const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

/** `--redact`: the numbers of the statistics stay, values that are text go. Pure. */

export interface Redacted {
  readonly document: LensDocument;
  /** Whose values were dropped: `shop.orders.note`, `expression 1 of index shop.by_note`. */
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
    if (one.dropped === true || isPlain(one.type)) return one;
    const { statistics, inheritedStatistics } = one;
    const name = `${table}.${one.name}`;
    return {
      ...one,
      ...(statistics === undefined ? {} : { statistics: drop(name, statistics) }),
      ...(inheritedStatistics === undefined ? {} : { inheritedStatistics: drop(name, inheritedStatistics) }),
    };
  };
  // What type an expression has the document does not say.
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

/** Of a redacted document, the columns whose values are gone, with what the planner does without them. */
export function redactedColumns({ source, tables, types }: LensDocument): readonly Hidden[] {
  if (!source.redacted) return [];
  const isPlain = plainTypes(types);
  return tables.flatMap(table =>
    table.columns.flatMap((column): Hidden[] => {
      if (column.dropped === true || isPlain(column.type)) return [];
      const statistics = column.statistics ?? column.inheritedStatistics;
      if (statistics === undefined || statistics.nullFraction === 1) return [];
      return [{ what: `${plainName(table)}.${column.name}`, why: REDACTED }];
    }),
  );
}

const REDACTED = 'redacted: the planner goes by averages, not by the values of the column';

/** How many values there are, how often each is, how long ranges are and how many elements arrays have: numbers, which stay. */
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
