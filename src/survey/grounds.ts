/** What a survey has to know before its first question: what the texts of queries and proposals say. */

import type { Touched } from '../advisor/influence.ts';
import type { SurveyGrounds } from '../advisor/machine.ts';
import { surveyRequirements } from '../advisor/requirements/ofSurvey.ts';
import type { TableFact } from '../session/events.ts';
import { indexShape } from '../workload/indexShape.ts';
import { readsOf } from '../workload/reads.ts';
import type { Proposal, Query, Workload } from '../workload/types.ts';

/**
 * @param tables Tables of the database, as the session told them when it was opened.
 * @param hiddenPlans By id, the queries that call functions which run queries of their own.
 */
export async function surveyGrounds(
  workload: Workload,
  tables: readonly TableFact[],
  hiddenPlans: ReadonlyMap<string, unknown> = new Map(),
): Promise<SurveyGrounds> {
  const reads = async (query: Query) =>
    [
      query.id,
      {
        ...(await readsOf([query.sql, ...query.rewrites.map(({ sql }) => sql)])),
        hidden: hiddenPlans.has(query.id),
      },
    ] as const;
  const touched = async (proposal: Proposal) => [proposal.id, await touchedBy(proposal)] as const;
  return {
    workload,
    // Of two tables of one name, in two schemas, the doubtful one counts.
    tables: new Map([
      ...workload.proposals.flatMap(viewsOf).map(name => [name, { hasParts: false }] as const),
      ...tables.map(
        ({ name }) =>
          [name, { hasParts: tables.some(other => other.name === name && other.hasParts === true) }] as const,
      ),
    ]),
    reads: new Map(await Promise.all(workload.queries.map(reads))),
    touched: new Map(await Promise.all(workload.proposals.map(touched))),
    demands: survey => surveyRequirements(workload, survey, tables, undefined).demands,
  };
}

const viewsOf = ({ statements }: Proposal): string[] =>
  statements.flatMap(({ kind, creates }) =>
    kind === 'create-materialized-view' && creates !== undefined ? [creates] : [],
  );

async function touchedBy(proposal: Proposal): Promise<Touched> {
  const { statements } = proposal;
  const views = new Set(viewsOf(proposal));
  const indexes = statements
    // A query that reads a view of the same proposal has its indexes, too.
    .filter(({ kind, on }) => kind !== 'create-materialized-view' && !views.has(on ?? ''))
    .map(async ({ kind, on = '', sql }) => ({
      on,
      shape: kind === 'create-index' ? await indexShape(sql) : undefined,
    }));
  return {
    relations: [...views, ...statements.flatMap(({ on }) => on ?? [])],
    indexes: await Promise.all(indexes),
    exists: false,
  };
}
