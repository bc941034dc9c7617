/**
 * Extended statistics from the text that PostgreSQL shows to the bytes it keeps (statistics/mvdistinct.c, dependencies.c):
 * its input functions refuse the text. Lists of most common combinations are not shown in a form that could be
 * brought back, and are left out.
 */

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
  // Each column may be the one that the others tell.
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
