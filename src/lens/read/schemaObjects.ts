/** Rows → collations, types, functions, views, and unsupported objects. */
import { groupBy } from '../../base/lists.ts';
import type { Row } from '../../database/link.ts';
import {
  type LensCollation,
  type LensFunction,
  type LensType,
  type LensView,
  type Omission,
  plainName,
} from '../document.ts';
import { allNeeds, inOrder, type Needs } from './needs.ts';
import { list, maybe, nameIn, type Omissions, optionalText, text, texts } from './rows.ts';

/** @returns undefined without rows. */
export function collationsOf(rows: readonly Row[]): readonly LensCollation[] | undefined {
  if (rows.length === 0) return undefined;
  return rows.map(row => ({
    ...nameIn(row),
    provider: text(row, 'provider') as LensCollation['provider'],
    locale: text(row, 'locale'),
    deterministic: row.deterministic === true,
  }));
}

export function typesOf(rows: readonly Row[], omissions: Omissions, needs: Needs): LensType[] {
  const there = rows.filter(row => omissions.keeps(`t:${text(row, 'id')}`, 'type', row));
  return inOrder(there, row => `t:${text(row, 'id')}`, needs).map(row => typeOf(row, omissions));
}

function typeOf(row: Row, omissions: Omissions): LensType {
  const name = nameIn(row);
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
          .filter(check =>
            omissions.keeps(`c:${text(check, 'id')}`, 'check of domain', { ...name, ...check }),
          )
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
  omissions: Omissions,
  needs: Needs,
  views: ReadonlySet<string>,
): LensFunction[] {
  const there = rows.filter(row => omissions.keeps(`f:${text(row, 'id')}`, 'function', row));
  return inOrder(there, row => `f:${text(row, 'id')}`, needs).map(row => {
    const relations = [...allNeeds(`f:${text(row, 'id')}`, needs)].filter(key => key.startsWith('r:'));
    const after: LensFunction['after'] =
      relations.length === 0 ? undefined : relations.some(key => views.has(key)) ? 'views' : 'tables';
    return {
      ...nameIn(row),
      definition: text(row, 'definition').trim(),
      ...maybe('after', after),
    };
  });
}

export function viewsOf(rows: readonly Row[], omissions: Omissions, needs: Needs): LensView[] {
  const there = rows.filter(row => omissions.keeps(`r:${text(row, 'id')}`, 'view', row));
  return inOrder(there, row => `r:${text(row, 'id')}`, needs).map(row => ({
    ...nameIn(row),
    options: texts(row, 'options'),
    definition: query(text(row, 'definition')),
  }));
}

/** Without the semicolon of pg_get_viewdef(). */
export const query = (definition: string): string => definition.trim().replace(/;$/, '');

// Objects that a lens does not support.

/** Kind → reason. undefined: only reported if something needs it. */
const WHY: Readonly<Record<string, string | undefined>> = {
  'foreign table': 'foreign tables are left out: their wrappers plan them',
  sequence: undefined,
  'table of an extension': 'its extension creates it; its statistics and size are left out',
  aggregate: 'user-defined aggregates are left out',
  function: 'a lens has only functions in SQL and PL/pgSQL',
  type: 'types written in C and ranges with a canonical function are left out',
  operator: 'user-defined operators are left out',
  'operator class': 'user-defined operator classes are left out',
  'operator family': undefined,
  collation: 'collations with tailoring rules are left out',
  'text search configuration': 'user-defined text search configurations are left out',
  'text search dictionary': undefined,
  rule: 'rules other than a view’s are left out: they do not affect SELECT',
  'row security': 'policies are left out: plans of the roles that they apply to have further conditions',
};

/** Named objects per kind; the rest is counted. */
const NAMED = 20;

export function hiddenUnsupported(rows: readonly Row[]): Omission[] {
  return [...groupBy(rows, row => text(row, 'kind'))].flatMap(([kind, all]) => {
    const why = WHY[kind];
    if (why === undefined) return [];
    const named = all.slice(0, NAMED).map(row => ({ what: `${kind} ${plainName(nameIn(row))}`, why }));
    const more = all.length - named.length;
    return more === 0 ? named : [...named, { what: `${more} more of kind ${kind}`, why }];
  });
}

/** Key → kind and name, for objects that need it. */
export function unsupportedKeys(rows: readonly Row[]): Map<string, string> {
  return new Map(
    rows.flatMap(row => {
      const key = optionalText(row, 'key');
      return key === undefined ? [] : [[key, `${text(row, 'kind')} ${plainName(nameIn(row))}`] as const];
    }),
  );
}
