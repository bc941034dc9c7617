/** `--budget`: how long a command may measure. */
import { PgoptError } from '../base/errors.ts';
import { parseDuration } from '../workload/units.ts';

/** How long a survey may measure by default; as it is written. */
export const BUDGET = '5min';
/** The same of rehearsing plans of production, at all sizes together. */
export const REHEARSING = '20min';

/** @param text As written. @param zero What else may be said of 0, where it is allowed. @returns ms. @throws PgoptError 'usage' */
export function parseBudget(text: string, zero?: string): number {
  const isZero = zero !== undefined && /^0+\s*(ms|s|min|h)?$/i.test(text.trim());
  const ms = isZero ? 0 : parseDuration(text);
  if (ms !== undefined) return ms;
  const next = `write it like \`5min\` or \`90 s\`${zero === undefined ? '' : `; ${zero}`}`;
  throw new PgoptError('usage', `--budget must be a duration, not ${text}`, { next });
}
