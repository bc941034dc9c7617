/** Reading values out of JSON whose shape differs by server version: wrong or missing is undefined, never a throw. */

export type Json = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(raw: Json, key: string): string | undefined {
  const value = raw[key];
  return typeof value === 'string' ? value : undefined;
}

/** A finite number that is not negative; what no counter, cost or time can be is undefined. */
export function numberOf(raw: Json, key: string): number | undefined {
  const value = raw[key];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? Math.max(0, number) : undefined;
}

/** An array of objects; anything else in it is left out. */
export function recordsOf(raw: Json, key: string): readonly Json[] {
  const value = raw[key];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** One line for a value of any shape; what JSON cannot say (a cycle, a bigint) is named by its type. */
export function oneLine(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value.join(', ');
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return `(${typeof value})`;
  }
}
