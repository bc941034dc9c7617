/** Where a command works: the database that was named, or the embedded one with its demo shop. */
import { join } from 'node:path';
import type { ConnectionSettings } from '../database/types.ts';
import { packageFolder } from '../package.ts';
import type { Io, TargetOptions } from '../run.ts';
import type { StartupEvent } from '../session/events.ts';
import type { Choice } from './choice.ts';

/** Epoch ms with fractions: the smallest index is built in less than one. */
export const now = (): number => performance.timeOrigin + performance.now();

export const DEFAULT_SCALE = 0.01;

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
