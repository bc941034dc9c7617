/** DROP INDEX in a proposal: which indexes it names. */
import type { PgoptError } from '../base/errors.ts';
import type { ParsedStatement } from './grammar.ts';
import { verb } from './selects.ts';
import type { IndexName } from './types.ts';

interface NameList {
  readonly List?: { readonly items?: readonly { readonly String?: { readonly sval?: string } }[] };
}

/** @throws what `refused` makes, for any other DROP and for forms that mean something else. */
export function dropIndex(
  parsed: ParsedStatement,
  refused: (message: string, next: string) => PgoptError,
): IndexName[] {
  const { removeType, concurrent, missing_ok, behavior, objects = [] } = parsed.tree;
  if (removeType !== 'OBJECT_INDEX')
    throw refused(`a proposal may not hold ${verb(parsed)}`, 'the only DROP that can be tried is DROP INDEX');
  if (concurrent === true)
    throw refused('DROP INDEX CONCURRENTLY cannot run inside a transaction', 'leave out CONCURRENTLY here');
  if (missing_ok === true) throw refused('without the index there is nothing to try', 'leave out IF EXISTS');
  if (behavior === 'DROP_CASCADE')
    throw refused('CASCADE would drop what is not named here', 'leave out CASCADE');
  return (objects as readonly NameList[]).map(({ List }) => {
    const names = (List?.items ?? []).map(item => item.String?.sval ?? '');
    return { schema: names.length > 1 ? names.at(-2) : undefined, name: names.at(-1) ?? '' };
  });
}
