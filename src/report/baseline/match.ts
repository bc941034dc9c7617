/** Which query of the baseline is which of today's: by id, and where that fails by title: files are renumbered. Pure. */
import type { QueryName } from './types.ts';

export interface Match<Then, Now> {
  /** undefined for a new query. */
  readonly was: Then | undefined;
  /** undefined for one that is gone. */
  readonly now: Now | undefined;
}

/** Today's in their order, then those that are gone in theirs. */
export function matchQueries<Then extends QueryName, Now extends QueryName>(
  then: readonly Then[],
  now: readonly Now[],
): readonly Match<Then, Now>[] {
  const old = new Map(then.map(query => [query.id, query]));
  const ids = new Set(now.map(({ id }) => id));
  const gone = byTitle(then.filter(({ id }) => !ids.has(id)));
  const fresh = byTitle(now.filter(({ id }) => !old.has(id)));
  const found = now.map(query => {
    // Two of one title cannot be told apart.
    const alone = fresh.get(query.title)?.length === 1 && gone.get(query.title)?.length === 1;
    return { now: query, was: old.get(query.id) ?? (alone ? gone.get(query.title)?.[0] : undefined) };
  });
  const used = new Set(found.map(pair => pair.was));
  return [...found, ...then.filter(query => !used.has(query)).map(query => ({ was: query, now: undefined }))];
}

function byTitle<Q extends QueryName>(queries: readonly Q[]): ReadonlyMap<string, readonly Q[]> {
  const titles = new Map<string, Q[]>();
  for (const query of queries) titles.set(query.title, [...(titles.get(query.title) ?? []), query]);
  return titles;
}
