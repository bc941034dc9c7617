/** `--lens FILE`: a database that is only known from its lens, on an embedded server of its PostgreSQL. */
import { resolve } from 'node:path';
import { isMajor } from '../database/embedded/major.ts';
import { PgoptError } from '../errors.ts';
import type { LensDocument } from '../lens/document.ts';
import type { LensSessionOptions } from '../lens/open.ts';
import type { Io, TargetOptions } from '../run.ts';
import type { ExplorerSession, StartupEvent } from '../session/events.ts';
import type { Workload } from '../workload/types.ts';
import { openOnServer } from './lensServer.ts';
import { now } from './target.ts';
import { decode, readUpTo, whyUnreadable } from './textFile.ts';

/** Options that mean nothing where no database is connected to. */
const OF_DATABASES = [
  'url',
  'service',
  'password',
  'demo',
  'scale',
  'fresh',
  'writeCost',
  'lockTimeout',
  'statementTimeout',
  'idleTimeout',
  'ageLimit',
] as const satisfies readonly (keyof TargetOptions)[];

/** @returns undefined without `--lens`. @throws PgoptError 'lens-invalid', 'lens-unreadable' or 'usage' */
export async function lensOf(options: TargetOptions, io: Io): Promise<LensDocument | undefined> {
  const { lens: file } = options;
  if (file === undefined) return undefined;
  if (options.role !== undefined)
    throw new PgoptError('usage', '--role means nothing in a lens, which has no roles of its own');
  const ignored = OF_DATABASES.find(name => options[name] !== undefined && options[name] !== false);
  if (ignored !== undefined)
    throw new PgoptError(
      'usage',
      `--lens and --${ignored.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)} exclude each other`,
      {
        next: 'a lens needs no database: leave one of them out',
      },
    );
  const text = await textOf(file, io.cwd());
  const { parseLens } = await import('../lens/parse.ts');
  const document = await parseLens(text, file);
  const { major, serverVersion } = document.source;
  if (!isMajor(major))
    throw new PgoptError('lens-invalid', `${file} is of PostgreSQL ${serverVersion}`, {
      next: 'use a lens of PostgreSQL 13 to 18',
    });
  return document;
}

/** A string of JavaScript has no more characters. */
const MOST_BYTES = 500_000_000;

/** @throws PgoptError 'lens-unreadable' */
async function textOf(file: string, folder: string): Promise<string> {
  const bytes = await readUpTo(resolve(folder, file), MOST_BYTES).catch((error: unknown) => {
    throw new PgoptError('lens-unreadable', `cannot read ${file}: ${whyUnreadable(error)}`);
  });
  if (bytes === undefined) throw new PgoptError('lens-unreadable', `${file} is too large to be a lens`);
  const text = decode(bytes);
  if (text === undefined) throw new PgoptError('lens-unreadable', `${file} is no text`);
  return text;
}

/** `lens of shop, PostgreSQL 15.4` */
export const lensLabel = ({ source }: LensDocument): string =>
  `lens of ${source.database}, PostgreSQL ${source.serverVersion}`;

/** Its close() lets go of the server, too. @throws PgoptError 'lens-failed', 'cancelled', or one of the embedded codes */
export async function openLensFile(
  document: LensDocument,
  workload: Workload,
  io: Io,
  report: (event: StartupEvent) => void,
  signal: AbortSignal,
  more: Pick<LensSessionOptions, 'planner'> = {},
): Promise<ExplorerSession> {
  const [{ openLens }, { newNames }] = await Promise.all([
    import('../lens/open.ts'),
    import('../session/names.ts'),
  ]);
  const onStep = (message: string) => report({ type: 'startup:step', message });
  const { session } = await openOnServer(document.source.serverVersion, io, { signal, onStep }, server =>
    openLens(server, document, { workload, names: newNames(), now, signal, ...more }),
  );
  return session;
}
