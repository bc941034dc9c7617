/** Steps for materialized views, with comments on locks, refreshing and readers. */
import { PgoptError } from '../base/errors.ts';
import { formatBytes, formatMs } from '../base/format.ts';
import { asWritten } from '../base/sql.ts';
import type { ChangeFacts } from '../database/changeFacts.ts';
import { readCreateIndex } from '../workload/createIndex.ts';
import { refreshInterval } from '../workload/header.ts';
import type { Proposal, Statement } from '../workload/workload.ts';
import { briefly, type Kept, LOCKS, type Step } from './plannedStep.ts';
import { serverName } from './sqlText.ts';
import { isOnView, rewriteIndex } from './statementsOf.ts';

async function viewComment(kept: Kept, { creates }: Statement, view: string): Promise<string[]> {
  const { proposal, built } = kept;
  const keys = await Promise.all(
    proposal.statements
      .filter(({ kind, on }) => kind === 'create-index' && on === creates)
      .map(async ({ sql }) => (await readCreateIndex(sql)).identifiesRows),
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
    `It shows old rows until it is refreshed${interval(proposal)}:`,
    `  REFRESH MATERIALIZED VIEW ${concurrent ? 'CONCURRENTLY ' : ''}${view};`,
    (concurrent
      ? 'Lock: EXCLUSIVE on the view: reads go on; another refresh waits.'
      : 'Lock: ACCESS EXCLUSIVE on the view: readers wait; with a unique index on columns it could be CONCURRENTLY.') +
      took,
    `Roles other than its owner need: GRANT SELECT ON ${view} TO …`,
    ...(kept.readBy.length === 0
      ? ['PostgreSQL does not read it by itself, and no query of the workload is planned with it.']
      : readers(
          kept,
          'PostgreSQL does not read it by itself. Once it exists, deploy these texts in place of their queries',
        )),
  ];
}

const readers = ({ readBy }: Kept, what: string): string[] =>
  readBy.length === 0 ? [] : [`${what}:`, ...readBy.map(file => `  ${file}`)];

function interval({ file, ddl }: Proposal): string {
  try {
    const ms = refreshInterval(file, ddl);
    return ms === undefined
      ? '; its file does not say how often'
      : `, which its file requests every ${formatMs(ms)}`;
  } catch (error) {
    // A wrong comment must not stop the migration.
    if (error instanceof PgoptError) return '; its file does not say how often';
    throw error;
  }
}

/** In the order of the file. @param proposals All kept ones: an index may be on another proposal's view. */
export async function viewSteps(
  kept: Kept,
  proposals: readonly Proposal[],
  facts: ChangeFacts,
): Promise<readonly Step[]> {
  const own = kept.proposal.statements.filter(statement => isOnView(statement, proposals));
  const steps: Step[] = [];
  const views = new Map<string, string>();
  for (const statement of own) {
    const { kind, sql, creates = '', createsSchema, on = '' } = statement;
    const schema = createsSchema ?? facts.currentSchema;
    const made = { schema, name: serverName(creates) };
    const step = { phase: 'views', ...briefly(sql), undo: [] } as const;
    if (kind === 'create-materialized-view') {
      views.set(creates, asWritten(made));
      const comment = await viewComment(kept, statement, asWritten(made));
      steps.push({
        ...step,
        comment,
        makes: { kind: 'materialized view', ...made },
        undo: [
          briefly(`DROP MATERIALIZED VIEW IF EXISTS ${asWritten(made)}`, [
            ...readers(kept, 'First restore the queries that these files replaced'),
            ...LOCKS.dropView,
            'Its indexes go with it. If other objects depend on it, PostgreSQL names them and drops nothing.',
          ]),
        ],
      });
    } else if (kind === 'create-index') {
      const read = await readCreateIndex(sql);
      const unnamed = read.name[0] === read.name[1];
      const index = { schema: read.schema ?? schemaOf(on, proposals, facts), name: made.name };
      steps.push({
        ...step,
        sql: rewriteIndex(sql, read, { concurrently: false, name: unnamed ? made.name : undefined }),
        comment: LOCKS.onView,
        makes: { kind: 'index', ...index },
      });
    } else if (kind === 'create-statistics') steps.push({ ...step, makes: { kind: 'statistics', ...made } });
    else steps.push(step);
  }
  // Plans that read a view without statistics would rest on guesses.
  const bare = [...views].filter(([name]) => own.findLast(({ on }) => on === name)?.kind !== 'analyze');
  const analyzed = bare.map(
    ([, view]): Step => ({ phase: 'views', ...briefly(`ANALYZE ${view}`), undo: [] }),
  );
  return [...steps, ...analyzed];
}

function schemaOf(view: string, proposals: readonly Proposal[], facts: ChangeFacts): string | undefined {
  const statement = proposals
    .flatMap(({ statements }) => statements)
    .find(({ kind, creates }) => kind === 'create-materialized-view' && creates === view);
  return statement?.createsSchema ?? facts.currentSchema;
}
