/**
 * Extended statistics: converts PostgreSQL's text to its internal bytes (statistics/mvdistinct.c, dependencies.c), because
 * the input functions refuse text. Lists of most common combinations are shown in no usable form and are left out.
 */
import type { Link } from '../../database/link.ts';
import { type LensDocument, type Omission, plainName } from '../document.ts';

const DISTINCT_MAGIC = 0xa352bfa4;
const DEPENDENCIES_MAGIC = 0xb4549a2c;
const TYPE_BASIC = 1;
/** STATS_MAX_DIMENSIONS */
const MOST_COLUMNS = 8;

interface Item {
  readonly columns: readonly number[];
  readonly value: number;
}

/**
 * `{"1, 2": 17}` → bytea of pg_ndistinct.
 * @param keys Numbers of the object's columns and expressions. The planner fails for a missing combination.
 * @returns undefined if the text does not fit.
 */
export function distinctBytes(text: string, keys: readonly number[]): Buffer | undefined {
  const items = itemsOf(text, keys);
  // Every combination of two or more columns, once.
  if (items === undefined || items.length !== 2 ** keys.length - keys.length - 1) return undefined;
  const combinations = new Set(items.map(({ columns }) => [...columns].sort((a, b) => a - b).join()));
  if (combinations.size !== items.length) return undefined;
  return bytesOf(DISTINCT_MAGIC, items, ({ columns, value }) => [
    double(value),
    int32(columns.length),
    ...columns.map(int16),
  ]);
}

/** `{"1 => 2": 0.99}` → bytea of pg_dependencies. @returns undefined if the text does not fit. */
export function dependenciesBytes(text: string, keys: readonly number[]): Buffer | undefined {
  const items = itemsOf(text.replaceAll(' => ', ', '), keys);
  // Each column of a combination may be the dependent one.
  if (items === undefined || items.length > keys.length * 2 ** keys.length) return undefined;
  if (items.some(({ value }) => value > 1)) return undefined;
  return bytesOf(DEPENDENCIES_MAGIC, items, ({ columns, value }) => [
    double(value),
    int16(columns.length),
    ...columns.map(int16),
  ]);
}

function itemsOf(text: string, keys: readonly number[]): readonly Item[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const items = Object.entries(parsed).map(([key, value]) => ({
    columns: key.split(', ').map(Number),
    value: Number(value),
  }));
  const fine = items.every(
    ({ columns, value }) =>
      Number.isFinite(value) &&
      value >= 0 &&
      columns.length >= 2 &&
      columns.length <= MOST_COLUMNS &&
      new Set(columns).size === columns.length &&
      columns.every(number => keys.includes(number)),
  );
  return fine && items.length > 0 ? items : undefined;
}

function bytesOf(magic: number, items: readonly Item[], item: (item: Item) => Buffer[]): Buffer {
  return Buffer.concat([uint32(magic), uint32(TYPE_BASIC), uint32(items.length), ...items.flatMap(item)]);
}

const written = (size: number, write: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
};
const uint32 = (value: number) => written(4, bytes => bytes.writeUInt32LE(value));
const int32 = (value: number) => written(4, bytes => bytes.writeInt32LE(value));
const int16 = (value: number) => written(2, bytes => bytes.writeInt16LE(value));
const double = (value: number) => written(8, bytes => bytes.writeDoubleLE(value));

// Writes them into the catalog, as a superuser with search_path = pg_catalog.

/** These types have no usable input function, so a temporary cast accepts bytea. */
const TYPES = ['pg_ndistinct', 'pg_dependencies'] as const;

export async function fillExtended(
  link: Link,
  document: LensDocument,
  major: number,
): Promise<readonly Omission[]> {
  const hidden: Omission[] = [];
  const withData = document.statistics.filter(
    ({ distinct, dependencies }) => distinct !== undefined || dependencies !== undefined,
  );
  if (withData.length === 0) return hidden;
  await link.batch(TYPES.map(type => `CREATE CAST (bytea AS pg_catalog.${type}) WITHOUT FUNCTION`));
  for (const one of withData) {
    const { schema, name, distinct, dependencies, inherited } = one;
    const what = `statistics ${plainName(one)}`;
    const [made] = await link.query(keysOf(major), [schema, name]);
    // runSteps() has reported why it is missing.
    if (made === undefined) continue;
    const keys = (made.keys as readonly unknown[]).map(Number);
    const bytes = [
      distinct === undefined ? null : (distinctBytes(distinct, keys) ?? null),
      dependencies === undefined ? null : (dependenciesBytes(dependencies, keys) ?? null),
    ];
    if ((distinct !== undefined && bytes[0] === null) || (dependencies !== undefined && bytes[1] === null))
      hidden.push({ what, why: 'figures that do not fit their columns are left out' });
    const inherit = major >= 15;
    try {
      await link.query(
        `DELETE FROM pg_statistic_ext_data WHERE stxoid = $1::oid${inherit ? ' AND stxdinherit = $2' : ' AND $2::bool IS NOT NULL'}`,
        [made.oid, inherited],
      );
      await link.query(
        `INSERT INTO pg_statistic_ext_data (stxoid, stxdndistinct, stxddependencies${inherit ? ', stxdinherit' : ''})
         SELECT $1::oid, $2::bytea::pg_ndistinct, $3::bytea::pg_dependencies${inherit ? ', $4::bool' : ''} WHERE $4::bool IS NOT NULL`,
        [made.oid, ...bytes, inherited],
      );
    } catch (error) {
      hidden.push({
        what,
        why: `they were refused: ${error instanceof Error ? error.message : String(error)}`,
      });
    }
  }
  await link.batch(TYPES.map(type => `DROP CAST (bytea AS pg_catalog.${type})`));
  return hidden;
}

/** Numbers of the object's columns; expressions count from -1 down. */
const keysOf = (major: number): string => {
  const expressions =
    major < 14 ? '0' : 'coalesce(array_length(pg_get_statisticsobjdef_expressions(s.oid), 1), 0)';
  return `SELECT s.oid::text AS oid,
    s.stxkeys::int2[] || ARRAY(SELECT (-n)::int2 FROM generate_series(1, ${expressions}) AS n) AS keys
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
    WHERE n.nspname = $1 AND s.stxname = $2`;
};
