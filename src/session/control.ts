/** The second connection: watches the work connection's progress and cancels what it runs. Outside the transaction. */
import { connect, type Link } from '../database/link.ts';
import type { ConnectionSettings } from '../database/types.ts';

export interface BuildProgress {
  /** The server's own phase: `building index: scanning table`. */
  readonly phase: string;
  /** Share of this statement that is done, 0…1. */
  readonly fraction: number;
}

export class Control {
  private readonly link: Link;
  private readonly workProcessId: number;
  /** The cancel that is on its way; the next statement must wait for it, or it would be hit instead. */
  private sending: Promise<unknown> = Promise.resolve();

  private constructor(link: Link, workProcessId: number) {
    this.link = link;
    this.workProcessId = workProcessId;
  }

  static async open(settings: ConnectionSettings, workProcessId: number): Promise<Control> {
    return new Control(await connect(settings, 'pgopt-explore control'), workProcessId);
  }

  /** Asks the server to cancel the work connection's statement (SQLSTATE 57014 arrives there). Never throws. */
  cancelWork(): void {
    const sent = this.link.query('SELECT pg_cancel_backend($1)', [this.workProcessId]).catch(() => undefined);
    this.sending = this.sending.then(() => sent);
  }

  /** Resolves when no cancel is on its way any more. */
  async settled(): Promise<void> {
    await this.sending;
  }

  /** undefined while no CREATE INDEX runs there (or the server does not say). Never throws. */
  async buildProgress(): Promise<BuildProgress | undefined> {
    const rows = await this.link
      .query(
        `SELECT phase, blocks_total::float8, blocks_done::float8, tuples_total::float8, tuples_done::float8
         FROM pg_catalog.pg_stat_progress_create_index WHERE pid = $1`,
        [this.workProcessId],
      )
      .catch(() => []);
    const [row] = rows;
    if (row === undefined) return undefined;
    const share = (done: unknown, total: unknown) =>
      Number(total) > 0 ? Math.min(1, Number(done) / Number(total)) : 0;
    return {
      phase: String(row.phase),
      fraction: fractionOf(
        String(row.phase),
        share(row.blocks_done, row.blocks_total),
        share(row.tuples_done, row.tuples_total),
      ),
    };
  }

  async close(): Promise<void> {
    await this.link.end();
  }
}

/**
 * PostgreSQL reports each phase from 0 to 1 by itself. Scanning the table takes about 60 % of a B-tree build, sorting
 * 15 %, loading the rest; the bar only has to grow and to be roughly right.
 */
export function fractionOf(phase: string, blocks: number, tuples: number): number {
  if (phase.includes('loading')) return 0.75 + 0.25 * tuples;
  if (phase.includes('sorting')) return 0.6 + 0.15 * tuples;
  if (phase.includes('scanning')) return 0.6 * blocks;
  return 0;
}
