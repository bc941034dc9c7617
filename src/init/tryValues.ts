/** Whether the server takes the values: EXPLAIN, which runs nothing, says so. */
import type { DatabaseError } from '../base/databaseError.ts';
import { asUser } from '../database/guard.ts';
import type { Link } from '../database/link.ts';
import { parseSelect } from '../workload/selects.ts';
import { fillParameters } from './parameters.ts';
import type { Candidate, Value } from './query.ts';

const PREFIX = 'EXPLAIN ';

/**
 * A constant in a place that tells nothing of its type is tried as a number first, then as text: which of them is wrong,
 * the error's position says.
 * @throws DatabaseError the server's last word when no choice will do.
 */
export async function tryValues(
  link: Link,
  text: string,
  candidates: readonly Candidate[],
): Promise<readonly Value[]> {
  const choice = new Map(candidates.map(({ number }) => [number, 0]));
  const open = () =>
    candidates.filter(({ number, candidates: { length } }) => (choice.get(number) ?? 0) < length - 1);
  for (;;) {
    const values = candidates.map(({ number, candidates: literals, from }) => ({
      number,
      from,
      sql: literals[choice.get(number) ?? 0] ?? '',
    }));
    const places: { number: number; start: number; end: number }[] = [];
    const filled = await fillParameters(
      text,
      number => values.find(value => value.number === number)?.sql ?? '',
      (number, start, end) => places.push({ number, start, end }),
    );
    const error = await explain(link, await parseSelect('statement', filled));
    if (error === undefined) return values;
    const left = open();
    const offset = offsetIn(filled, await parseSelect('statement', filled), error);
    const at = places.find(
      ({ start, end }) => offset !== undefined && start <= offset && offset < end,
    )?.number;
    // Where the position tells nothing (a function of these arguments), the first that is open.
    const next = left.find(({ number }) => number === at) ?? left[0];
    if (next === undefined) throw error;
    choice.set(next.number, (choice.get(next.number) ?? 0) + 1);
  }
}

/** The error's position in `filled`, of which `sent` is the part without leading comments. */
function offsetIn(filled: string, sent: string, { fields: { position } }: DatabaseError): number | undefined {
  if (position === undefined) return undefined;
  // The server counts characters, JavaScript UTF-16 units.
  const before = [...(PREFIX + sent)].slice(0, position - 1).join('').length;
  return filled.indexOf(sent) + before - PREFIX.length;
}

async function explain(link: Link, sql: string): Promise<DatabaseError | undefined> {
  const [, answer] = await link.batch([
    'SAVEPOINT trial',
    asUser(PREFIX + sql),
    'ROLLBACK TO SAVEPOINT trial',
  ]);
  return answer !== undefined && 'error' in answer ? answer.error : undefined;
}
