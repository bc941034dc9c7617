/** Prints a command's output completely, and keeps its data from steering a terminal or a CI runner. */
import { PgoptError } from '../base/errors.ts';
import { fileProblem } from '../base/fileErrors.ts';
import { withoutPasswords } from '../base/secrets.ts';
import { inert, inertJson } from '../base/workflowCommands.ts';
import type { Io } from './io.ts';

/** GitHub's runner reads commands from both streams. */
const isWatched = ({ env }: Pick<Io, 'env'>): boolean => env.GITHUB_ACTIONS === 'true';

/** @throws PgoptError 'output-failed' */
export function print(io: Pick<Io, 'env' | 'stdout'>, text: string): Promise<void> {
  return write(io.stdout, isWatched(io) ? inert(text) : text);
}

/** @throws PgoptError 'output-failed' */
export function printJson(io: Pick<Io, 'env' | 'stdout'>, text: string): Promise<void> {
  return write(io.stdout, isWatched(io) ? inertJson(text) : text);
}

/** For errors, warnings and questions. */
export function notify(io: Pick<Io, 'env' | 'stderr'>, text: string): void {
  const quiet = withoutPasswords(text);
  io.stderr.write(`${isWatched(io) ? inert(quiet) : quiet}\n`);
}

/**
 * Resolves when everything is written, because the process may exit right after. A reader that closes the pipe (`|
 * head`) is not an error.
 * @throws PgoptError 'output-failed'
 */
export function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // The stream also emits the error; main.ts listens.
    stream.write(text, (error?: NodeJS.ErrnoException | null) => {
      if (!error || error.code === 'EPIPE') {
        resolve();
        return;
      }
      reject(
        new PgoptError('output-failed', `cannot write to standard output: ${fileProblem(error, 'write')}`),
      );
    });
  });
}
