/**
 * The content of a lens: schema, statistics, sizes and settings of a database without its rows. As a file it is one JSON
 * document (docs/lens-file.md); text from outside goes through parse/ first.
 */
import { jsonText } from '../base/format.ts';
import type { NameInSchema } from '../base/sql.ts';

export const LENS_FORMAT = 'pgopt-explore lens';
export const LENS_VERSION = 1;

export interface LensDocument {
  readonly format: typeof LENS_FORMAT;
  readonly version: typeof LENS_VERSION;
  readonly source: LensSource;
  /** Planner settings (settings.ts), as `SET name = value` takes them. */
  readonly settings: Readonly<Record<string, string>>;
  /** What could not be read or was left out. */
  readonly hidden: readonly Omission[];
  /** Schemas of all objects except pg_catalog and public; those of search_path first, in its order. */
  readonly schemas: readonly string[];
  /** The session's, without `"$user"`. */
  readonly searchPath: readonly string[];
  readonly extensions: readonly LensExtension[];
  /** User-defined; missing if there are none. */
  readonly collations?: readonly LensCollation[];
  /** Each after those it needs. */
  readonly types: readonly LensType[];
  /** In SQL and PL/pgSQL, each after those it needs. Bodies are not checked. */
  readonly functions: readonly LensFunction[];
  /** Parents before their partitions and children. */
  readonly tables: readonly LensTable[];
  /** Each after those it reads. Materialized views are in `tables`. */
  readonly views: readonly LensView[];
  readonly statistics: readonly LensExtendedStatistics[];
}

export interface LensSource {
  /** `15.20` */
  readonly serverVersion: string;
  /** 13 … 18 */
  readonly major: number;
  readonly database: string;
  /** When it was read: ISO 8601, at least the day. */
  readonly takenAt: string;
  readonly blockBytes: number;
  readonly encoding: string;
  readonly collation: string;
  /** Missing for libc. */
  readonly collationProvider?: 'icu' | 'builtin';
  /** Text values were removed from the statistics (`--redact`). */
  readonly redacted: boolean;
}

export interface Omission {
  /** `public.orders.notes`, or a kind of object: `extended statistics`. */
  readonly what: string;
  readonly why: string;
}

interface LensExtension {
  readonly name: string;
  readonly schema: string;
  readonly version: string;
}

export interface LensCollation {
  readonly schema: string;
  readonly name: string;
  readonly provider: 'libc' | 'icu' | 'builtin';
  readonly locale: string;
  /** False: different byte strings may be equal. */
  readonly deterministic: boolean;
}

export type LensType =
  | {
      readonly kind: 'enum';
      readonly schema: string;
      readonly name: string;
      readonly labels: readonly string[];
    }
  | {
      readonly kind: 'domain';
      readonly schema: string;
      readonly name: string;
      /** As format_type() prints it. */
      readonly base: string;
      readonly notNull: boolean;
      /** `CHECK (…)`, as pg_get_constraintdef() prints them. */
      readonly checks: readonly string[];
    }
  | {
      readonly kind: 'composite';
      readonly schema: string;
      readonly name: string;
      readonly attributes: readonly { readonly name: string; readonly type: string }[];
    }
  | {
      readonly kind: 'range';
      readonly schema: string;
      readonly name: string;
      readonly subtype: string;
      /** subtype_diff, if it is built in: `float8mi`. The statistics' lengths are computed with it. */
      readonly difference?: string;
    };

export interface LensFunction {
  readonly schema: string;
  readonly name: string;
  /** CREATE OR REPLACE FUNCTION. */
  readonly definition: string;
  /** It needs these first: it takes or returns their rows, or reads them in a parsed body. */
  readonly after?: 'tables' | 'views';
}

export type LensTableKind = 'table' | 'partitioned table' | 'materialized view';

export interface LensTable {
  readonly kind: LensTableKind;
  readonly schema: string;
  readonly name: string;
  /** By number from 1; dropped ones keep their place. */
  readonly columns: readonly LensColumn[];
  /** pg_class.reltuples; -1 if never counted. */
  readonly rows: number;
  /** Actual blocks of the main fork; 0 for a partitioned table. */
  readonly pages: number;
  /** pg_class.relpages: the blocks over which `rows` was counted. */
  readonly countedPages: number;
  readonly allVisiblePages: number;
  /** Size of TOAST. The planner ignores it. */
  readonly toastBytes: number;
  /** pg_class.reloptions: `fillfactor=90`. */
  readonly options: readonly string[];
  /** Of a partitioned table: `RANGE (day)`, as pg_get_partkeydef() prints it. */
  readonly partitionKey?: string;
  /** Of a partition: `FOR VALUES …`. */
  readonly partitionBound?: string;
  /** The parent of a partition, or the tables that it inherits. */
  readonly parents: readonly NameInSchema[];
  /** Query of a materialized view, without a semicolon. */
  readonly definition?: string;
  /** Checks, keys, exclusions, foreign keys; without NOT NULL and without those that a partition has from its parent. */
  readonly constraints: readonly LensConstraint[];
  /**
   * Including those of constraints, which make them, and those that a partition has from its parent (LensIndex.parent),
   * for their sizes. In the order of creation: of two with equal costs, the planner takes the one that comes first.
   */
  readonly indexes: readonly LensIndex[];
}

