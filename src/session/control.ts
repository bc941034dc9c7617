/** The second connection: watches the work connection's progress and cancels what it runs. Outside the transaction. */
import { KEEPALIVE } from '../database/keepalive.ts';
import { connect, type Link, type Row } from '../database/link.ts';
import type { ConnectionSettings } from '../database/types.ts';

export interface BuildProgress {
  /** The server's own phase: `building index: scanning table`. */
  readonly phase: string;
  /** Share of this statement that is done, 0…1. */
  readonly fraction: number;
}

export interface WorkState {
  /** It waits for us. */
  readonly isIdle: boolean;
  /** When that began, as the server writes it. */
  readonly since: string;
}

/** A control request is trivial for the server: one that takes longer has lost its connection on the way. */
export const PATIENCE_MS = 2000;

export class Control {
  private link: Link;
  private readonly settings: ConnectionSettings;
  private readonly workProcessId: number;
  /** Called once when no control connection can be had any more. */
  private readonly onBroken: () => void;
  /**
   * pg_stat_activity.backend_start of the work connection: process ids are used again. undefined where the server knows no such
   * process: a pooler in between gives out numbers of its own.
   */
  private workStart: string | undefined;
  /** The cancel that is on its way; the next statement must wait for it, or it would be hit instead. */
  private sending: Promise<unknown> = Promise.resolve();
  private asking = false;
  private closed = false;

  private readonly patienceMs: number;

  private constructor(
    link: Link,
    settings: ConnectionSettings,
    workProcessId: number,
    onBroken: () => void,
    patienceMs: number,
  ) {
    this.link = link;
    this.settings = settings;
    this.workProcessId = workProcessId;
    this.onBroken = onBroken;
    this.patienceMs = patienceMs;
  }

  static async open(
    settings: ConnectionSettings,
    workProcessId: number,
    onBroken: () => void,
    signal?: AbortSignal,
    patienceMs: number = PATIENCE_MS,
  ): Promise<Control> {
    const link = await connectControl(settings, signal);
    const control = new Control(link, settings, workProcessId, onBroken, patienceMs);
    const giveUp = () => void control.link.end(0);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      const [row] = await control.link.query(
        'SELECT backend_start::text AS start FROM pg_catalog.pg_stat_activity WHERE pid = $1',
        [workProcessId],
      );
      if (row !== undefined) control.workStart = String(row.start);
      return control;
    } catch (error) {
      await control.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /**
   * What the work connection's server process does, and since when by its own clock; undefined when it is not there any more.
   * @throws when the server cannot be asked.
   */
  async workState(): Promise<WorkState | undefined> {
    const [row] = await this.request(
      `SELECT state, state_change::text AS since FROM pg_catalog.pg_stat_activity
       WHERE pid = $1 AND backend_start::text = $2`,
      [this.workStart],
    );
    if (row === undefined) return this.workStart === undefined ? { isIdle: false, since: '' } : undefined;
    return { isIdle: String(row.state).startsWith('idle'), since: String(row.since) };
  }

  /** Ends the work connection from the server's side, where its own end may never hear of ours. Never throws. */
  async endWork(): Promise<void> {
    await this.request(
      `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
       WHERE pid = $1 AND backend_start::text = $2`,
      [this.workStart],
    ).catch(() => []);
  }

  /** Asks the server to cancel the work connection's statement (SQLSTATE 57014 arrives there). Never throws. */
  cancelWork(): void {
    const sent = this.request('SELECT pg_catalog.pg_cancel_backend($1)').catch(() => this.onBroken());
    this.sending = this.sending.then(() => sent);
  }

  /** Resolves when no cancel is on its way any more. */
  async settled(): Promise<void> {
    await this.sending;
  }

  /** undefined while no CREATE INDEX runs there (or the server does not say). Never throws. */
  async buildProgress(): Promise<BuildProgress | undefined> {
    if (this.asking) return undefined;
    this.asking = true;
    const rows = await this.request(
      `SELECT phase, blocks_total::float8, blocks_done::float8, tuples_total::float8, tuples_done::float8
       FROM pg_catalog.pg_stat_progress_create_index WHERE pid = $1`,
    ).catch(() => []);
    this.asking = false;
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
    this.closed = true;
    await this.link.end();
  }

  /** Once more over a new connection when this one is gone, or silent: a firewall may have dropped it. */
  private async request(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const { link } = this;
    const all = [this.workProcessId, ...values];
    try {
      return await within(link.query(text, all), this.patienceMs);
    } catch {
      if (this.closed) throw new Error('closed');
      if (this.link === link) {
        void link.end(0);
        this.link = await connectControl(this.settings, AbortSignal.timeout(this.patienceMs));
        // Nobody would end it any more.
        if (this.closed) await this.link.end(0);
      }
      return within(this.link.query(text, all), this.patienceMs);
    }
  }
}

async function connectControl(settings: ConnectionSettings, signal?: AbortSignal): Promise<Link> {
  const link = await connect(settings, 'pgopt-explore control', signal);
  // Their answers, and errors, matter to nobody.
  void link.batch(KEEPALIVE);
  return link;
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
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
