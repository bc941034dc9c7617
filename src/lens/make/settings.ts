/** What whoever connects to a lens finds set: the planner's settings of where it comes from, and its search_path. */
import { identifier, literal } from '../../database/link.ts';
import type { LensDocument } from '../document.ts';

/** @param ownSchema Where views of proposals are, first in the path. */
export function settingStatements(lens: string, document: LensDocument, ownSchema: string): string[] {
  const path = [ownSchema, ...document.searchPath].map(identifier).join(', ');
  const set = (name: string, value: string) => `ALTER DATABASE ${identifier(lens)} SET ${name} = ${value}`;
  return [
    set('search_path', path),
    ...Object.entries(document.settings).map(([name, value]) => set(identifier(name), literal(value))),
  ];
}
