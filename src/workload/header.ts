/** The comment header of a query or proposal file: `-- title: …`, `-- target: 2 s`, `-- values: :x = 1`, then prose. */
import { PgoptError } from '../base/errors.ts';
import { locationAt } from '../base/location.ts';
import { Problems, refuse } from './problems.ts';
import { parseDuration } from './units.ts';
import { parseValues, type ValueSet } from './values.ts';

export interface Header {
  readonly title: string | undefined;
  readonly targetMs: number | undefined;
  /** In the written order; empty for a query without parameters. */
  readonly valueSets: readonly ValueSet[];
}

/** @throws PgoptError 'workload-invalid' with file, line and caret for each wrong target and set of values */
export async function parseHeader(
  file: string,
  text: string,
  kind: 'of its own' | 'of a rewrite' = 'of its own',
): Promise<Header> {
  let title: string | undefined;
  let targetMs: number | undefined;
  const valueSets: ValueSet[] = [];
  const problems = new Problems();
  let offset = 0;
  for (const line of text.split('\n')) {
    if (!/^\s*(--|$)/.test(line)) break;
    const match = /^(\s*--\s*(title|target)\s*:\s*)(.*?)\s*$/i.exec(line);
    if (match !== null) {
      const [, lead = '', key = '', value = ''] = match;
      if (key.toLowerCase() === 'title') title = value;
      else {
        targetMs = parseDuration(value);
        if (targetMs === undefined) {
          problems.add(
            refuse(
              file,
              text,
              offset + lead.length,
              `not a duration: ${JSON.stringify(value)}`,
              'write it like `2 s` or `500 ms`',
            ),
          );
        }
      }
    }
    const comment = line.indexOf('--') + 2;
    const from = offset;
    const set =
      comment > 1
        ? await problems.attempt(() => parseValues(file, text, from + comment, from + line.length))
        : undefined;
    if (set !== undefined && kind === 'of a rewrite')
      problems.add(
        refuse(file, text, set.offset, 'a rewrite uses the values of its query', 'remove the line'),
      );
    else if (set !== undefined) valueSets.push(set);
    offset += line.length + 1;
  }
  problems.throwIfAny();
  return { title: title === '' ? undefined : title, targetMs, valueSets };
}

/**
 * `-- refresh: 1 h` in a view's proposal: how often it will be refreshed, so how stale it may be.
 * @returns ms; undefined: the header does not say.
 * @throws PgoptError 'workload-invalid' with file, line and caret if it is not a duration
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
        location: locationAt(file, text, offset + lead.length),
        next: 'write it like `1 h` or `15 min`',
      });
    }
    offset += line.length + 1;
  }
  return undefined;
}
