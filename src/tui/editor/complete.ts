/** Completion of names in a proposal: tables after ON and FROM, columns of the tables that the text names, keywords. Pure. */
import { quoted } from '../../plan/label.ts';
import type { EditedText } from './text.ts';

/** Table → its columns, in their order. */
export type Columns = Readonly<Record<string, readonly string[]>>;

export interface Completion {
  /** Candidates in the order in which they are offered; the text has the one at `chosen`. */
  readonly candidates: readonly string[];
  readonly chosen: number;
  /** Offset in the text where the completion begins. */
  readonly from: number;
}

const KEYWORDS = [
  'CREATE INDEX ON ',
  'CREATE UNIQUE INDEX ON ',
  'CREATE MATERIALIZED VIEW ',
  'CREATE STATISTICS ',
  'INCLUDE (',
  'USING gin (',
  'USING brin (',
  'WHERE ',
  'DESC',
  'NULLS LAST',
];

/** The next candidate for the word before the cursor; unchanged where nothing fits. */
export function completed(
  edited: EditedText,
  columns: Columns,
  before: Completion | undefined,
): { readonly edited: EditedText; readonly completion: Completion | undefined } {
  const completion = before === undefined ? start(edited, columns) : next(before);
  const chosen = completion?.candidates[completion.chosen];
  if (completion === undefined || chosen === undefined) return { edited, completion: undefined };
  const characters = [...edited.text];
  const inserted = [...chosen];
  return {
    edited: {
      text: [...characters.slice(0, completion.from), ...inserted, ...characters.slice(edited.at)].join(''),
      at: completion.from + inserted.length,
    },
    completion,
  };
}

function next(before: Completion): Completion {
  return { ...before, chosen: (before.chosen + 1) % before.candidates.length };
}

function start({ text, at }: EditedText, columns: Columns): Completion | undefined {
  const left = [...text].slice(0, at).join('');
  const word = /[\p{L}_][\p{L}\p{N}_$]*$/u.exec(left)?.[0] ?? '';
  const earlier = left.slice(0, left.length - word.length);
  const candidates = candidatesFor(earlier, text, columns).filter(
    name => name.toLowerCase().startsWith(word.toLowerCase()) && name !== word,
  );
  if (candidates.length === 0) return undefined;
  return { candidates, chosen: 0, from: [...earlier].length };
}

function candidatesFor(earlier: string, text: string, columns: Columns): readonly string[] {
  const tables = Object.keys(columns);
  if (/\b(?:ON|FROM|JOIN|ANALYZE)\s+$/i.test(earlier)) return tables.map(quoted);
  const named = tables.filter(table => new RegExp(`(?<![\\w$])${escaped(table)}(?![\\w$])`, 'i').test(text));
  const own = named.flatMap(table => columns[table] ?? []);
  const inside = /[(,]\s*$/.test(earlier);
  const words = [...new Set(own)].map(quoted);
  return inside ? words : [...words, ...KEYWORDS, ...tables.map(quoted)];
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
