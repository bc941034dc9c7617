/**
 * Extended statistics from the text that PostgreSQL shows to the bytes it keeps (statistics/mvdistinct.c, dependencies.c):
 * its input functions refuse the text. Lists of most common combinations are not shown in a form that could be
 * brought back, and are left out.
 */
import type { Link } from '../../database/link.ts';
import { type Hidden, type LensDocument, plainName } from '../document.ts';

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
 * @param keys Numbers of the object's columns and expressions. The planner looks expressions up by number, and knows no missing combination.
 * @returns undefined when it is not that.
 */
export function distinctBytes(text: string, keys: readonly number[]): Buffer | undefined {
  const items = itemsOf(text, keys);
  // Of two columns or more, each combination once.
  if (items === undefined || items.length !== 2 ** keys.length - keys.length - 1) return undefined;
  const combinations = new Set(items.map(({ columns }) => [...columns].sort((a, b) => a - b).join()));
  if (combinations.size !== items.length) return undefined;
  return bytesOf(DISTINCT_MAGIC, items, ({ columns, value }) => [
    double(value),
    int32(columns.length),
    ...columns.map(int16),
  ]);
}

/** `{"1 => 2": 0.99}` → bytea of pg_dependencies. @param keys As above. @returns undefined when it is not that. */
export function dependenciesBytes(text: string, keys: readonly number[]): Buffer | undefined {
  const items = itemsOf(text.replaceAll(' => ', ', '), keys);
  // Each column may be the one that the others determine.
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

/** Extended statistics into the catalog. As a superuser, with search_path = pg_catalog. */

/** There is no way in for these types: for the time of it, bytes are made to pass for them. */
const TYPES = ['pg_ndistinct', 'pg_dependencies'] as const;

export async function fillExtended(
  link: Link,
  document: LensDocument,
  major: number,
): Promise<readonly Hidden[]> {
  const hidden: Hidden[] = [];
  const withData = document.statistics.filter(
    ({ distinct, dependencies }) => distinct !== undefined || dependencies !== undefined,
  );
  if (withData.length === 0) return hidden;
  await link.batch(TYPES.map(type => `CREATE CAST (bytea AS pg_catalog.${type}) WITHOUT FUNCTION`));
  for (const one of withData) {
    const { schema, name, distinct, dependencies, inherited } = one;
    const what = `statistics ${plainName(one)}`;
    const [made] = await link.query(keysOf(major), [schema, name]);
    // Why it is not there has been said.
    if (made === undefined) continue;
    const keys = (made.keys as readonly unknown[]).map(Number);
    const bytes = [
      distinct === undefined ? null : (distinctBytes(distinct, keys) ?? null),
      dependencies === undefined ? null : (dependenciesBytes(dependencies, keys) ?? null),
    ];
    if ((distinct !== undefined && bytes[0] === null) || (dependencies !== undefined && bytes[1] === null))
      hidden.push({ what, why: 'what does not fit their columns is left out' });
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

/** What the server made of the definition: numbers of columns, of expressions from -1 down. */
const keysOf = (major: number): string => {
  const expressions =
    major < 14 ? '0' : 'coalesce(array_length(pg_get_statisticsobjdef_expressions(s.oid), 1), 0)';
  return `SELECT s.oid::text AS oid,
    s.stxkeys::int2[] || ARRAY(SELECT (-n)::int2 FROM generate_series(1, ${expressions}) AS n) AS keys
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
    WHERE n.nspname = $1 AND s.stxname = $2`;
};
