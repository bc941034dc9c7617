/**
 * Writes statistics as ANALYZE does: one row of pg_statistic per column, as a superuser with search_path = pg_catalog.
 * Values come as text, and their type's input function runs with a superuser's rights. So types whose input could run
 * the document's code (a domain's check) are left out.
 */
import type { LensColumnStatistics } from '../document.ts';

/** Slot kinds (catalog/pg_statistic.h). */
const MCV = 1;
const HISTOGRAM = 2;
const CORRELATION = 3;
const MCELEM = 4;
const DECHIST = 5;
const RANGE_LENGTHS = 6;
const RANGE_BOUNDS = 7;

const SLOTS = 5;
/** float8lt, the order of a histogram of range lengths. */
const FLOAT8_LESS = '672';

interface Slot {
  readonly kind: number;
  /** SQL for an oid. */
  readonly operator: string;
  readonly collation: string;
  readonly numbers?: readonly number[] | undefined;
  /** An array literal, and SQL for the oid of its element type. */
  readonly values?: { readonly text: string; readonly type: string } | undefined;
}

export interface Prepared {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * Types whose input is only C code: those of PostgreSQL and extensions, enums, and built-in ranges. A positive list, since
 * an array of ranges over a domain looks like any array. Delimited by commas, which arrayText.ts counts.
 */
const plain = (type: string): string => `(${type}.typdelim = ',' AND (${type}.typtype IN ('b', 'e')
  OR (${type}.typtype IN ('r', 'm') AND ${type}.typnamespace = 'pg_catalog'::regnamespace)))`;

/**
 * Facts about columns of tables and of index expressions; $1: oids of relations. `safe` is false if a type's input may
 * run code of the database. `bounds` is the range type of a range or multirange, whose histograms hold ranges.
 */
export const COLUMN_TYPES = `
  SELECT a.attrelid::text AS relation, a.attnum AS number, t.oid::text AS type, a.attcollation::text AS collation,
         element.oid::text AS element, coalesce(element.typcollation, 0)::text AS element_collation,
         ops.less::text, ops.equal::text, element_ops.equal::text AS element_equal,
         ${plain('t')} AND (t.typelem = 0 OR element.oid IS NULL OR ${plain('element')}) AS safe,
         coalesce(
           -- 13 has no multiranges, and no column of theirs to ask for.
           (SELECT r.rngtypid FROM pg_range r WHERE t.oid::text IN (r.rngtypid::text, to_jsonb(r) ->> 'rngmultitypid')), 0
         )::text AS bounds
  FROM pg_attribute a
  CROSS JOIN LATERAL (
    WITH RECURSIVE base AS (
      SELECT oid, typtype, typbasetype FROM pg_type WHERE oid = a.atttypid
      UNION ALL
      SELECT p.oid, p.typtype, p.typbasetype FROM base JOIN pg_type p ON p.oid = base.typbasetype AND base.typtype = 'd'
    )
    SELECT oid FROM base WHERE typtype <> 'd'
  ) basic
  JOIN pg_type t ON t.oid = basic.oid
  LEFT JOIN pg_type element ON element.oid = CASE
    WHEN t.oid = 'tsvector'::regtype THEN 'text'::regtype
    WHEN t.typelem <> 0 AND t.typlen = -1 THEN t.typelem END
  LEFT JOIN LATERAL (${operatorsOf('t')}) ops ON true
  LEFT JOIN LATERAL (${operatorsOf('element')}) element_ops ON true
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped`;

/** `<` and `=` of a type's default B-tree operator class, or of one for a binary compatible type. */
function operatorsOf(type: string): string {
  return `
    SELECT max(amop.amopopr) FILTER (WHERE amop.amopstrategy = 1) AS less,
           max(amop.amopopr) FILTER (WHERE amop.amopstrategy = 3) AS equal
    FROM (
      SELECT class.opcfamily, class.opcintype
      FROM pg_opclass class
      LEFT JOIN pg_cast c ON c.castsource = ${type}.oid AND c.casttarget = class.opcintype
        AND c.castmethod = 'b' AND c.castcontext = 'i'
      LEFT JOIN pg_type preferred ON preferred.oid = class.opcintype
      WHERE class.opcmethod = 403 AND class.opcdefault AND (
        class.opcintype = ${type}.oid OR c.oid IS NOT NULL
        OR (${type}.typtype = 'e' AND class.opcintype = 'anyenum'::regtype)
        OR (${type}.typtype = 'r' AND class.opcintype = 'anyrange'::regtype)
        OR (${type}.typelem <> 0 AND ${type}.typlen = -1 AND ${type}.typtype = 'b' AND class.opcintype = 'anyarray'::regtype))
      ORDER BY class.opcintype = ${type}.oid DESC, preferred.typispreferred DESC
      LIMIT 1
    ) chosen
    JOIN pg_amop amop ON amop.amopfamily = chosen.opcfamily
      AND amop.amoplefttype = chosen.opcintype AND amop.amoprighttype = chosen.opcintype`;
}

export interface ColumnTypes {
  readonly number: number;
  readonly type: string;
  readonly collation: string;
  readonly element: string | undefined;
  readonly elementCollation: string;
  readonly less: string | undefined;
  readonly equal: string | undefined;
  readonly elementEqual: string | undefined;
  readonly safe: boolean;
  /** Oid; undefined unless the type is a range or multirange. */
  readonly bounds: string | undefined;
}

/** @param relation Oid. Values are left out if the type is not `safe`. */
export function statisticsRow(
  relation: string,
  inherited: boolean,
  types: ColumnTypes,
  statistics: LensColumnStatistics,
): Prepared {
  const slots = slotsOf(types, statistics).slice(0, SLOTS);
  const values: unknown[] = [
    relation,
    types.number,
    inherited,
    statistics.nullFraction,
    Math.min(MOST_BYTES, Math.round(statistics.averageWidth)),
    statistics.distinct,
  ];
  const parameter = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  const padded = [...slots, ...Array.from({ length: SLOTS - slots.length }, () => EMPTY)];
  const columns = [
    ...padded.map(({ kind }) => String(kind)),
    ...padded.map(({ operator }) => `${Number(operator)}::oid`),
    ...padded.map(({ collation }) => `${Number(collation)}::oid`),
    ...padded.map(({ numbers }) => (numbers === undefined ? 'NULL' : parameter(numbers, 'float4[]'))),
    ...padded.map(slot =>
      slot.values === undefined
        ? 'NULL'
        : `array_in(${parameter(slot.values.text, 'text')}::cstring, ${Number(slot.values.type)}::oid, -1)`,
    ),
  ];
  return {
    sql: `INSERT INTO pg_statistic SELECT $1::oid, $2::int2, $3::bool, $4::float4, $5::int4, $6::float4, ${columns.join(', ')}`,
    values,
  };
}

/** PostgreSQL adds widths in 32 bits. A row holds at most 8 kB of a value in any case. */
const MOST_BYTES = 1_000_000;

const EMPTY: Slot = { kind: 0, operator: '0', collation: '0' };

function slotsOf(types: ColumnTypes, statistics: LensColumnStatistics): Slot[] {
  const { type, element, collation, elementCollation, safe, bounds } = types;
  const slots: Slot[] = [];
  const { mostCommon, histogram, correlation, mostCommonElements, elementCountHistogram } = statistics;
  if (safe && types.equal !== undefined && mostCommon?.values !== undefined) {
    slots.push({
      kind: MCV,
      operator: types.equal,
      collation,
      numbers: mostCommon.frequencies,
      values: { text: mostCommon.values, type },
    });
  }
  if (safe && types.less !== undefined && histogram !== undefined)
    slots.push({ kind: HISTOGRAM, operator: types.less, collation, values: { text: histogram, type } });
  if (types.less !== undefined && correlation !== undefined)
    slots.push({ kind: CORRELATION, operator: types.less, collation, numbers: [correlation] });
  if (safe && element !== undefined && types.elementEqual !== undefined) {
    if (mostCommonElements?.values !== undefined) {
      slots.push({
        kind: MCELEM,
        operator: types.elementEqual,
        collation: elementCollation,
        numbers: mostCommonElements.frequencies,
        values: { text: mostCommonElements.values, type: element },
      });
    }
    if (elementCountHistogram !== undefined) {
      slots.push({
        kind: DECHIST,
        operator: types.elementEqual,
        collation: elementCollation,
        numbers: elementCountHistogram,
      });
    }
  }
  const { rangeLengthHistogram, rangeEmptyFraction, rangeBoundsHistogram } = statistics;
  if (bounds !== undefined && rangeLengthHistogram !== undefined) {
    slots.push({
      kind: RANGE_LENGTHS,
      operator: FLOAT8_LESS,
      collation: '0',
      numbers: [rangeEmptyFraction ?? 0],
      values: { text: rangeLengthHistogram, type: '701' },
    });
  }
  if (safe && bounds !== undefined && rangeBoundsHistogram !== undefined)
    slots.push({
      kind: RANGE_BOUNDS,
      operator: '0',
      collation: '0',
      values: { text: rangeBoundsHistogram, type: bounds },
    });
  return slots;
}
