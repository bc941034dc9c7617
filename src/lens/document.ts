/**
 * What a lens is made of: the schema, statistics, sizes and settings of a database, without a row of it. As a file it is
 * one JSON document (docs/lens-file.md); a text from outside is parsed first (parse.ts).
 */
import { jsonText } from '../base/format.ts';

export const LENS_FORMAT = 'pgopt-explore lens';
export const LENS_VERSION = 1;

export interface LensDocument {
  readonly format: typeof LENS_FORMAT;
  readonly version: typeof LENS_VERSION;
  readonly source: LensSource;
  /** Settings that steer the planner (their names are a fixed list), as `SET name = value` takes them. */
  readonly settings: Readonly<Record<string, string>>;
  /** What could not be read or was left out, in words for a person. */
  readonly hidden: readonly Hidden[];
  /** Of everything below, but pg_catalog and public; in search_path order first. */
  readonly schemas: readonly string[];
  /** As the session's own, without `"$user"`. */
  readonly searchPath: readonly string[];
  readonly extensions: readonly LensExtension[];
  /** Of one's own; missing where there are none. */
  readonly collations?: readonly LensCollation[];
  /** In an order in which they can be made. */
  readonly types: readonly LensType[];
  /** Of languages SQL and PL/pgSQL, in an order in which they can be made (bodies are not checked). */
  readonly functions: readonly LensFunction[];
  /** Parents before their partitions and children. */
  readonly tables: readonly LensTable[];
  /** Plain views, each after those that it reads; a materialized view is a table here too (`definition`). */
  readonly views: readonly LensView[];
  readonly statistics: readonly LensExtendedStatistics[];
}

export interface LensSource {
  /** `15.20` */
  readonly serverVersion: string;
  /** 13 … 18 */
  readonly major: number;
  readonly database: string;
  /** When it was read, ISO 8601 with the day at least. */
  readonly takenAt: string;
  readonly blockBytes: number;
  readonly encoding: string;
  readonly collation: string;
  /** Whose it is, where it is not the C library's. */
  readonly collationProvider?: 'icu' | 'builtin';
  /** Text was dropped from the statistics (`--redact`). */
  readonly redacted: boolean;
}

export interface Hidden {
  /** `public.orders.notes`, or a kind of thing: `extended statistics`. */
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
  /** False: texts may be equal that differ in their bytes. */
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
      /** As format_type() says it. */
      readonly base: string;
      readonly notNull: boolean;
      /** `CHECK (…)`, as pg_get_constraintdef() says them. */
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
      /** subtype_diff, where it is PostgreSQL's own: `float8mi`. Lengths in the statistics are made with it. */
      readonly difference?: string;
    };

export interface LensFunction {
  readonly schema: string;
  readonly name: string;
  /** One CREATE OR REPLACE FUNCTION. */
  readonly definition: string;
  /** It cannot be made before all tables are there, or all views: it takes or returns their rows, or reads them in a parsed body. */
  readonly after?: 'tables' | 'views';
}

export type LensTableKind = 'table' | 'partitioned table' | 'materialized view';

export interface LensTable {
  readonly kind: LensTableKind;
  readonly schema: string;
  readonly name: string;
  /** In the order of their numbers from 1; those that were dropped keep their place. */
  readonly columns: readonly LensColumn[];
  /** pg_class: -1 rows were never counted. */
  readonly rows: number;
  /** Blocks of the main fork that are really there. A partitioned table has none. */
  readonly pages: number;
  /** pg_class.relpages: what `rows` was counted over. */
  readonly countedPages: number;
  readonly allVisiblePages: number;
  /** Bytes of TOAST, for the sums; the planner does not look at it. */
  readonly toastBytes: number;
  /** pg_class.reloptions: `fillfactor=90`. */
  readonly options: readonly string[];
  /** `RANGE (day)`, as pg_get_partkeydef() says it; of a partitioned table. */
  readonly partitionKey?: string;
  /** `FOR VALUES …`; of a partition. */
  readonly partitionBound?: string;
  /** Of a partition the one table, of others those that they inherit. */
  readonly parents: readonly { readonly schema: string; readonly name: string }[];
  /** The query of a materialized view, without a semicolon. */
  readonly definition?: string;
  /** All but NOT NULL: checks, keys, exclusions, foreign keys; what a partition has from its parent is not repeated. */
  readonly constraints: readonly LensConstraint[];
  /**
   * Those of constraints, too, which are not made by themselves; not what a partition has from its parent, whose sizes
   *  are still needed: see LensIndex.parent. As old as each other at most: of two that cost the same the planner goes by that. */
  readonly indexes: readonly LensIndex[];
}

