/** Opens lenses (of a session's database at production size, or from `--lens FILE`) on an embedded server of their major version. */
import { resolve } from 'node:path';
import { PgoptError } from '../base/errors.ts';
import { fileProblem } from '../base/fileErrors.ts';
import { formatCount, formatFactor } from '../base/format.ts';
import { isMajor } from '../database/embedded/options.ts';
import type { LensDocument, Omission } from '../lens/document.ts';
import type { LensServer } from '../lens/make/make.ts';
import type { LensSession, LensSessionOptions } from '../lens/open.ts';
import type { Production, ProductionOptions } from '../production/productionLens.ts';
import { alsoClosing } from '../session/closing.ts';
import { type ExplorerSession, openedBy, type StartupEvent } from '../session/events.ts';
import type { Workload } from '../workload/workload.ts';
import type { TargetOptions } from './commands/options.ts';
import type { Io } from './io.ts';
import { now } from './target.ts';
import { decode, readUpTo } from './textFile.ts';

interface LensServerOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onStep: (message: string) => void;
}

/**
 * @param version The server version to plan with: `15.4`.
 * @param open Makes the lens; closing its session releases the server, too.
 * @throws PgoptError 'lens-failed', 'cancelled', or an embedded code
 */
async function openOnServer<T extends LensSession>(
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

type OpenProduction = (
  session: ExplorerSession,
  options: Omit<ProductionOptions, 'now'> & { readonly onStep: (message: string) => void },
) => Promise<Production>;

/**
 * Closing the lens releases its server.
 * @throws PgoptError 'lens-failed', 'cancelled', or an embedded code
 */
export function productionWith(io: Io, now: () => number): OpenProduction {
  return async (session, { onStep, signal, ...options }) => {
    // Load it only when it is needed.
    const { openProduction } = await import('../production/productionLens.ts');
    const version = openedBy(session)?.serverVersion ?? '';
    return openOnServer(version, io, { signal, onStep }, server =>
      openProduction(session, server, { ...options, signal, now }),
    );
  };
}

/** Notes for the user: how the lens was grown, and what it lacks. */
export function notesOf({ growths, hidden }: Production): readonly Omission[] {
  return [
    ...growths
      // A constant share of the rows needs no note.
      .filter(({ distinct, stated }) => stated || distinct > 0)
      .map(({ column, factor, distinct, why }) => {
        if (factor <= 1 && distinct > 0)
          return { what: column, why: `has ${formatCount(distinct)} distinct values there (${why})` };
        const there = distinct > 0 ? `; ANALYZE there is taken to count ${formatCount(distinct)}` : '';
        return {
          what: column,
          why: `has ${formatFactor(1, factor)?.text ?? ''} as many distinct values there (${why})${there}`,
        };
      }),
    ...hidden,
  ];
}

/** Options that need a database connection. */
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

/**
 * @returns undefined without `--lens`.
 * @throws PgoptError 'lens-invalid', 'lens-unreadable' or 'usage'
 */
export async function lensOf(options: TargetOptions, io: Io): Promise<LensDocument | undefined> {
  const { lens: file } = options;
  if (file === undefined) return undefined;
  if (options.role !== undefined)
    throw new PgoptError('usage', '--role does not apply to a lens, which has no roles');
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
  const { parseLens } = await import('../lens/parse/parse.ts');
  const document = await parseLens(text, file);
  const { major, serverVersion } = document.source;
  if (!isMajor(major))
    throw new PgoptError('lens-invalid', `${file} is from PostgreSQL ${serverVersion}`, {
      next: 'use a lens of PostgreSQL 13 to 18',
    });
  return document;
}

/** The maximum length of a JavaScript string is near this. */
const MOST_BYTES = 500_000_000;

/** @throws PgoptError 'lens-unreadable' */
async function textOf(file: string, folder: string): Promise<string> {
  const bytes = await readUpTo(resolve(folder, file), MOST_BYTES).catch((error: unknown) => {
    throw new PgoptError('lens-unreadable', `cannot read ${file}: ${fileProblem(error, 'read')}`);
  });
  if (bytes === undefined) throw new PgoptError('lens-unreadable', `${file} is too large to be a lens`);
  const text = decode(bytes);
  if (text === undefined) throw new PgoptError('lens-unreadable', `${file} is not text`);
  return text;
}

/** `lens of shop, PostgreSQL 15.4` */
export const lensLabel = ({ source }: LensDocument): string =>
  `lens of ${source.database}, PostgreSQL ${source.serverVersion}`;

/**
 * Closing the session releases the server.
 * @throws PgoptError 'lens-failed', 'cancelled', or an embedded code
 */
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
