/** `pgopt-explore lens`: what a planner has to know of a database, as one JSON document; reads catalogs only. */
import { constants } from 'node:os';
import { connect, type Link } from '../database/link.ts';
import type { ConnectionSettings } from '../database/types.ts';
import { EXIT, formatError, PgoptError } from '../errors.ts';
import type { LensDocument } from '../lens/document.ts';
import { printLens } from '../lens/print.ts';
import { readLens } from '../lens/read/read.ts';
import { redact } from '../lens/redact.ts';
import { summaryLines } from '../lens/summary.ts';
import type { Io, TargetOptions } from '../run.ts';
import { chooseDatabase } from './choice.ts';
import { progressLine } from './progress.ts';
import { openTarget } from './target.ts';
import { write } from './write.ts';

export interface LensOptions
  extends Pick<TargetOptions, 'url' | 'service' | 'password' | 'demo' | 'scale' | 'fresh'> {
  readonly redact?: boolean;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The document goes to stdout, what there is to say of it to stderr.
 * @returns 0; 128 + its number after a signal.
 * @throws PgoptError 'usage', 'server-unsupported', 'session-refused', or one of the connection's or the embedded server's.
 */
export async function lens(options: LensOptions, io: Io): Promise<number> {
  const choice = await chooseDatabase(options, io);
  const progress = progressLine(io.stderr, { queries: [] });
  const abort = new AbortController();
  let interruptedBy: NodeJS.Signals | undefined;
  const interrupt = (signal: NodeJS.Signals) => {
    interruptedBy ??= signal;
    abort.abort();
  };
  for (const signal of SIGNALS) io.on(signal, interrupt);
  try {
    const target = await openTarget(choice, options, io, progress.startup, abort.signal);
    let read: LensDocument;
    try {
      progress.startup({ type: 'startup:step', message: 'reading the catalogs' });
      read = await readFrom(target.settings, abort.signal);
    } finally {
      await target.release();
    }
    progress.done();
    const redacted = options.redact === true ? redact(read) : undefined;
    const document = redacted?.document ?? read;
    await write(io.stdout, printLens(document));
    await write(io.stderr, `${summaryLines(document, redacted?.without).join('\n')}\n`);
    return EXIT.ok;
  } catch (error) {
    if (interruptedBy === undefined || !(error instanceof PgoptError && error.code === 'cancelled'))
      throw error;
    progress.done();
    io.stderr.write(`${formatError(error)}\n`);
    return 128 + constants.signals[interruptedBy];
  } finally {
    progress.done();
    for (const signal of SIGNALS) io.off(signal, interrupt);
  }
}

/** @throws PgoptError 'cancelled' when `signal` was aborted: the server rolls back what loses its connection. */
async function readFrom(settings: ConnectionSettings, signal: AbortSignal): Promise<LensDocument> {
  const link: Link = await connect(settings, 'pgopt-explore lens', signal);
  const leave = () => void link.end(0);
  signal.addEventListener('abort', leave);
  try {
    return await readLens(link);
  } catch (error) {
    if (signal.aborted) throw new PgoptError('cancelled', 'interrupted while reading');
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
    if (!signal.aborted) await link.end();
  }
}
