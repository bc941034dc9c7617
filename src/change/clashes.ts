/** Two of what is kept may not have one name: a session builds under names of its own, a migration cannot. Pure. */
import { PgoptError } from '../errors.ts';
import { qualified } from './names.ts';
import type { Step } from './types.ts';

/** @throws PgoptError 'workload-invalid' before anything is written: the migration would fail halfway. */
export function refuseClashes(steps: readonly Step[]): void {
  const seen = new Set<string>();
  for (const { makes } of steps) {
    if (makes === undefined) continue;
    // Indexes and views share pg_class.
    const key = `${makes.kind === 'statistics'}|${qualified(makes)}`;
    if (seen.has(key))
      throw new PgoptError(
        'workload-invalid',
        `two of the proposals that are kept create ${qualified(makes)}`,
        {
          next: 'name them apart in schema/proposals',
        },
      );
    seen.add(key);
  }
}
