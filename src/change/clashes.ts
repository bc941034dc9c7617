/** Two kept objects may not have one name: a session builds under names of its own, a migration cannot. Pure. */

import { asWritten } from '../base/relationName.ts';
import { PgoptError } from '../errors.ts';
import type { Step } from './types.ts';

/** @throws PgoptError 'workload-invalid' before anything is written: the migration would fail halfway. */
export function refuseClashes(steps: readonly Step[]): void {
  const seen = new Set<string>();
  for (const { makes } of steps) {
    if (makes === undefined) continue;
    // Indexes and views share pg_class.
    const key = `${makes.kind === 'statistics'}|${asWritten(makes)}`;
    if (seen.has(key))
      throw new PgoptError(
        'workload-invalid',
        `two of the proposals that are kept create ${asWritten(makes)}`,
        {
          next: 'name them apart in schema/proposals',
        },
      );
    seen.add(key);
  }
}
