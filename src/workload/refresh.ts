/** `-- refresh: 1 h` in a view's proposal: how often it will be refreshed, so how stale it may be. Pure. */
import { PgoptError } from '../base/errors.ts';
import { placeAt } from '../base/location.ts';
import { parseDuration } from './units.ts';

/**
 * @returns ms; undefined where the comments at the top do not say.
 * @throws PgoptError 'workload-invalid' with file, line and caret for what is no duration.
 */
export function refreshInterval(file: string, text: string): number | undefined {
  let offset = 0;
  for (const line of text.split('\n')) {
    if (!/^\s*(--|$)/.test(line)) break;
    const match = /^(\s*--\s*refresh\s*:\s*)(.*?)\s*$/i.exec(line);
    if (match !== null) {
      const [, lead = '', value = ''] = match;
      const interval = parseDuration(value);
      if (interval !== undefined) return interval;
      throw new PgoptError('workload-invalid', `not a duration: ${JSON.stringify(value)}`, {
        place: placeAt(file, text, offset + lead.length),
        next: 'write it like `1 h` or `15 min`',
      });
    }
    offset += line.length + 1;
  }
  return undefined;
}
