/** Which existing indexes deserve a look. */
import type { IndexFact } from '../session/events.ts';

interface IndexNote {
  readonly schema: string;
  readonly name: string;
  readonly table: string;
  readonly bytes: number;
  readonly text: string;
}

/** Invalid, duplicate and never scanned indexes; an index that enforces a constraint only if it is a duplicate. */
export function notesOn(indexes: readonly IndexFact[]): IndexNote[] {
  return indexes.flatMap(index => {
    const { schema, name, table, bytes } = index;
    const text = noteOn(index);
    return text === undefined ? [] : [{ schema, name, table, bytes, text }];
  });
}

export function noteOn(index: IndexFact): string | undefined {
  if (!index.valid)
    return 'invalid: every write keeps it up to date, no query reads it (a CREATE INDEX CONCURRENTLY failed, or still runs)';
  if (index.duplicateOf !== undefined) return `the same as ${index.duplicateOf}`;
  if (index.scans !== 0 || index.unique || index.constraint !== undefined) return undefined;
  return `never scanned ${index.statsSince === undefined ? 'since the server began to count' : `since ${index.statsSince.slice(0, 10)}`}`;
}
