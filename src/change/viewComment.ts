/** What a person should know of a new view: its lock, how it is refreshed, who must be changed to read it. Pure. */
import { PgoptError } from '../errors.ts';
import { formatBytes, formatMs } from '../format/index.ts';
import { readCreateIndex } from '../workload/createIndex.ts';
import { refreshInterval } from '../workload/refresh.ts';
import type { Proposal, Statement } from '../workload/types.ts';
import { LOCKS } from './locks.ts';
import type { Kept } from './types.ts';

export async function viewComment(kept: Kept, { creates }: Statement, view: string): Promise<string[]> {
  const { proposal, built } = kept;
  const keys = await Promise.all(
    proposal.statements
      .filter(({ kind, on }) => kind === 'create-index' && on === creates)
      .map(async ({ sql }) => (await readCreateIndex(sql)).tellsRowsApart),
  );
  const concurrent = keys.includes(true);
  const bytes = built?.objects.find(
    ({ kind, name }) => kind === 'materialized view' && name === creates,
  )?.bytes;
  const took =
    built === undefined || built.refreshMs === 0 ? '' : ` It took ${formatMs(built.refreshMs)} here.`;
  return [
    `${proposal.id}: ${proposal.title}`,
    ...(bytes === undefined ? [] : [`${formatBytes(bytes)} here without its indexes.`]),
    ...LOCKS.view,
    '',
    `It shows the past until it is refreshed${interval(proposal)}:`,
    `  REFRESH MATERIALIZED VIEW ${concurrent ? 'CONCURRENTLY ' : ''}${view};`,
    (concurrent
      ? 'Lock: EXCLUSIVE on the view: it is read meanwhile, but by one refresh after the other.'
      : 'Lock: ACCESS EXCLUSIVE on the view: readers wait; with a unique index on columns it could be CONCURRENTLY.') +
      took,
    `Roles other than its owner need: GRANT SELECT ON ${view} TO …`,
    ...(kept.readBy.length === 0
      ? ['PostgreSQL does not read it unasked, and no query of the workload is planned with it.']
      : readers(
          kept,
          'PostgreSQL does not read it unasked. Deploy these texts in place of their queries, when it is there',
        )),
  ];
}

export const readers = ({ readBy }: Kept, what: string): string[] =>
  readBy.length === 0 ? [] : [`${what}:`, ...readBy.map(file => `  ${file}`)];

function interval({ file, ddl }: Proposal): string {
  try {
    const ms = refreshInterval(file, ddl);
    return ms === undefined
      ? '; its file does not say how often'
      : `, which its file wants every ${formatMs(ms)}`;
  } catch (error) {
    // A migration is not the place to find fault with a comment.
    if (error instanceof PgoptError) return '; its file does not say how often';
    throw error;
  }
}
