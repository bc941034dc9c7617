/** Which database a command uses: chosen before anything starts or draws, because it may ask for a password. */
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

/** undefined: the embedded server with its demo. */
export type Choice = ConnectionSettings | undefined;

const NAMED = ['url', 'service', 'password'] as const;
const OF_DEMO = ['demo', 'scale', 'fresh'] as const;

/**
 * Without options: the database of PGSERVICE, PGHOST, PGHOSTADDR or PGDATABASE, as in psql, otherwise the demo.
 * @throws PgoptError 'usage', or 'cancelled' after Ctrl-C at the password prompt
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

/** commander cannot check this, because an option may precede or follow the command's name. */
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

/** Epoch ms with fractions, because small builds take less than 1 ms. */
export const now = (): number => performance.timeOrigin + performance.now();

const DEFAULT_SCALE = 0.01;

export interface Target {
  readonly settings: ConnectionSettings;
  readonly embedded: boolean;
  /** For the header: `embedded PostgreSQL 15.18 · demo shop ×0.01`. */
  readonly label: string;
  readonly scale: number | undefined;
  /** ISO date on which the demo was loaded; undefined: a named database. */
  readonly loadedOn: string | undefined;
  /** Releases the embedded server, which stops when its last user is gone. Idempotent. */
  release(): Promise<void>;
}

/** @throws PgoptError with an embedded or demo code */
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
  // Load it late: a named database does not need it.
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

/** The label before the target is open; without the password. */
export function targetLabel(choice: Choice, options: TargetOptions): string {
  if (choice === undefined) return `embedded PostgreSQL 15 · demo shop ×${options.scale ?? DEFAULT_SCALE}`;
  const { host, port, database } = choice;
  return `${database} at ${host.startsWith('/') ? host : `${host}:${port}`}`;
}
