/** The comment header of a query or proposal file: `-- title: …`, `-- target: 2 s`, `-- values: :x = 1`, then prose. */
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
  for (const { line, offset } of headLines(text)) {
    const { key, value, start } = keyed(line, offset);
    if (key === 'title') title = value;
    if (key === 'target') {
      targetMs = parseDuration(value);
      if (targetMs === undefined) problems.add(noDuration(file, text, start, value, '`2 s` or `500 ms`'));
    }
    const comment = line.indexOf('--') + 2;
    const set =
      comment > 1
        ? await problems.attempt(() => parseValues(file, text, offset + comment, offset + line.length))
        : undefined;
    if (set !== undefined && kind === 'of a rewrite')
      problems.add(
        refuse(file, text, set.offset, 'a rewrite uses the values of its query', 'remove the line'),
      );
    else if (set !== undefined) valueSets.push(set);
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
  for (const { line, offset } of headLines(text)) {
    const { key, value, start } = keyed(line, offset);
    if (key !== 'refresh') continue;
    const interval = parseDuration(value);
    if (interval === undefined) throw noDuration(file, text, start, value, '`1 h` or `15 min`');
    return interval;
  }
  return undefined;
}

/** The comments and blank lines at the top of a file. */
function* headLines(text: string): Generator<{ readonly line: string; readonly offset: number }> {
  let offset = 0;
  for (const line of text.split('\n')) {
    if (!/^\s*(--|$)/.test(line)) return;
    yield { line, offset };
    offset += line.length + 1;
  }
}

/** Splits `-- key: value`; `start` is the value's offset in the file. */
function keyed(line: string, offset: number) {
  const [, lead = '', key = '', value = ''] =
    /^(\s*--\s*(title|target|refresh)\s*:\s*)(.*?)\s*$/i.exec(line) ?? [];
  return { key: key.toLowerCase(), value, start: offset + lead.length };
}

const noDuration = (file: string, text: string, offset: number, value: string, example: string) =>
  refuse(file, text, offset, `not a duration: ${JSON.stringify(value)}`, `write it like ${example}`);
