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
const MOST_ITEMS = 10_000;

interface Item {
  readonly columns: readonly number[];
  readonly value: number;
}

/** `{"1, 2": 17}` → bytea of pg_ndistinct. @returns undefined when it is not that. */
export function distinctBytes(text: string): Buffer | undefined {
  const items = itemsOf(text, ', ');
  if (items === undefined || items.some(({ columns }) => columns.length < 2)) return undefined;
  return bytesOf(DISTINCT_MAGIC, items, ({ columns, value }) => [
    double(value),
    int32(columns.length),
    ...columns.map(int16),
  ]);
}

/** `{"1 => 2": 0.99}` → bytea of pg_dependencies. @returns undefined when it is not that. */
export function dependenciesBytes(text: string): Buffer | undefined {
  const items = itemsOf(text.replaceAll(' => ', ', '), ', ');
  if (items === undefined || items.some(({ columns, value }) => columns.length < 2 || value < 0 || value > 1))
    return undefined;
  return bytesOf(DEPENDENCIES_MAGIC, items, ({ columns, value }) => [
    double(value),
    int16(columns.length),
    ...columns.map(int16),
  ]);
}

function itemsOf(text: string, separator: string): readonly Item[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const items = Object.entries(parsed).map(([key, value]) => ({
    columns: key.split(separator).map(Number),
    value: Number(value),
  }));
  const fine = items.every(
    ({ columns, value }) =>
      Number.isFinite(value) &&
      value >= 0 &&
      columns.length <= MOST_COLUMNS &&
      columns.every(number => Number.isInteger(number) && number !== 0 && Math.abs(number) <= 1600),
  );
  return fine && items.length > 0 && items.length <= MOST_ITEMS ? items : undefined;
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
