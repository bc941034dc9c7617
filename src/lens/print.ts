/** A lens as text: JSON that a person can read and a diff can show, a column or an index a line. Pure. */
import { jsonText } from '../format/index.ts';
import type { LensDocument } from './document.ts';

/** Levels that get lines of their own: the document, its lists, their things, a table's lists. */
const OPEN = 4;

/** Ends with a newline. */
export const printLens = (document: LensDocument): string => `${print(document, 0)}\n`;

function print(value: unknown, level: number): string {
  if (level >= OPEN || typeof value !== 'object' || value === null || isFlat(value)) return spaced(value);
  const indent = '  '.repeat(level + 1);
  const close = `\n${'  '.repeat(level)}`;
  if (Array.isArray(value))
    return `[\n${value.map(one => indent + print(one, level + 1)).join(',\n')}${close}]`;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{\n${entries.map(([key, one]) => `${indent}${spaced(key)}: ${print(one, level + 1)}`).join(',\n')}${close}}`;
}

/** Without lists and objects in it, and short: `["public", "shop"]`. */
const isFlat = (value: object): boolean =>
  Object.values(value).every(one => typeof one !== 'object') && JSON.stringify(value).length <= 100;

const spaced = (value: unknown): string => jsonText(value);
