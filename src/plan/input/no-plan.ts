/** Says why nothing in a text is a plan, and what to give instead. */
import type { PgoptError } from '../../errors.ts';
import { refusal, type Source } from './source.ts';

const OTHER_FORMATS = [
  { name: 'XML', line: /^\s*<(?:explain\b|Plan>|Node-Type>|\?xml\b)/ },
  { name: 'YAML', line: /^\s*(?:- )?(?:Plan:\s*$|Node Type: ")/ },
] as const;

export function noPlan(source: Source): PgoptError {
  for (const { name, line } of OTHER_FORMATS) {
    const at = source.lines.findIndex(text => line.test(text.slice(0, 200)));
    if (at < 0) continue;
    return refusal(
      source,
      `this plan is in ${name}`,
      at + 1,
      'EXPLAIN again with FORMAT JSON or FORMAT TEXT',
    );
  }
  const first = source.lines.findIndex(text => /\S/.test(text));
  if (first < 0) return refusal(source, 'this is not a query plan: there is nothing in it', 1);
  return refusal(source, 'this is not a query plan: no line of it is a node of one', first + 1);
}
