/** Sizes and durations as people write them: `500 MB`, `2 GB`, `30 s`, `500 ms`. */

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1024,
  mb: 1024 ** 2,
  gb: 1024 ** 3,
  tb: 1024 ** 4,
};
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 };

/** @returns Bytes (1 kB = 1024, as in PostgreSQL's settings); undefined: not a size above zero. */
export function parseBytes(text: string): number | undefined {
  return parseWith(text, BYTES);
}

/** @returns ms; undefined: not a duration above zero. */
export function parseDuration(text: string): number | undefined {
  return parseWith(text, MILLISECONDS);
}

function parseWith(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*$/.exec(text);
  const factor = units[match?.[2]?.toLowerCase() ?? ''];
  const value = Number(match?.[1]) * (factor ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
