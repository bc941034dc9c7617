/** Writing a result so that all of it arrives. */

/**
 * Resolves when all is written: the process may end right after, and a pipe takes its time. A reader that went away
 * (`| head`) has seen enough.
 */
export function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: NodeJS.ErrnoException | null): void =>
      error && error.code !== 'EPIPE' ? reject(error) : resolve();
    // The error comes as an event, too, which ends the process when nobody listens.
    stream.once('error', done);
    stream.write(text, done);
  });
}
