/** Writing a result so that all of it arrives. */
import { PgoptError } from '../errors.ts';

/**
 * Resolves when all is written: the process may end right after, and a pipe takes its time. A reader that went away
 * (`| head`) has seen enough.
 * @throws PgoptError 'output-failed'
 */
export function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: NodeJS.ErrnoException | null): void => {
      if (!error || error.code === 'EPIPE') {
        resolve();
        return;
      }
      const why = error.code === 'ENOSPC' ? 'no space is left on the device' : (error.code ?? error.message);
      reject(new PgoptError('output-failed', `cannot write to standard output: ${why}`));
    };
    // The error comes as an event, too, which ends the process when nothing listens.
    stream.once('error', done);
    stream.write(text, done);
  });
}
