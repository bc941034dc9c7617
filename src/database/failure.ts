/** Why a connection failed, and what to do about it: one line for a person, from one table (failures.ts). */
import { type ErrorFields, withDetails } from '../base/databaseError.ts';
import { PgoptError } from '../errors.ts';
import { FAILURES } from './failures.ts';
import { PATIENCE_MS } from './open.ts';
import type { ConnectionSettings } from './types.ts';

/** What a failure is recognized by. */
export interface Trouble {
  readonly error: unknown;
  /** SQLSTATE, errno or Node's TLS code; empty where there is none. */
  readonly code: string;
  readonly message: string;
  readonly settings: ConnectionSettings;
  /** How long was waited, s. */
  readonly patience: number;
}

/** @returns 'connection-refused', without the password in it. */
export function connectionFailure(error: unknown, settings: ConnectionSettings): PgoptError {
  // A host with several addresses fails with one error for each.
  const { errors } = error as { errors?: readonly Error[] };
  const one = (errors?.[0] ?? error) as NodeJS.ErrnoException;
  const patience = (settings.connectTimeoutMs ?? PATIENCE_MS) / 1000;
  const trouble: Trouble = { error, code: one.code ?? '', message: one.message, settings, patience };
  const found = FAILURES.find(({ when }) => when(trouble));
  const what = found?.says?.(trouble) ?? (one.message || one.code || 'unknown error');
  const said = withDetails(what, one as ErrorFields);
  const next = typeof found?.next === 'function' ? found.next(trouble) : found?.next;
  return new PgoptError('connection-refused', `cannot connect to ${describe(settings)}: ${said}`, {
    ...(next === undefined ? {} : { next }),
  });
}

/** Where, for a person; never the password. */
function describe({ host, hostAddress, port, user, database }: ConnectionSettings): string {
  if (host.startsWith('/')) return `database ${database} as ${user} (socket ${host}, port ${port})`;
  const address = hostAddress === undefined || hostAddress === host ? '' : ` (${hostAddress})`;
  return `database ${database} as ${user} at ${host}:${port}${address}`;
}
