/**
 * What an estimate was made of: the query's own text, or one of its rewrites, and either of them through approximate indexes.
 * An approximate method finds most of the nearest rows, not all. Such a plan has a key of its own, so that nothing passes by its
 * time until its answer was compared; a rewrite that also reads such an index is compared by itself and through it. Pure.
 */
import type { Query, Rewrite } from '../workload/workload.ts';
import type { Built } from './builders/builder.ts';

const MARK = ' (approximate)';
const BETWEEN = ' + ';
const THROUGH = ' through ';

/**
 * `@rewrite`'s id, `index (approximate)`, or `id through index (approximate)`; undefined for the query's own text.
 * @param uses Proposals that the plan reads.
 */
export function plannedTextOf(
  rewrite: string | undefined,
  uses: readonly string[],
  built: ReadonlyMap<string, Pick<Built, 'approximate'>>,
): string | undefined {
  const ids = uses.filter(id => built.get(id)?.approximate === true);
  if (ids.length === 0) return rewrite;
  return (rewrite === undefined ? '' : rewrite + THROUGH) + ids.join(BETWEEN) + MARK;
}

/** The proposals whose approximate indexes it names; undefined for a text that reads none. */
export function approximates(planned: string): readonly string[] | undefined {
  if (!planned.endsWith(MARK)) return undefined;
  const [, ids = ''] = split(planned);
  return ids.slice(0, -MARK.length).split(BETWEEN);
}

/** The proposals that it reads: those of its rewrite's name, and those whose approximate indexes it names. */
export function readBy(planned: string): readonly string[] {
  const rewrite = planned.endsWith(MARK) ? split(planned)[0] : planned;
  return [...(rewrite?.split('+') ?? []), ...(approximates(planned) ?? [])];
}

/** The rewrite that it is of; undefined for the query's own text. */
export function rewriteOf(
  query: Pick<Query, 'rewrites'> | undefined,
  planned: string | null | undefined,
): Rewrite | undefined {
  if (planned === null || planned === undefined) return undefined;
  const id = planned.endsWith(MARK) ? split(planned)[0] : planned;
  return query?.rewrites.find(one => one.id === id);
}

function split(planned: string): readonly [rewrite: string | undefined, ids: string] {
  const at = planned.lastIndexOf(THROUGH);
  return at === -1 ? [undefined, planned] : [planned.slice(0, at), planned.slice(at + THROUGH.length)];
}
