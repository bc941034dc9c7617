/** Keys and values of JSON documents that the statistics of a column hold. Pure. */

/** Key number `at` of a path of `of` keys, from 1. */
export interface JsonStep {
  readonly at: number;
  readonly of: number;
}

type Document = Readonly<Record<string, unknown>>;

/** The key that most documents have and that leads to a value of the path's length. */
export function jsonKey(samples: readonly string[], { at, of }: JsonStep): string | undefined {
  return pathOf(documents(samples), of)[at - 1];
}

/** What stands at the end of the path, as ->> shows it: the most frequent first. */
export function jsonLeaves(samples: readonly string[], of: number): string[] {
  const path = pathOf(documents(samples), of);
  if (path.length < of) return [];
  const leaves = documents(samples).flatMap(document => {
    const leaf = path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), document);
    return leaf === undefined || leaf === null || typeof leaf === 'object' ? [] : [String(leaf)];
  });
  return byFrequency(leaves);
}

function pathOf(from: readonly Document[], length: number): string[] {
  if (length === 0) return [];
  const entries = from.flatMap(document => Object.entries(document));
  const fitting = entries.filter(([, value]) =>
    length > 1 ? isObject(value) : value !== null && typeof value !== 'object',
  );
  const [key] = byFrequency(fitting.map(([name]) => name));
  if (key === undefined) return [];
  const inner = from.map(document => document[key]).filter(isObject);
  return [key, ...pathOf(inner, length - 1)];
}

function documents(samples: readonly string[]): Document[] {
  return samples.flatMap(sample => {
    try {
      const value: unknown = JSON.parse(sample);
      return isObject(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}

const isObject = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function byFrequency(values: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([value]) => value);
}
