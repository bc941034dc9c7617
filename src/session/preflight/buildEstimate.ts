/** Estimates the time and size of a build before it is tried. Pure. */

/** Bytes of table per second for CREATE INDEX on common hardware, until a build gives the machine's own rate. */
export const ASSUMED_RATE = 60 * 1024 ** 2;

/** ms to read `bytes`. @param rate Bytes per second, from a measured build if there is one. */
export function estimatedBuildMs(bytes: number, rate: number = ASSUMED_RATE): number {
  return (bytes / rate) * 1000;
}

/** Bytes per second; undefined for builds too short to measure. */
export function measuredRate(bytes: number, buildMs: number): number | undefined {
  return buildMs >= 20 && bytes > 0 ? (bytes / buildMs) * 1000 : undefined;
}

/** IndexTupleData and its line pointer, as nbtree stores them; pages are filled to 90 %. */
const INDEX_TUPLE = 8 + 4;
const FILL = 0.9;

/** Bytes of a B-tree over `rows` rows. @param width Sum of the columns' average widths, bytes. */
export function indexBytes(rows: number, width: number): number {
  return (rows * (INDEX_TUPLE + Math.ceil(width / 8) * 8)) / FILL;
}