/** A dropped column has no more than its place. */
export type LensColumn =
  | { readonly dropped: true }
  | {
      readonly dropped?: undefined;
      readonly name: string;
      /** As format_type() says it, with its schema where it needs one. */
      readonly type: string;
      readonly notNull: boolean;
      /** Only where it is not the type's own: `"pg_catalog"."C"`. */
      readonly collation?: string;
      /** Of GENERATED ALWAYS AS (…) STORED (or VIRTUAL, of 18). */
      readonly generated?: { readonly expression: string; readonly kind: 'stored' | 'virtual' };
      /** Of its own rows, and of those of its children too; where there are both, the planner needs both. */
      readonly statistics?: LensColumnStatistics;
      readonly inheritedStatistics?: LensColumnStatistics;
    };

/** As pg_stats has it; lists of values are literals of an array type: `{1,2,3}`. */
export interface LensColumnStatistics {
  readonly nullFraction: number;
  /** Bytes. */
  readonly averageWidth: number;
  /** As pg_statistic.stadistinct: positive a number of values, negative a share of the rows, 0 unknown. */
  readonly distinct: number;
  /** `values` is undefined where they were redacted. */
  readonly mostCommon?: { readonly values: string | undefined; readonly frequencies: readonly number[] };
  readonly histogram?: string;
  readonly correlation?: number;
  readonly mostCommonElements?: {
    readonly values: string | undefined;
    readonly frequencies: readonly number[];
  };
  readonly elementCountHistogram?: readonly number[];
  /** 17 and newer show it. Bounds are ranges. */
  readonly rangeLengthHistogram?: string;
  readonly rangeEmptyFraction?: number;
  readonly rangeBoundsHistogram?: string;
}

export interface LensConstraint {
  readonly name: string;
  readonly kind: 'check' | 'primary key' | 'unique' | 'exclusion' | 'foreign key';
  /** As pg_get_constraintdef() says it. */
  readonly definition: string;
}

export interface LensIndex {
  readonly schema: string;
  readonly name: string;
  /** As pg_get_indexdef() says it. */
  readonly definition: string;
  /** btree, hash, gin, gist, spgist, brin. */
  readonly method: string;
  /** The constraint of this table that makes it. */
  readonly constraint?: string;
  /** The index of the parent that makes it, when its table is attached. */
  readonly parent?: { readonly schema: string; readonly name: string };
  /** Numbers of its columns, included ones last; left out where it has expressions. */
  readonly columns?: readonly number[];
  /** How many of them are the key: the rest is only included. */
  readonly keyColumns?: number;
  readonly unique?: boolean;
  readonly valid: boolean;
  readonly rows: number;
  readonly pages: number;
  /** Of a B-tree, if pageinspect could read it; worked out from its size otherwise. */
  readonly height?: number;
  /** By the position of the expression among the index's columns, from 1. */
  readonly expressionStatistics: readonly (LensColumnStatistics & { readonly position: number })[];
}

export interface LensView {
  readonly schema: string;
  readonly name: string;
  /** pg_class.reloptions: `security_barrier=true`. */
  readonly options: readonly string[];
  /** Its query, without a semicolon. */
  readonly definition: string;
}

export interface LensExtendedStatistics {
  readonly schema: string;
  readonly name: string;
  /** As pg_get_statisticsobjdef() says it. */
  readonly definition: string;
  readonly inherited: boolean;
  /** By the position of the expression among the object's expressions, from 1. */
  readonly expressionStatistics: readonly (LensColumnStatistics & { readonly position: number })[];
  /** pg_ndistinct as text: `{"1, 2": 17}`; numbers are those of columns. */
  readonly distinct?: string;
  /** pg_dependencies as text. */
  readonly dependencies?: string;
}

/** A lens as text: JSON that a person can read and a diff can show, a column or an index a line. Pure. */

/** Levels that get lines of their own: the document, its lists, their things, a table's lists. */
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

/** Without lists and objects in it, and short: `["public", "shop"]`. */
const isFlat = (value: object): boolean =>
  Object.values(value).every(one => typeof one !== 'object') && JSON.stringify(value).length <= 100;

const spaced = (value: unknown): string => jsonText(value);

/** What has a name in a schema, and how it is written for a person or as a key: `shop.orders`, without quotes. */

export interface Named {
  readonly schema: string;
  readonly name: string;
}

export const plainName = ({ schema, name }: Named): string => `${schema}.${name}`;

/** Of a map: no two names have the same one, whatever is in them. */
export const keyOf = ({ schema, name }: Named): string => JSON.stringify([schema, name]);
