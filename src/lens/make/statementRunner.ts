/** Runs the steps that make a schema: what fails is reported and the rest goes on; what failed for want of another is tried again. */
import { identifier } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import type { Hidden } from '../document.ts';
import type { Step } from './ddl.ts';

/** undefined_table, undefined_function, undefined_object, undefined_column, invalid_schema_name */
const LACKING = new Set(['42P01', '42883', '42704', '42703', '3F000']);

/** A document's lists are in order: only views and materialized views wait for each other, and not that often. */
const MOST_ROUNDS = 100;

/**
 * @param searchPath For what lacks something even in the end: an index on a function whose body is written without schemas. Everything
 *   else is made with what the connection has.
 * @returns What could not be made, and why.
 */
export async function runSteps(
  link: Link,
  steps: readonly Step[],
  searchPath: readonly string[] = [],
): Promise<readonly Hidden[]> {
  const failed: Hidden[] = [];
  for (let left = steps, round = 1; left.length > 0; round++) {
    const answers = await link.batch(left.map(({ sql }) => sql));
    const again: Step[] = [];
    const reasons: Hidden[] = [];
    for (const [position, answer] of answers.entries()) {
      const step = left[position];
      if (step === undefined || !('error' in answer)) continue;
      const hidden = { what: step.what, why: `could not be made in the lens: ${answer.error.message}` };
      if (LACKING.has(answer.error.code)) {
        again.push(step);
        reasons.push(hidden);
      } else failed.push(hidden);
    }
    // Nothing got any further: what lacks something lacks it for good.
    if (again.length === left.length || round === MOST_ROUNDS) {
      if (searchPath.length === 0) return [...failed, ...reasons];
      await link.query(`SET search_path = ${searchPath.map(identifier).join(', ')}`);
      try {
        return [...failed, ...(await runSteps(link, left))];
      } finally {
        await link.query('SET search_path = pg_catalog');
      }
    }
    left = again;
  }
  return failed;
}
