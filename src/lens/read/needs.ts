/** Dependencies between objects: what is missing because it needs something missing, and what must be created first. */
import { append } from '../../base/lists.ts';
import type { Row } from '../../database/link.ts';
import { text } from './rows.ts';

/** Key → keys it needs, as in dependencies() of catalogQueries.ts. */
export type Needs = ReadonlyMap<string, ReadonlySet<string>>;

/** The relation of a column or query; else the key itself. */
function ownerOf(key: string): string {
  if (key.startsWith('a:')) return `r:${key.slice(2).split('.')[0]}`;
  return key.startsWith('d:') ? `r:${key.slice(2)}` : key;
}

export function needsOf(rows: readonly Row[]): Map<string, Set<string>> {
  const needs = new Map<string, Set<string>>();
  for (const row of rows) addNeed(needs, text(row, 'from'), text(row, 'to'));
  return needs;
}

export function addNeed(needs: Map<string, Set<string>>, from: string, to: string): void {
  needs.set(from, (needs.get(from) ?? new Set()).add(to));
}

/**
 * @param known Keys of objects that were read. @param missing Key → reason, of objects that a lens cannot have.
 * @returns `missing` extended by everything that needs something missing or unknown, directly or not.
 */
export function withNeeding(
  needs: Needs,
  known: ReadonlySet<string>,
  missing: ReadonlyMap<string, string>,
): Map<string, string> {
  const found = new Map(missing);
  const needing = new Map<string, string[]>();
  for (const [from, all] of needs)
    for (const to of all) {
      if (from === to) continue;
      // A missing table includes its columns.
      for (const key of new Set([to, ownerOf(to)])) append(needing, key, from);
      if (known.has(ownerOf(to)) || found.has(to)) continue;
      found.set(to, missing.get(ownerOf(to)) ?? 'it needs something that a lens does not have');
    }
  const queue = [...found.keys()];
  for (let key = queue.pop(); key !== undefined; key = queue.pop())
    for (const from of needing.get(key) ?? []) {
      if (found.has(from)) continue;
      found.set(from, found.get(key) ?? '');
      queue.push(from);
    }
  return found;
}

/** Sorts needed items before those that need them, otherwise stable. Cycles are broken anywhere. */
export function inOrder<T>(items: readonly T[], keyOf: (item: T) => string, needs: Needs): T[] {
  const byKey = new Map(items.map(item => [keyOf(item), item]));
  const byOwner = new Map<string, Set<string>>();
  for (const [from, all] of needs) {
    for (const to of all) addNeed(byOwner, ownerOf(from), ownerOf(to));
  }
  const rank = new Map([...byKey.keys()].map((key, at) => [key, at]));
  const ordered: T[] = [];
  const seen = new Set<string>();
  // An explicit stack: views may be nested many thousands deep.
  for (const start of byKey.keys()) {
    const stack = [{ key: start, isDone: false }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const item = byKey.get(top.key);
      if (top.isDone) {
        if (item !== undefined) ordered.push(item);
        continue;
      }
      if (seen.has(top.key)) continue;
      seen.add(top.key);
      stack.push({ key: top.key, isDone: true });
      // By the order of the items, as oids differ between equal schemas.
      const needed = [...(byOwner.get(top.key) ?? [])].filter(to => !seen.has(to));
      needed.sort((one, other) => (rank.get(other) ?? items.length) - (rank.get(one) ?? items.length));
      for (const to of needed) stack.push({ key: to, isDone: false });
    }
  }
  return ordered;
}

/** Everything that `key` needs, directly or not. */
export function allNeeds(key: string, needs: Needs): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [key];
  for (let next = queue.pop(); next !== undefined; next = queue.pop())
    for (const to of needs.get(next) ?? []) {
      const owner = ownerOf(to);
      if (found.has(owner)) continue;
      found.add(owner);
      queue.push(owner);
    }
  return found;
}
