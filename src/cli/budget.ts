/** `--budget`: how long a command may measure. */
import { PgoptError } from '../base/errors.ts';
import { parseDuration } from '../workload/units.ts';

/** Default time for a survey. */
export const BUDGET = '5min';
/** Default time for rehearsing production's plans, at all sizes together. */
export const REHEARSING = '20min';

/**
 * @param zero What 0 means, for the error; undefined: 0 is not allowed.
 * @returns ms
 * @throws PgoptError 'usage'
 */
export function parseBudget(text: string, zero?: string): number {
  const isZero = zero !== undefined && /^0+\s*(ms|s|min|h)?$/i.test(text.trim());
  const ms = isZero ? 0 : parseDuration(text);
  if (ms !== undefined) return ms;
  const next = `write it like \`5min\` or \`90 s\`${zero === undefined ? '' : `; ${zero}`}`;
  throw new PgoptError('usage', `--budget must be a duration, not ${text}`, { next });
}
