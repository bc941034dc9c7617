/** Kept proposals → the SQL files of a change. */
import { basename } from 'node:path';
import { rewriteUnder } from '../advisor/answers.ts';
import type { Mask } from '../advisor/masks.ts';
import { compareConfigurations, maskOf, type Survey, type SurveyedQuery } from '../advisor/survey.ts';
import type { ChangeFacts } from '../database/changeFacts.ts';
import type { Rewrite, Workload } from '../workload/workload.ts';
import { migrationText, type Origin, rollbackText } from './migration.ts';
import type { Kept } from './plannedStep.ts';
import { stepsFor } from './steps.ts';

/** A rewrite that queries are planned with, and its file in the change. */
interface Deployed {
  readonly queryIds: readonly string[];
  readonly rewrite: Rewrite;
  /** `queries/05-lifetime@stats.sql` */
  readonly path: string;
}

/**
 * The rewrites of the kept configuration that clearly save time or have no measured time; one for all sets of values of
 * a query. A rewrite without a clear gain is not worth a change of the application.
 */
export function deployedRewrites(workload: Workload, survey: Survey, kept: Mask): readonly Deployed[] {
  const found = new Map<string, Deployed>();
  for (const { query, rewrite } of readRewrites(workload, survey, kept)) {
    if (!isWorthIt(survey, query, rewrite, kept)) continue;
    const path = `queries/${basename(rewrite.file)}`;
    const queryIds = [...(found.get(path)?.queryIds ?? []), query.id];
    found.set(path, { queryIds, rewrite, path });
  }
  return [...found.values()];
}

/** Ids of queries whose rewrites are not deployed. */
export const worthlessRewrites = (workload: Workload, survey: Survey, kept: Mask): readonly string[] =>
  readRewrites(workload, survey, kept).flatMap(({ query, rewrite }) =>
    isWorthIt(survey, query, rewrite, kept) ? [] : [query.id],
  );

function readRewrites(workload: Workload, survey: Survey, kept: Mask) {
  return survey.queries.flatMap(query => {
    const rewrite = rewriteUnder(workload, survey, query, kept);
    return rewrite === undefined ? [] : [{ query, rewrite }];
  });
}

function isWorthIt(survey: Survey, query: SurveyedQuery, { needs }: Rewrite, kept: Mask): boolean {
  const { kind } = compareConfigurations(survey, query, kept & ~maskOf(survey, needs), kept);
  return kind !== 'no clear difference' && kind !== 'slower';
}

/** Path within the folder → text: migration.sql, rollback.sql, queries/. */
export async function sqlFiles(
  kept: readonly Kept[],
  facts: ChangeFacts,
  origin: Origin,
  deployed: readonly Deployed[],
): Promise<ReadonlyMap<string, string>> {
  const steps = await stepsFor(kept, facts);
  return new Map([
    ['migration.sql', await migrationText(steps, facts, origin, kept)],
    ['rollback.sql', await rollbackText(steps, facts, origin)],
    ...deployed.map(({ path, rewrite }) => [path, rewrite.text] as const),
  ]);
}
