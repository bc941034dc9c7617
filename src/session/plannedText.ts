/**
 * The key of an estimated text: the query's own text or a rewrite, and the approximate indexes that it reads. Those
 * miss rows, so such a plan's time does not count until its answer was compared. Pure.
 */
import type { Query, Rewrite } from '../workload/workload.ts';
import type { Built } from './builders/builder.ts';

const MARK = ' (approximate)';
const BETWEEN = ' + ';
const THROUGH = ' through ';

/**
 * A rewrite's id, `index (approximate)`, or `id through index (approximate)`; undefined for the query's own text.
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

/** The proposals that the text reads: those in its rewrite's name, and those of its approximate indexes. */
export function readBy(planned: string): readonly string[] {
  const rewrite = planned.endsWith(MARK) ? split(planned)[0] : planned;
  return [...(rewrite?.split('+') ?? []), ...(approximates(planned) ?? [])];
}

/** The rewrite of the text; undefined for the query's own text. */
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
