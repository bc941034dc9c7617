/** The embedded server that a lens is made on: of the same major version, for as long as the lens is open. */
import { isMajor } from '../database/embedded/major.ts';
import { PgoptError } from '../errors.ts';
import type { LensServer } from '../lens/make/make.ts';
import type { LensSession } from '../lens/open.ts';
import type { Io } from '../run.ts';
import { alsoClosing } from '../session/closing.ts';

export interface LensServerOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onStep: (message: string) => void;
}

/**
 * @param version As the server says it whose plans are wanted: `15.4`.
 * @param open Makes the lens; its session's close() lets go of the server, too.
 * @throws PgoptError 'lens-failed', 'cancelled', or one of the embedded codes.
 */
export async function openOnServer<T extends LensSession>(
  version: string,
  io: Io,
  { signal, onStep }: LensServerOptions,
  open: (server: LensServer) => Promise<T>,
): Promise<T> {
  const major = Number.parseInt(version, 10);
  if (!isMajor(major))
    throw new PgoptError('lens-failed', `there is no embedded PostgreSQL ${version} to plan with`, {
      next: 'use a server of PostgreSQL 13 to 18',
    });
  const { startEmbeddedServer } = await import('../database/embedded/server.ts');
  const server = await startEmbeddedServer({
    env: io.env,
    major,
    onStep,
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    onStep('making the lens');
    const opened = await open(server);
    alsoClosing(opened.session, server.release);
    return opened;
  } catch (error) {
    await server.release();
    throw error;
  }
}
