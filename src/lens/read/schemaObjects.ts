/** Rows → types, functions, views: what stands beside the tables. */
import type { Row } from '../../database/link.ts';
import type { Hidden, LensCollation, LensFunction, LensType, LensView } from '../document.ts';
import { allNeeds, inOrder, type Needs } from './needs.ts';
import { groupBy, type Left, list, maybe, optionalText, text, texts } from './rows.ts';

/** @returns undefined where there are none. */
export function collationsOf(rows: readonly Row[]): readonly LensCollation[] | undefined {
  if (rows.length === 0) return undefined;
  return rows.map(row => ({
    schema: text(row, 'schema'),
    name: text(row, 'name'),
    provider: text(row, 'provider') as LensCollation['provider'],
    locale: text(row, 'locale'),
    deterministic: row.deterministic === true,
  }));
}

export function typesOf(rows: readonly Row[], left: Left, needs: Needs): LensType[] {
  const there = rows.filter(row => left.keeps(`t:${text(row, 'id')}`, 'type', row));
  return inOrder(there, row => `t:${text(row, 'id')}`, needs).map(row => typeOf(row, left));
}

function typeOf(row: Row, left: Left): LensType {
  const name = { schema: text(row, 'schema'), name: text(row, 'name') };
  switch (text(row, 'kind')) {
    case 'e':
      return { kind: 'enum', ...name, labels: texts(row, 'labels') };
    case 'd':
      return {
        kind: 'domain',
        ...name,
        base: text(row, 'base'),
        notNull: row.notNull === true,
        checks: records(row, 'checks')
          .filter(check => left.keeps(`c:${text(check, 'id')}`, 'check of domain', { ...name, ...check }))
          .map(check => text(check, 'definition')),
      };
    case 'c':
      return {
        kind: 'composite',
        ...name,
        attributes: records(row, 'attributes').map(one => ({
          name: text(one, 'name'),
          type: text(one, 'type'),
        })),
      };
    default:
      return {
        kind: 'range',
        ...name,
        subtype: text(row, 'subtype'),
        ...maybe('difference', optionalText(row, 'difference')),
      };
  }
}

const records = (row: Row, column: string): readonly Row[] => list(row, column) as readonly Row[];

/** @param views Keys of plain views. */
export function functionsOf(
  rows: readonly Row[],
  left: Left,
  needs: Needs,
  views: ReadonlySet<string>,
): LensFunction[] {
  const there = rows.filter(row => left.keeps(`f:${text(row, 'id')}`, 'function', row));
  return inOrder(there, row => `f:${text(row, 'id')}`, needs).map(row => {
    const relations = [...allNeeds(`f:${text(row, 'id')}`, needs)].filter(key => key.startsWith('r:'));
    const after: LensFunction['after'] =
      relations.length === 0 ? undefined : relations.some(key => views.has(key)) ? 'views' : 'tables';
    return {
      schema: text(row, 'schema'),
      name: text(row, 'name'),
      definition: text(row, 'definition').trim(),
      ...maybe('after', after),
    };
  });
}

export function viewsOf(rows: readonly Row[], left: Left, needs: Needs): LensView[] {
  const there = rows.filter(row => left.keeps(`r:${text(row, 'id')}`, 'view', row));
  return inOrder(there, row => `r:${text(row, 'id')}`, needs).map(row => ({
    schema: text(row, 'schema'),
    name: text(row, 'name'),
    options: texts(row, 'options'),
    definition: query(text(row, 'definition')),
  }));
}

/** pg_get_viewdef() ends it with a semicolon. */
export const query = (definition: string): string => definition.trim().replace(/;$/, '');

/** What a lens does not have, in words; and the keys of it, so that what needs it is left out, too. */

/** Kind of sql/unsupported.ts → why; undefined: not worth a line unless something needs it. */
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
