/** How many different values a column can have at all, by its type and its bounds. Pure. */
import type { LensColumn, LensDocument } from '../lens/document.ts';

const DAY_MS = 86_400_000;
const DATE = /\d{4}-\d\d-\d\d/g;

/** undefined where nothing limits them. Dates lie between the least and the greatest in the statistics, which stay as they are. */
export function valueLimit(
  column: Exclude<LensColumn, { readonly dropped: true }>,
  { types }: Pick<LensDocument, 'types'>,
): number | undefined {
  const { type, statistics, inheritedStatistics } = column;
  if (type === 'boolean') return 2;
  if (type === 'date') {
    const { histogram = '', mostCommon } = statistics ?? inheritedStatistics ?? {};
    const days = `${histogram} ${mostCommon?.values ?? ''}`.match(DATE)?.map(day => Date.parse(day)) ?? [];
    const [first = 0, last = 0] = [Math.min(...days), Math.max(...days)];
    return days.length < 2 ? undefined : (last - first) / DAY_MS + 1;
  }
  for (const own of types)
    if (own.kind === 'enum' && (type === own.name || type === `${own.schema}.${own.name}`))
      return own.labels.length;
  return undefined;
}
