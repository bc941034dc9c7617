/** node-pg's client as this program wants it: from the settings alone, whatever PG* variables say. */
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { FrameCheck, ProtocolViolation } from './frames.ts';
import type { ConnectionSettings } from './proposalObject.ts';

/** All that node-pg's parser wants of a stream. */
interface Incoming {
  on(event: string, listener: (...values: never[]) => void): unknown;
}

/** What node-pg has and its types do not say. */
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

/** The server wants a password and there is none. */
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
  // Where a certificate's name and the place to connect to differ, TLS gets the name.
  const named = hostAddress === undefined ? {} : { host, ...(isIP(host) === 0 ? { servername: host } : {}) };
  const client = new pg.Client({
    ...rest,
    host: hostAddress ?? host,
    port,
    user,
    database,
    // A function: else node-pg would look into PGPASSWORD and ~/.pgpass by itself, and warn in its own way.
    password: () => {
      if (password === undefined) throw new NoPassword('no password supplied');
      return password;
    },
    ssl: encrypted ? { ...tls?.options, ...named } : false,
    sslnegotiation: 'postgres',
    enableChannelBinding: channelBinding === true,
  } as pg.ClientConfig) as Client;
  // These three it takes from the environment whenever they are empty. A pooler refuses parameters it does not know.
  client.connectionParameters.options = options;
  client.connectionParameters.replication = undefined;
  client.connectionParameters.client_encoding = undefined;
  if (channelBinding === true) insist(client);
  guard(client);
  return client;
}

/** Nothing reaches node-pg's parser that is not a well-formed message in its turn; what is not ends the connection. */
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

/** Refuses to log in any other way than by SCRAM bound to this connection. */
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
