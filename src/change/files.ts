/** What is kept → the files of a change, but for the report. Pure. */
import { basename } from 'node:path';
import type { Mask } from '../advisor/masks.ts';
import { planUnder, type Survey } from '../advisor/survey.ts';
import type { ChangeFacts } from '../database/changeFacts.ts';
import type { Rewrite, Workload } from '../workload/types.ts';
import type { Origin } from './header.ts';
import { migrationText, rollbackText } from './migration.ts';
import { stepsFor } from './steps.ts';
import type { Kept } from './types.ts';

/** A rewrite that a query is planned with, and the file of the change that holds it. */
export interface Deployed {
  readonly queryIds: readonly string[];
  readonly rewrite: Rewrite;
  /** `queries/05-lifetime@stats.sql` */
  readonly path: string;
}

/** The rewrites that the kept configuration reads; one for all sets of values of a query. */
export function deployedRewrites(workload: Workload, survey: Survey, kept: Mask): readonly Deployed[] {
  const found = new Map<string, Deployed>();
  for (const query of survey.queries) {
    const id = planUnder(survey, query, kept)?.rewrite;
    const rewrite = workload.queries
      .find(other => other.id === query.id)
      ?.rewrites.find(other => other.id === id);
    if (rewrite === undefined) continue;
    const path = `queries/${basename(rewrite.file)}`;
    const queryIds = [...(found.get(path)?.queryIds ?? []), query.id];
    found.set(path, { queryIds, rewrite, path });
  }
  return [...found.values()];
}

/** Path inside the folder → text: migration.sql, rollback.sql, queries/. */
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
