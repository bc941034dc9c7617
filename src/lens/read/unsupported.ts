/** What a lens does not have, in words; and the keys of it, so that what needs it is left out, too. */
import type { Row } from '../../database/link.ts';
import type { Hidden } from '../document.ts';
import { groupBy, optionalText, text } from './rows.ts';

/** Kind of sql/unsupported.ts → why; undefined: not worth telling unless something needs it. */
const WHY: Readonly<Record<string, string | undefined>> = {
  'foreign table': 'a foreign table is planned by its own wrapper; it is left out',
  sequence: undefined,
  'table of an extension': 'it comes with its extension; its statistics and sizes are left out',
  aggregate: 'an aggregate of one’s own is left out',
  function: 'only functions in SQL and PL/pgSQL are taken over',
  type: 'a type written in C, or a range with a canonical function, is left out',
  operator: 'an operator of one’s own is left out',
  'operator class': 'an operator class of one’s own is left out',
  'operator family': undefined,
  collation: 'a collation with rules of its own is left out',
  'text search configuration': 'a text search configuration of one’s own is left out',
  'text search dictionary': undefined,
  rule: 'rules other than a view’s are left out; SELECT does not see them',
  'row security': 'policies are left out: for roles that they apply to, plans have further conditions',
};

/** So many of a kind are named; of the rest there is their number. */
const NAMED = 20;

export function hiddenUnsupported(rows: readonly Row[]): Hidden[] {
  return [...groupBy(rows, row => text(row, 'kind'))].flatMap(([kind, all]) => {
    const why = WHY[kind];
    if (why === undefined) return [];
    const named = all
      .slice(0, NAMED)
      .map(row => ({ what: `${kind} ${text(row, 'schema')}.${text(row, 'name')}`, why }));
    const more = all.length - named.length;
    return more === 0 ? named : [...named, { what: `${more} more of kind ${kind}`, why }];
  });
}

/** Key → what it is, as a thing that something else needs. */
export function unsupportedKeys(rows: readonly Row[]): Map<string, string> {
  return new Map(
    rows.flatMap(row => {
      const key = optionalText(row, 'key');
      return key === undefined
        ? []
        : [[key, `${text(row, 'kind')} ${text(row, 'schema')}.${text(row, 'name')}`] as const];
    }),
  );
}
