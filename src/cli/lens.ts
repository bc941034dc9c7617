import type { LensOptions } from './commands/lens.ts';
/** `pgopt-explore lens`: what a planner has to know of a database, as one JSON document; reads catalogs only. */

import { EXIT, PgoptError } from '../base/errors.ts';
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import { connect, type Link } from '../database/link.ts';
import type { LensDocument } from '../lens/document.ts';
import { printLens } from '../lens/document.ts';
import { readLens } from '../lens/read/read.ts';
import { redact } from '../lens/redact.ts';
import { summaryLines } from '../lens/summary.ts';
import { interruptible } from './interruptible.ts';
import type { Io } from './io.ts';
import { notify, printJson } from './output.ts';
import { progressLine } from './progress.ts';
import { chooseDatabase, openTarget } from './target.ts';

/**
 * The document goes to stdout, what there is to say of it to stderr.
 * @returns 0; 128 + its number after a signal.
 * @throws PgoptError 'usage', 'server-unsupported', 'session-refused', or one of the connection's or the embedded server's.
 */
export async function lens(options: LensOptions, io: Io): Promise<number> {
  const choice = await chooseDatabase(options, io);
  const progress = progressLine(io.stderr, { queries: [] });
  return interruptible(io, progress, async signal => {
    const target = await openTarget(choice, options, io, progress.startup, signal);
    let read: LensDocument;
    try {
      progress.startup({ type: 'startup:step', message: 'reading the catalogs' });
      read = await readFrom(target.settings, signal);
    } finally {
      await target.release();
    }
    progress.done();
    const redacted = options.redact === true ? redact(read) : undefined;
    const document = redacted?.document ?? read;
    await printJson(io, printLens(document));
    notify(io, summaryLines(document, redacted?.without).join('\n'));
    return EXIT.ok;
  });
}

/** @throws PgoptError 'cancelled' when `signal` was aborted: the server rolls back what loses its connection. */
export async function readFrom(settings: ConnectionSettings, signal: AbortSignal): Promise<LensDocument> {
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
