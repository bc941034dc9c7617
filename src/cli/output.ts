/** Everything that a command prints, on its way out: all of it arrives, and it steers neither terminal nor runner. */
import { PgoptError } from '../base/errors.ts';
import { withoutPasswords } from '../base/secrets.ts';
import { inert, inertJson } from '../base/workflowCommands.ts';
import type { Io } from './io.ts';

/** GitHub's runner obeys lines of either stream. */
const isWatched = ({ env }: Pick<Io, 'env'>): boolean => env.GITHUB_ACTIONS === 'true';

/** A result. @throws PgoptError 'output-failed' */
export function print(io: Pick<Io, 'env' | 'stdout'>, text: string): Promise<void> {
  return write(io.stdout, isWatched(io) ? inert(text) : text);
}

/** A result that is JSON. @throws PgoptError 'output-failed' */
export function printJson(io: Pick<Io, 'env' | 'stdout'>, text: string): Promise<void> {
  return write(io.stdout, isWatched(io) ? inertJson(text) : text);
}

/** What is no result: errors, warnings, questions. */
export function notify(io: Pick<Io, 'env' | 'stderr'>, text: string): void {
  const quiet = withoutPasswords(text);
  io.stderr.write(`${isWatched(io) ? inert(quiet) : quiet}\n`);
}

/**
 * Resolves when all is written: the process may end right after, and a pipe takes its time. A reader that went away
 * (`| head`) has seen enough.
 * @throws PgoptError 'output-failed'
 */
export function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // The error comes as an event, too: main.ts listens.
    stream.write(text, (error?: NodeJS.ErrnoException | null) => {
      if (!error || error.code === 'EPIPE') {
        resolve();
        return;
      }
      const why = error.code === 'ENOSPC' ? 'no space is left on the device' : (error.code ?? error.message);
      reject(new PgoptError('output-failed', `cannot write to standard output: ${why}`));
    });
  });
}
