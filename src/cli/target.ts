/** Which database a command works on: settled before anything is started or drawn, since it may ask for a password. */
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { PgoptError } from '../base/errors.ts';
import { sanitize } from '../base/format.ts';
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import { namesDatabase } from '../database/parameters.ts';
import { resolveSettings } from '../database/settings.ts';
import type { StartupEvent } from '../session/events.ts';
import type { TargetOptions } from './commands/options.ts';
import type { Io } from './io.ts';
import { notify } from './output.ts';
import { packageFolder } from './packageFile.ts';
import { askPassword } from './password.ts';

/** undefined is the embedded server with its demo. */
export type Choice = ConnectionSettings | undefined;

const NAMED = ['url', 'service', 'password'] as const;
const OF_DEMO = ['demo', 'scale', 'fresh'] as const;

/**
 * Without any option: the database that PGSERVICE, PGHOST, PGHOSTADDR or PGDATABASE name, as in psql; else the demo.
 * @throws PgoptError 'usage', or 'cancelled' for Ctrl-C at the question for the password.
 */
export async function chooseDatabase(options: TargetOptions, io: Io): Promise<Choice> {
  refuseConflicts(options);
  const named = options.url !== undefined || options.service !== undefined || namesDatabase(io.env);
  if (OF_DEMO.some(name => options[name] !== undefined) || !named) {
    if (options.password === true)
      throw new PgoptError('usage', 'the demo needs no --password', {
        next: 'name a database with --url, --service or PG* variables',
      });
    return undefined;
  }
  const { settings, warnings } = await resolveSettings({
    url: options.url,
    service: options.service,
    env: io.env,
    userName: userInfo().username,
    homeFolder: io.env.HOME || homedir(),
    platform: io.platform,
    askPassword: options.password === true,
  });
  for (const warning of warnings) notify(io, `pgopt-explore: warning: ${sanitize(warning)}`);
  if (options.password !== true) return settings;
  return { ...settings, password: await askPassword(`Password for user ${sanitize(settings.user)}: `, io) };
}

/** Said here and not to commander: an option may stand before `check` or behind it. */
function refuseConflicts(options: TargetOptions): void {
  const given = (names: readonly (keyof TargetOptions)[]) =>
    names.filter(name => options[name] !== undefined);
  const [named] = given(NAMED);
  const [demo] = given(OF_DEMO);
  const [one, other] =
    options.url !== undefined && options.service !== undefined
      ? (['url', 'service'] as const)
      : [demo, named];
  if (one === undefined || other === undefined) return;
  throw new PgoptError('usage', `--${one} and --${other} exclude each other`, {
    next: 'leave one of them out',
  });
}

/** Where a command works: the database that was named, or the embedded one with its demo shop. */

/** Epoch ms with fractions: the smallest index is built in less than one. */
export const now = (): number => performance.timeOrigin + performance.now();

const DEFAULT_SCALE = 0.01;

export interface Target {
  readonly settings: ConnectionSettings;
  readonly embedded: boolean;
  /** For the header: `embedded PostgreSQL 15.18 · demo shop ×0.01`. */
  readonly label: string;
  readonly scale: number | undefined;
  /** Day the demo was loaded, ISO; undefined for a named database. */
  readonly loadedOn: string | undefined;
  /** Lets go of the embedded server, which stops when no other explorer uses it. Idempotent. */
  release(): Promise<void>;
}

/** @throws PgoptError with one of the embedded or demo codes. */
export async function openTarget(
  choice: Choice,
  options: TargetOptions,
  io: Io,
  report: (event: StartupEvent) => void,
  signal: AbortSignal,
): Promise<Target> {
  if (choice !== undefined) {
    return {
      settings: choice,
      embedded: false,
      label: targetLabel(choice, options),
      scale: undefined,
      loadedOn: undefined,
      release: async () => undefined,
    };
  }
  // Loaded here only: a named database does not need the embedded one.
  const [{ startEmbeddedServer }, { ensureDemoShop }] = await Promise.all([
    import('../database/embedded/server.ts'),
    import('../database/demo/shop.ts'),
  ]);
  const scale = options.scale ?? DEFAULT_SCALE;
  const server = await startEmbeddedServer({
    env: io.env,
    fresh: options.fresh === true,
    signal,
    onStep: message => report({ type: 'startup:step', message }),
  });
  try {
    const shop = await ensureDemoShop({
      settings: server.settings,
      scale,
      schemaFolder: join(packageFolder(), 'schema'),
      dataDirectory: server.dataDirectory,
      signal,
      onEvent: report,
    });
    let released: Promise<unknown> | undefined;
    return {
      settings: shop.settings,
      embedded: true,
      label: `embedded PostgreSQL ${server.serverVersion} · demo shop ×${scale}`,
      scale,
      loadedOn: shop.loadedOn,
      release: async () => {
        released ??= server.release();
        await released;
      },
    };
  } catch (error) {
    await server.release();
    throw error;
  }
}

/** What can be said of the target before it is open; never the password. */
export function targetLabel(choice: Choice, options: TargetOptions): string {
  if (choice === undefined) return `embedded PostgreSQL 15 · demo shop ×${options.scale ?? DEFAULT_SCALE}`;
  const { host, port, database } = choice;
  return `${database} at ${host.startsWith('/') ? host : `${host}:${port}`}`;
}
