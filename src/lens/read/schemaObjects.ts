/** Rows → types, functions, views: what stands beside the tables. */
import type { Row } from '../../database/link.ts';
import type { LensCollation, LensFunction, LensType, LensView } from '../document.ts';
import type { Left } from './left.ts';
import { allNeeds, inOrder, type Needs } from './needs.ts';
import { list, maybe, optionalText, text, texts } from './rows.ts';

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
