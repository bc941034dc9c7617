/** How large a database is, from what a lens is made of. */
import type { LensDocument } from '../lens/document.ts';
import type { Size } from './rehearsal.ts';

const BLOCK = 8192;

/** @param original The proposal's own name for an object that a session has built. */
export function sizeOfDocument(
  { tables }: LensDocument,
  label: string,
  original: (name: string) => string = name => name,
): Size {
  const indexes = tables.flatMap(table => table.indexes);
  const sized = [...tables, ...indexes].map(({ name, pages }) => [original(name), pages * BLOCK] as const);
  return {
    label,
    rows: new Map(tables.map(({ name, rows }) => [original(name), Math.max(0, rows)])),
    bytes: new Map(sized),
  };
}
