/** The table of connection failures: how each is recognized, its message, and the next step. The first match wins. */
import { type ErrorFields, withDetails } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import { NoChannelBinding, NoPassword } from './client.ts';
import type { ConnectionSettings } from './connectionSettings.ts';
import { ProtocolViolation } from './frames.ts';
import { DECLINES_TLS, NotPostgres, PATIENCE_MS, TIMED_OUT } from './open.ts';

interface Failure {
  readonly when: (trouble: Trouble) => boolean;
  /** Default: the message of the server, the system or TLS. */
  readonly says?: (trouble: Trouble) => string;
  readonly next: string | ((trouble: Trouble) => string);
}

const code =
  (...codes: readonly string[]) =>
  (trouble: Trouble): boolean =>
    codes.includes(trouble.code);
const says =
  (pattern: RegExp) =>
  ({ message }: Trouble): boolean =>
    pattern.test(message);
const onSocket = ({ settings }: Trouble): boolean => settings.host.startsWith('/');

const NETWORK: readonly Failure[] = [
  {
    when: trouble => code('ECONNREFUSED', 'ENOENT', 'ENOTSOCK')(trouble) && onSocket(trouble),
    says: ({ settings }) => `no server listens on the socket .s.PGSQL.${settings.port} there`,
    next: 'start the server, or name the folder of its unix_socket_directories, its port, or a host',
  },
  {
    when: code('ECONNREFUSED'),
    says: () => 'nothing listens there (connection refused)',
    next: 'start the server, or correct host and port (--url, PGHOST, PGPORT)',
  },
  {
    when: code('EACCES', 'EPERM'),
    says: () => 'you may not use that socket (permission denied)',
    next: 'connect as an account that may enter the folder, or over TCP with a host',
  },
  {
    when: code('ENOTFOUND'),
    says: ({ settings }) => `the host name ${settings.host} is not known`,
    next: 'correct the host (--url, PGHOST)',
  },
  {
    when: code('EAI_AGAIN'),
    says: ({ settings }) => `the name server does not answer for ${settings.host}`,
    next: 'check this machine’s network and try again',
  },
  {
    when: trouble => code('ETIMEDOUT')(trouble) || trouble.message === TIMED_OUT,
    says: ({ patience, code: errno }) =>
      errno === 'ETIMEDOUT' ? 'no answer' : `no answer within ${patience} s`,
    next: 'check host, port and firewalls, or wait longer with PGCONNECT_TIMEOUT (seconds)',
  },
  {
    when: code('EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'),
    says: () => 'there is no route to that host',
    next: 'check the network, a VPN perhaps, and the host',
  },
  {
    when: ({ error }) => error instanceof NotPostgres,
    says: () => 'what answers there does not speak PostgreSQL’s protocol',
    next: 'correct host and port: PostgreSQL’s is 5432 by default',
  },
  {
    when: ({ error }) => error instanceof ProtocolViolation,
    next: 'correct host and port, or check for a proxy or a pooler in between',
  },
];

const TLS: readonly Failure[] = [
  {
    when: says(new RegExp(DECLINES_TLS)),
    says: () => 'the server does not offer TLS',
    next: ({ settings }) =>
      settings.tls?.options.rejectUnauthorized === true
        ? 'have TLS enabled on the server (ssl = on); without it the server cannot be verified'
        : 'have TLS enabled on the server (ssl = on), or use sslmode=prefer if the network is trusted',
  },
  {
    when: says(/^There was an error establishing an SSL connection$/),
    says: () => 'the server answered the request for TLS with an error',
    next: 'try sslmode=disable to see which, or try again: it may have no room for another connection',
  },
  {
    when: code('ERR_TLS_CERT_ALTNAME_INVALID'),
    says: ({ settings }) => `the server’s certificate is not for the name ${settings.host}`,
    next: 'connect by a name that is in the certificate; sslmode=verify-ca does not compare names',
  },
  {
    when: code('CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'),
    says: trouble =>
      `the server’s certificate ${trouble.code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'}`,
    next: 'have it renewed, and check the clock of this machine',
  },
  {
    when: code('DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'),
    says: () => 'the server’s certificate is signed by an authority that is not trusted here',
    next: 'name the authority’s certificate in sslrootcert',
  },
  {
    when: trouble => /^UNABLE_TO_|^CERT_|^INVALID_(CA|PURPOSE)/.test(trouble.code),
    says: ({ message }) => `the server’s certificate cannot be verified (${message})`,
    next: 'name the certificate of the authority that signed it in sslrootcert',
  },
  {
    when: says(/certificate required|handshake failure|unknown ca|bad certificate|certificate unknown/),
    says: ({ message }) => `the server refuses the TLS handshake (${alertOf(message)})`,
    next: 'name a client certificate that it trusts in sslcert, and its key in sslkey',
  },
  {
    when: trouble =>
      /PASSPHRASE|BAD_DECRYPT|INTERRUPTED/.test(trouble.code) || says(/passphrase|bad decrypt/)(trouble),
    says: () => 'the private key is encrypted',
    next: 'decrypt it into a file of your own (openssl pkey), and name that in sslkey',
  },
  {
    when: trouble => /^ERR_OSSL_|^ERR_SSL_|^EPROTO$/.test(trouble.code),
    says: ({ message }) => `TLS failed (${alertOf(message)})`,
    next: 'check sslcert, sslkey and sslrootcert, and the TLS versions that the server allows',
  },
  {
    when: ({ error }) => error instanceof NoChannelBinding,
    says: () => 'the server does not offer channel binding, which channel_binding=require asks for',
    next: 'connect to it directly with scram-sha-256, or leave channel_binding out',
  },
];

