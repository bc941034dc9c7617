/** What is left out, and its list. */
import type { Row } from '../../database/link.ts';
import type { Hidden } from '../document.ts';
import { text } from './rows.ts';

const LONGEST = 5000;

export class Left {
  private readonly missing: ReadonlyMap<string, string>;
  private readonly told: Hidden[];
  private readonly keys = new Set<string>();

  /** @param missing Key → what it needs, or is, that a lens cannot have. */
  constructor(missing: ReadonlyMap<string, string>, told: readonly Hidden[]) {
    this.missing = missing;
    this.told = [...told];
  }

  isMissing(key: string): boolean {
    return this.missing.has(key);
  }

  /** False, and told, where it is missing. */
  keeps(key: string, kind: string, row: Row): boolean {
    const why = this.missing.get(key);
    if (why === undefined) return true;
    const schema = text(row, 'schema');
    this.tell(`${kind} ${schema === '' ? '' : `${schema}.`}${text(row, 'name')}`, `left out: ${why}`);
    return false;
  }

  tell(thing: string, why: string): void {
    // Of a thousand columns the first hundreds.
    const what = thing.length > LONGEST ? `${thing.slice(0, LONGEST)} …` : thing;
    const key = `${what}: ${why}`;
    if (this.keys.has(key)) return;
    this.keys.add(key);
    this.told.push({ what, why });
  }

  get hidden(): readonly Hidden[] {
    return this.told;
  }
}
