/** A materialized view with its indexes and statistics, in the order of its file. Pure. */

import { asWritten } from '../base/relationName.ts';
import type { ChangeFacts } from '../database/changeFacts.ts';
import { readCreateIndex } from '../workload/createIndex.ts';
import type { Proposal } from '../workload/types.ts';
import { rewriteIndex } from './indexText.ts';
import { LOCKS } from './locks.ts';
import { serverName } from './names.ts';
import { isOnView } from './statementsOf.ts';
import type { Kept, Step } from './types.ts';
import { readers, viewComment } from './viewComment.ts';

/** @param proposals All that are kept: an index may be on another one's view. */
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
    const step = { phase: 'views', sql, waits: 'briefly', undo: [] } as const;
    if (kind === 'create-materialized-view') {
      views.set(creates, asWritten(made));
      const comment = await viewComment(kept, statement, asWritten(made));
      const undo = `DROP MATERIALIZED VIEW IF EXISTS ${asWritten(made)}`;
      steps.push({
        ...step,
        comment,
        makes: { kind: 'materialized view', ...made },
        undo: [
          {
            comment: [
              ...readers(kept, 'Put back what these files replaced first'),
              ...LOCKS.dropView,
              'Its indexes go with it. What depends on it is not dropped: it is named, and nothing happens.',
            ],
            sql: undo,
            waits: 'briefly',
          },
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
    } else if (kind === 'create-statistics')
      steps.push({ ...step, comment: [], makes: { kind: 'statistics', ...made } });
    else steps.push({ ...step, comment: [] });
  }
  // Without statistics its plans would be guesses.
  const bare = [...views].filter(([name]) => own.findLast(({ on }) => on === name)?.kind !== 'analyze');
  const analyzed = bare.map(
    ([, view]): Step => ({
      phase: 'views',
      comment: [],
      sql: `ANALYZE ${view}`,
      waits: 'briefly',
      undo: [],
    }),
  );
  return [...steps, ...analyzed];
}

function schemaOf(view: string, proposals: readonly Proposal[], facts: ChangeFacts): string | undefined {
  const statement = proposals
    .flatMap(({ statements }) => statements)
    .find(({ kind, creates }) => kind === 'create-materialized-view' && creates === view);
  return statement?.createsSchema ?? facts.currentSchema;
}