const LOGIN: readonly Failure[] = [
  {
    when: ({ error }) => error instanceof NoPassword,
    says: () => 'the server wants a password, and none was given',
    next: 'use --password to be asked for it, PGPASSWORD, or ~/.pgpass',
  },
  {
    when: code('28P01'),
    next: ({ settings }) =>
      settings.password === undefined
        ? 'use --password to be asked for it, PGPASSWORD, or ~/.pgpass'
        : 'correct the password (--password asks for it; PGPASSWORD and ~/.pgpass are read)',
  },
  {
    when: trouble => code('28000')(trouble) && says(/no encryption|SSL off/)(trouble),
    next: 'use sslmode=require, or have an entry for this host added to pg_hba.conf',
  },
  {
    when: trouble => code('28000')(trouble) && says(/SSL encryption|SSL on/)(trouble),
    next: 'have an entry for this host, user and database added to pg_hba.conf, or try sslmode=disable',
  },
  {
    when: trouble => code('28000')(trouble) && says(/pg_hba\.conf/)(trouble),
    next: 'have an entry for this user and database added to pg_hba.conf',
  },
  {
    when: trouble => code('28000')(trouble) && says(/^(Peer|Ident) auth/i)(trouble),
    next: 'run as the account of that name, or connect over TCP with a host and a password',
  },
  {
    when: trouble => code('28000')(trouble) && says(/certificate/)(trouble),
    next: 'name a client certificate for this role in sslcert, and its key in sslkey',
  },
  { when: code('28000'), next: 'name another role (--url, PGUSER)' },
  {
    when: trouble => code('3D000')(trouble) || says(/no such database|^database .* does not exist$/)(trouble),
    next: 'correct the name of the database (--url, PGDATABASE)',
  },
  {
    // PgBouncer's, for a role that it has no entry for.
    when: says(/no such user|^"trust" authentication failed/),
    next: 'correct the name of the role (--url, PGUSER), as the pooler knows it',
  },
  { when: code('42501'), next: 'have CONNECT granted on the database, or name another role' },
];

const SERVER: readonly Failure[] = [
  {
    when: trouble => code('57P03')(trouble) && says(/recovery|standby|consistent/i)(trouble),
    next: 'wait until the server has recovered (its log shows its progress) and start again',
  },
  { when: code('57P03'), next: 'wait a moment and start again' },
  {
    when: code('57P01', '57P02', '57P05'),
    next: 'the server was stopped or restarted: start again when it is back',
  },
  {
    when: trouble =>
      code('53300')(trouble) || says(/too many (clients|connections)|no more connections/)(trouble),
    next: 'end other connections, or raise max_connections or the role’s or the pooler’s limit: two are needed',
  },
  {
    when: says(/unsupported startup parameter/),
    next: 'unset PGOPTIONS (or `options`): the pooler does not pass it on',
  },
  {
    when: says(/query_wait_timeout|client_login_timeout/),
    next: 'the pool has no free connection to the server: try again later, or raise its pool_size',
  },
  {
    when: says(/server_login_retry|server login has been|connect failed|cannot connect to server/i),
    next: 'the pooler cannot reach the server behind it: check that server, and try again',
  },
  { when: says(/SSL required/), next: 'use sslmode=require' },
  {
    when: trouble =>
      code('ECONNRESET', 'EPIPE')(trouble) ||
      says(/^Connection terminated|disconnected before secure/)(trouble),
    says: () => 'the connection was cut before the server had answered',
    next: 'check the server’s log, sslmode, and any proxy in between',
  },
  { when: trouble => trouble.code.startsWith('53'), next: 'free what the server lacks, or try again later' },
];

const FAILURES: readonly Failure[] = [...NETWORK, ...TLS, ...LOGIN, ...SERVER];

/** OpenSSL's own words out of `80…:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:../…`. */
function alertOf(message: string): string {
  const [, alert] = /SSL routines:[^:]*:([^:]+)/.exec(message) ?? [];
  return alert ?? message;
}

interface Trouble {
  readonly error: unknown;
  /** SQLSTATE, errno or Node's TLS code; empty where there is none. */
  readonly code: string;
  readonly message: string;
  readonly settings: ConnectionSettings;
  /** Duration of the wait, s. */
  readonly patience: number;
}

/**
 * Why a connection failed and what to do, in one line.
 * @returns 'connection-refused', without the password in it.
 */
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

/** The server's location for display; never the password. */
function describe({ host, hostAddress, port, user, database }: ConnectionSettings): string {
  if (host.startsWith('/')) return `database ${database} as ${user} (socket ${host}, port ${port})`;
  const address = hostAddress === undefined || hostAddress === host ? '' : ` (${hostAddress})`;
  return `database ${database} as ${user} at ${host}:${port}${address}`;
}
