/** The ledger: every statement that a session sent, with its time, connection, duration and outcome. */
import { DatabaseError } from '../base/databaseError.ts';
import { textOf } from '../database/guard.ts';
import type { Answer, Link } from '../database/link.ts';

type LedgerConnection = 'work' | 'control';

export interface LedgerEntry {
  readonly connection: LedgerConnection;
  /** The statement's text as it was sent; never its values. */
  readonly text: string;
  /** Epoch ms. */
  readonly at: number;
  /** Its own time; undefined while it runs. In a pipeline it begins when the statement before it is answered. */
  readonly ms: number | undefined;
  readonly outcome: 'running' | 'done' | 'failed';
  /** SQLSTATE of a failure. */
  readonly code: string | undefined;
  /** How often it was sent in a row: the session polls progress several times a second. */
  readonly times: number;
}

/** A session of a day sends hundreds of thousands of statements; a person asks about the last ones. */
const KEPT = 2000;
/** The control connection polls progress, locks and waiting sessions in turn, each in its own transaction. */
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

  get total(): number {
    return this.count;
  }

  /** A statement that repeats, alone or in turn with a few others, is one entry. */
  private findAgain(connection: LedgerConnection, text: string): number {
    const from = Math.max(0, this.entries.length - (connection === 'control' ? TURNS : 1));
    const place = this.entries
      .slice(from)
      .findLastIndex(
        entry => entry.text === text && entry.connection === connection && entry.outcome !== 'running',
      );
    return place < 0 ? place : from + place;
  }

  /** @returns A function to call with the answer's SQLSTATE. */
  begin(connection: LedgerConnection, text: string): (code?: string) => void {
    const at = this.now();
    this.count++;
    const place = this.findAgain(connection, text);
    const last = this.entries[place];
    const entry: LedgerEntry = {
      connection,
      text,
      at,
      ms: undefined,
      outcome: 'running',
      code: undefined,
      times: (last?.times ?? 0) + 1,
    };
    if (last !== undefined) this.entries.splice(place, 1);
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

/** The same link, with every statement recorded in the ledger. */
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
