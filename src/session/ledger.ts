/** The ledger: every statement a session sent, when, over which connection, how long it took and how it ended. */
import { DatabaseError } from '../base/databaseError.ts';
import { textOf } from '../database/guard.ts';
import type { Answer, Link } from '../database/link.ts';

type LedgerConnection = 'work' | 'control';

export interface LedgerEntry {
  /** Grows by one; the same entry keeps it while it runs and afterwards. */
  readonly number: number;
  readonly connection: LedgerConnection;
  /** The statement's text as it was sent; never its values. */
  readonly text: string;
  /** Epoch ms. */
  readonly at: number;
  /** Its own time; undefined while it runs. Of several in one round trip the server begins each when the one before is answered. */
  readonly ms: number | undefined;
  readonly outcome: 'running' | 'done' | 'failed';
  /** SQLSTATE of a failure. */
  readonly code: string | undefined;
  /** How often it was sent in a row; progress is asked for several times a second. */
  readonly times: number;
}

/** A session of a day sends hundreds of thousands; the last ones are what a person asks about. */
const KEPT = 2000;
/** Progress, locks and who waits for them are asked for in turn, each in a transaction of its own. */
const TURNS = 8;

export class Ledger {
  private readonly entries: LedgerEntry[] = [];
  private count = 0;
  /** When the last answer came, by connection. */
  private readonly answeredAt: Record<LedgerConnection, number> = { work: 0, control: 0 };

  constructor(private readonly now: () => number) {}

  /** In order, at most the last 2,000. */
  list(): readonly LedgerEntry[] {
    return [...this.entries];
  }

  /** How many were sent in all. */
  get total(): number {
    return this.count;
  }

  /** A statement that is repeated, alone or in turn with a few others, is one entry. */
  private findAgain(connection: LedgerConnection, text: string): number {
    const from = Math.max(0, this.entries.length - (connection === 'control' ? TURNS : 1));
    const place = this.entries
      .slice(from)
      .findLastIndex(
        entry => entry.text === text && entry.connection === connection && entry.outcome !== 'running',
      );
    return place < 0 ? place : from + place;
  }

  /** @returns To be called with the answer. */
  begin(connection: LedgerConnection, text: string): (code?: string) => void {
    const at = this.now();
    this.count++;
    const place = this.findAgain(connection, text);
    const last = this.entries[place];
    const again = last !== undefined;
    const number = again ? last.number : this.count;
    const entry: LedgerEntry = {
      number,
      connection,
      text,
      at,
      ms: undefined,
      outcome: 'running',
      code: undefined,
      times: again ? last.times + 1 : 1,
    };
    if (again) this.entries.splice(place, 1);
    this.entries.push(entry);
    if (this.entries.length > KEPT) this.entries.shift();
    return code => {
      const now = this.now();
      const ms = now - Math.max(at, this.answeredAt[connection]);
      this.answeredAt[connection] = now;
      const index = this.entries.lastIndexOf(entry);
      if (index < 0) return;
      this.entries[index] = {
        ...entry,
        ms,
        outcome: code === undefined ? 'done' : 'failed',
        code,
      };
    };
  }
}

/** The same link; the ledger records every statement on it. */
export function recorded(link: Link, connection: LedgerConnection, ledger: Ledger): Link {
  return {
    ...link,
    batch: async statements => {
      const ends = statements.map(sql => ledger.begin(connection, textOf(sql)));
      try {
        return await link.batch(statements, (index, answer) => ends[index]?.(codeOf(answer)));
      } catch (error) {
        for (const end of ends) end(error instanceof DatabaseError ? error.code : '08006');
        throw error;
      }
    },
    query: async (sql, values) => {
      const end = ledger.begin(connection, textOf(sql));
      try {
        const rows = await link.query(sql, values);
        end();
        return rows;
      } catch (error) {
        end(error instanceof DatabaseError ? error.code : '08006');
        throw error;
      }
    },
  };
}

const codeOf = (answer: Answer): string | undefined => ('error' in answer ? answer.error.code : undefined);