/** A dropped column only keeps its place. */
export type LensColumn =
  | { readonly dropped: true }
  | {
      readonly dropped?: undefined;
      readonly name: string;
      /** As format_type() prints it, with its schema if necessary. */
      readonly type: string;
      readonly notNull: boolean;
      /** Only if it differs from the type's: `"pg_catalog"."C"`. */
      readonly collation?: string;
      /** GENERATED ALWAYS AS (…) STORED, or VIRTUAL (18). */
      readonly generated?: { readonly expression: string; readonly kind: 'stored' | 'virtual' };
      /** Of its own rows; `inheritedStatistics` include its children's. The planner needs both if both exist. */
      readonly statistics?: LensColumnStatistics;
      readonly inheritedStatistics?: LensColumnStatistics;
    };

/** As in pg_stats. Lists of values are array literals: `{1,2,3}`. */
export interface LensColumnStatistics {
  readonly nullFraction: number;
  /** Bytes. */
  readonly averageWidth: number;
  /** As pg_statistic.stadistinct: positive for a number, negative for a share of the rows, 0 for unknown. */
  readonly distinct: number;
  /** `values` is undefined if redacted. */
  readonly mostCommon?: { readonly values: string | undefined; readonly frequencies: readonly number[] };
  readonly histogram?: string;
  readonly correlation?: number;
  readonly mostCommonElements?: {
    readonly values: string | undefined;
    readonly frequencies: readonly number[];
  };
  readonly elementCountHistogram?: readonly number[];
  /** Shown from 17 on. */
  readonly rangeLengthHistogram?: string;
  readonly rangeEmptyFraction?: number;
  readonly rangeBoundsHistogram?: string;
}

export interface LensConstraint {
  readonly name: string;
  readonly kind: 'check' | 'primary key' | 'unique' | 'exclusion' | 'foreign key';
  /** As pg_get_constraintdef() prints it. */
  readonly definition: string;
}

export interface LensIndex {
  readonly schema: string;
  readonly name: string;
  /** As pg_get_indexdef() prints it. */
  readonly definition: string;
  /** btree, hash, gin, gist, spgist, brin. */
  readonly method: string;
  /** The constraint of this table that creates it. */
  readonly constraint?: string;
  /** The parent's index that creates it when the partition is attached. */
  readonly parent?: NameInSchema;
  /** Column numbers, INCLUDE columns last; missing if it has expressions. */
  readonly columns?: readonly number[];
  /** Number of key columns; the rest is only included. */
  readonly keyColumns?: number;
  readonly unique?: boolean;
  readonly valid: boolean;
  readonly rows: number;
  readonly pages: number;
  /** Height of a B-tree, if pageinspect could read it; else computed from its size. */
  readonly height?: number;
  /** By position among the index's columns, from 1. */
  readonly expressionStatistics: readonly (LensColumnStatistics & { readonly position: number })[];
}

export interface LensView {
  readonly schema: string;
  readonly name: string;
  /** pg_class.reloptions: `security_barrier=true`. */
  readonly options: readonly string[];
  /** Without a semicolon. */
  readonly definition: string;
}

export interface LensExtendedStatistics {
  readonly schema: string;
  readonly name: string;
  /** As pg_get_statisticsobjdef() prints it. */
  readonly definition: string;
  readonly inherited: boolean;
  /** By position among the object's expressions, from 1. */
  readonly expressionStatistics: readonly (LensColumnStatistics & { readonly position: number })[];
  /** pg_ndistinct as text, by column numbers: `{"1, 2": 17}`. */
  readonly distinct?: string;
  /** pg_dependencies as text. */
  readonly dependencies?: string;
}

// A lens as readable JSON: one line per column or index, so that a diff shows changes.

/** Levels printed on separate lines: document, lists, objects, a table's lists. */
const OPEN = 4;

/** Ends with a newline. */
export const printLens = (document: LensDocument): string => `${print(document, 0)}\n`;

function print(value: unknown, level: number): string {
  if (level >= OPEN || typeof value !== 'object' || value === null || isFlat(value)) return spaced(value);
  const indent = '  '.repeat(level + 1);
  const close = `\n${'  '.repeat(level)}`;
  if (Array.isArray(value))
    return `[\n${value.map(one => indent + print(one, level + 1)).join(',\n')}${close}]`;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{\n${entries.map(([key, one]) => `${indent}${spaced(key)}: ${print(one, level + 1)}`).join(',\n')}${close}}`;
}

/** Short and without nested values: `["public", "shop"]`. */
const isFlat = (value: object): boolean =>
  Object.values(value).every(one => typeof one !== 'object') && JSON.stringify(value).length <= 100;

const spaced = (value: unknown): string => jsonText(value);

export const plainName = ({ schema, name }: NameInSchema): string => `${schema}.${name}`;

/** A column that was not dropped. */
export type LiveColumn = Exclude<LensColumn, { readonly dropped: true }>;

export const isLive = (column: LensColumn | undefined): column is LiveColumn =>
  column !== undefined && column.dropped !== true;

export const columnNamed = ({ columns }: LensTable, name: string): LiveColumn | undefined =>
  columns.filter(isLive).find(column => column.name === name);

/** Of the column's own rows, else of its children's too. */
export const statisticsOf = (column: LiveColumn): LensColumnStatistics | undefined =>
  column.statistics ?? column.inheritedStatistics;

/** The column with both of its statistics changed. */
export const withStatistics = (
  column: LiveColumn,
  change: (statistics: LensColumnStatistics) => LensColumnStatistics,
): LiveColumn => ({
  ...column,
  ...(column.statistics && { statistics: change(column.statistics) }),
  ...(column.inheritedStatistics && { inheritedStatistics: change(column.inheritedStatistics) }),
});

/** Distinct values of a column; undefined if unknown. */
export function distinctValues({ rows }: LensTable, column: LiveColumn): number | undefined {
  const { distinct = 0 } = statisticsOf(column) ?? {};
  const values = distinct < 0 ? -distinct * rows : distinct;
  return values > 0 ? values : undefined;
}
