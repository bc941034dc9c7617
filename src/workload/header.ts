/** The comment header of a query or proposal file: `-- title: …`, `-- target: 2 s`, `-- values: :x = 1`, then prose. */
import { PgoptError } from '../errors.ts';
import { placeAt } from '../place.ts';
import { parseDuration } from './units.ts';
import { parseValues, type ValueSet } from './values.ts';

export interface Header {
  readonly title: string | undefined;
  readonly targetMs: number | undefined;
  /** In the order they are written; a query without parameters has none. */
  readonly valueSets: readonly ValueSet[];
}

/** @throws PgoptError 'workload-invalid' with file, line and caret for a target or values that cannot be read. */
export async function parseHeader(file: string, text: string): Promise<Header> {
  let title: string | undefined;
  let targetMs: number | undefined;
  const valueSets: ValueSet[] = [];
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
          throw new PgoptError('workload-invalid', `not a duration: ${JSON.stringify(value)}`, {
            place: placeAt(file, text, offset + lead.length),
            next: 'write it like `2 s` or `500 ms`',
          });
        }
      }
    }
    const comment = line.indexOf('--') + 2;
    const set =
      comment > 1 ? await parseValues(file, text, offset + comment, offset + line.length) : undefined;
    if (set !== undefined) valueSets.push(set);
    offset += line.length + 1;
  }
  return { title: title === '' ? undefined : title, targetMs, valueSets };
}
