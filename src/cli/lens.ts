/** `pgopt-explore lens`: prints everything that the planner needs from a database as one JSON document; reads catalogs only. */
import { EXIT, PgoptError } from '../base/errors.ts';
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import { connect, type Link } from '../database/link.ts';
import { type LensDocument, printLens } from '../lens/document.ts';
import { readLens } from '../lens/read/read.ts';
import { redact } from '../lens/redact.ts';
import { summaryLines } from '../lens/summary.ts';
import type { LensOptions } from './commands/lens.ts';
import { interruptible } from './interruptible.ts';
import type { Io } from './io.ts';
import { notify, printJson } from './output.ts';
import { progressLine } from './progress.ts';
import { chooseDatabase, openTarget } from './target.ts';

/**
 * Prints the document on stdout and its summary on stderr.
 * @returns 0; 128 + n after signal n.
 * @throws PgoptError 'usage', 'server-unsupported', 'session-refused', or an error of the connection or the embedded
 *   server
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

/**
 * Closing the connection makes the server roll back.
 * @throws PgoptError 'cancelled' if `signal` aborts
 */
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
