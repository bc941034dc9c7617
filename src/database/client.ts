/** node-pg's client, configured from the settings alone, whatever the PG* variables are. */
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { ConnectionSettings } from './connectionSettings.ts';
import { FrameCheck, ProtocolViolation } from './frames.ts';

/** The part of a stream that node-pg's parser uses. */
interface Incoming {
  on(event: string, listener: (...values: never[]) => void): unknown;
}

/** Members of node-pg that its types lack. */
export type Client = pg.Client & {
  readonly connection: NodeJS.EventEmitter & {
    readonly stream: Duplex;
    attachListeners: (stream: Incoming) => void;
  };
  readonly connectionParameters: Record<string, unknown>;
  getTransactionStatus(): string | null;
  ref(): void;
  unref(): void;
};

export class NoPassword extends Error {}
/** channel_binding=require, and the server cannot prove itself. */
export class NoChannelBinding extends Error {}

/** @param encrypted Ask for TLS; the caller handles the settings' own mode. */
export function makeClient(
  settings: ConnectionSettings,
  encrypted: boolean,
  rest: pg.ClientConfig & { pipeline?: boolean },
): Client {
  const { host, hostAddress, port, user, database, password, options, tls, channelBinding } = settings;
  // If the certificate's name and the address to connect to differ, TLS gets the name.
  const named = hostAddress === undefined ? {} : { host, ...(isIP(host) === 0 ? { servername: host } : {}) };
  const client = new pg.Client({
    ...rest,
    host: hostAddress ?? host,
    port,
    user,
    database,
    // A function, because node-pg would read PGPASSWORD and ~/.pgpass by itself, and print its own warnings.
    password: () => {
      if (password === undefined) throw new NoPassword('no password supplied');
      return password;
    },
    ssl: encrypted ? { ...tls?.options, ...named } : false,
    sslnegotiation: 'postgres',
    enableChannelBinding: channelBinding === true,
  } as pg.ClientConfig) as Client;
  // node-pg takes these three from the environment when they are empty. A pooler refuses unknown parameters.
  client.connectionParameters.options = options;
  client.connectionParameters.replication = undefined;
  client.connectionParameters.client_encoding = undefined;
  if (channelBinding === true) insist(client);
  guard(client);
  return client;
}

/** Passes only well-formed messages, in their turn, to node-pg's parser; any other bytes end the connection. */
function guard({ connection }: Client): void {
  const attach = connection.attachListeners.bind(connection);
  const check = new FrameCheck();
  const passed =
    (parse: (messages: Buffer) => void) =>
    (chunk: Buffer): void => {
      const { stream } = connection;
      if (stream.destroyed) return;
      try {
        const messages = check.push(chunk);
        if (messages !== undefined) parse(messages);
      } catch (error) {
        stream.destroy(
          error instanceof ProtocolViolation ? error : new ProtocolViolation((error as Error).message),
        );
      }
    };
  connection.attachListeners = stream =>
    attach({
      on: (event, listener) =>
        stream.on(event, event === 'data' ? passed(listener as (messages: Buffer) => void) : listener),
    });
}

/** Refuses every login except SCRAM bound to this connection. */
function insist(client: Client): void {
  const { connection } = client;
  let bound = false;
  const refuse = (): void => {
    connection.emit('error', new NoChannelBinding('the server does not offer channel binding'));
    connection.stream.destroy();
  };
  connection.prependListener('authenticationSASL', ({ mechanisms }: { mechanisms: readonly string[] }) => {
    bound = mechanisms.includes('SCRAM-SHA-256-PLUS');
    if (!bound) refuse();
  });
  for (const weaker of ['authenticationCleartextPassword', 'authenticationMD5Password'])
    connection.prependListener(weaker, refuse);
  connection.prependListener('authenticationOk', () => {
    if (!bound) refuse();
  });
}
