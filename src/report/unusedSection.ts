/** The check document → its section "Not used". Pure. */
import { sanitize } from '../format/index.ts';
import type { CheckDocument } from './document.ts';

/** One line for each proposal and reason; queries that do not read its table are left out. @param nameOf A query by its id. */
export function unusedSections({ proposals }: CheckDocument, nameOf: (queryId: string) => string): string[] {
  const lines = proposals.flatMap(({ id, unused }) => {
    const groups = new Map<string, string[]>();
    for (const { query, text, readsTable } of unused)
      if (readsTable) groups.set(text, [...(groups.get(text) ?? []), nameOf(query)]);
    return [...groups].map(([text, names]) =>
      sanitize(`  ${id}, ${names.length === 1 ? 'query' : 'queries'} ${names.join(', ')}: ${text}`),
    );
  });
  return lines.length === 0 ? [] : [`Not used:\n${lines.join('\n')}`];
}
