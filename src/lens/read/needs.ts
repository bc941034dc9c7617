/** What needs what: what is missing because it needs something that is, and what has to be made before what. Pure. */
import type { Row } from '../../database/link.ts';
import { text } from './rows.ts';

/** Keys as sql/dependencies.ts makes them. */
export type Needs = ReadonlyMap<string, ReadonlySet<string>>;

/** The relation that a column or a query is part of; else the key itself. */
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
  const found = needs.get(from);
  if (found === undefined) needs.set(from, new Set([to]));
  else found.add(to);
}

/**
 * @param known What a lens has. @param missing Key → why, of what it has not.
 * @returns The same with everything that needs something missing or unknown, however indirectly.
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
      // A column goes with its table.
      for (const key of new Set([to, ownerOf(to)])) {
        const list = needing.get(key);
        if (list === undefined) needing.set(key, [from]);
        else list.push(from);
      }
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

/** Those that are needed before those that need them; otherwise as they come. What needs itself in a circle comes anyhow. */
export function inOrder<T>(items: readonly T[], keyOf: (item: T) => string, needs: Needs): T[] {
  const byKey = new Map(items.map(item => [keyOf(item), item]));
  const byOwner = new Map<string, Set<string>>();
  for (const [from, all] of needs) {
    const owner = ownerOf(from);
    const found = byOwner.get(owner) ?? new Set();
    for (const to of all) found.add(ownerOf(to));
    byOwner.set(owner, found);
  }
  const rank = new Map([...byKey.keys()].map((key, at) => [key, at]));
  const ordered: T[] = [];
  const seen = new Set<string>();
  // A stack of our own: views may stand on views many thousands deep.
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
      // By the order of the items and not by keys, which are numbers that mean nothing: equal schemas give equal files.
      const needed = [...(byOwner.get(top.key) ?? [])].filter(to => !seen.has(to));
      needed.sort((one, other) => (rank.get(other) ?? items.length) - (rank.get(one) ?? items.length));
      for (const to of needed) stack.push({ key: to, isDone: false });
    }
  }
  return ordered;
}

/** Everything that `key` needs, however indirectly, without itself. */
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
