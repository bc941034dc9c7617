/** Opens a connection, with and without TLS in the order of sslmode. */
import { type Client, makeClient, NoChannelBinding, NoPassword } from './client.ts';
import type { ConnectionSettings } from './connectionSettings.ts';
import { ProtocolViolation } from './frames.ts';

/** The port answers, but not like PostgreSQL. */
export class NotPostgres extends Error {}

/** node-pg's messages for a server that declines TLS, and for a silent one. */
export const DECLINES_TLS = 'The server does not support SSL connections';

export const TIMED_OUT = 'timeout expired';

/** Default limit of an attempt to connect, ms. */
export const PATIENCE_MS = 15_000;

/** @throws the error of the network, TLS or the server; no connection stays open. */
export async function openClient(
  settings: ConnectionSettings,
  applicationName: string,
  signal: AbortSignal | undefined,
): Promise<Client> {
  const [first, second] = attempts(settings);
  try {
    return await attempt(settings, first, applicationName, signal);
  } catch (error) {
    if (second === undefined || signal?.aborted === true || !mayFallBack(error, first)) throw error;
    try {
      return await attempt(settings, second, applicationName, signal);
    } catch (later) {
      throw moreTelling(error, later);
    }
  }
}

/** Whether the first attempt encrypts, and the second one if there may be one. */
function attempts({ tls, host }: ConnectionSettings): readonly [boolean, boolean?] {
  if (tls === undefined || tls.mode === 'disable' || host.startsWith('/')) return [false];
  if (tls.mode === 'prefer') return [true, false];
  return tls.mode === 'allow' ? [false, true] : [true];
}

async function attempt(
  settings: ConnectionSettings,
  encrypted: boolean,
  applicationName: string,
  signal: AbortSignal | undefined,
): Promise<Client> {
  const client = makeClient(settings, encrypted, {
    application_name: settings.applicationName ?? applicationName,
    pipeline: true,
    connectionTimeoutMillis: settings.connectTimeoutMs ?? PATIENCE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  });
  // Without a listener a connection that is lost later would end the process; link.ts adds the one that reports it.
  client.on('error', () => undefined);
  const socket = client.connection.stream;
  let stranger = false;
  // node-pg would take another protocol's greeting for a message whose end never comes.
  socket.once('data', (data: Buffer) => {
    stranger = !(encrypted ? answersSslRequest(data) : /^[RENSv]/.test(data.toString('latin1')));
    if (stranger) socket.destroy(new NotPostgres());
  });
  const abort = (): unknown => socket.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    signal?.throwIfAborted();
    await client.connect();
    return client;
  } catch (error) {
    client.connection.stream.destroy();
    socket.destroy();
    throw stranger ? new NotPostgres() : error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** `S` and `N` come alone; an error may come instead, when there is no room for another connection. */
const answersSslRequest = (data: Buffer): boolean => /^([SN]$|E)/s.test(data.toString('latin1'));

/** Like libpq, tries the other way when TLS failed, or when pg_hba.conf has no entry for the first way. */
function mayFallBack(error: unknown, encrypted: boolean): boolean {
  const { code } = error as NodeJS.ErrnoException;
  // Encrypted or not, these would only repeat.
  if ([NotPostgres, ProtocolViolation, NoPassword, NoChannelBinding].some(kind => error instanceof kind))
    return false;
  if ((error as Error).message === TIMED_OUT) return false;
  return code === '28000' || (encrypted && !isOfNetwork(code) && !isOfServer(code));
}

const isOfServer = (code = ''): boolean => /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE';
const isOfNetwork = (code = ''): boolean =>
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code);

/** The failure that got further. */
function moreTelling(first: unknown, second: unknown): unknown {
  const { message, code } = second as NodeJS.ErrnoException;
  if ((first as Error).message === DECLINES_TLS) return second;
  return message === DECLINES_TLS || code === '28000' ? first : second;
}
