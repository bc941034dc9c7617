import type { ConnectionOptions } from 'node:tls';

/** libpq's sslmode. */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export interface TlsSettings {
  readonly mode: SslMode;
  /** Options of Node's TLS: certificates to present and to verify. The private key never leaves this object. */
  readonly options: ConnectionOptions;
}

/** The location of a server, in libpq's parameters. The password never leaves this object. */
export interface ConnectionSettings {
  /** Host name, address, or the folder of a Unix socket (starts with `/`). */
  readonly host: string;
  /** The address to connect to instead of looking `host` up; certificates are still compared with `host`. */
  readonly hostAddress?: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string;
  /** undefined is a plain connection; so is every Unix socket. */
  readonly tls?: TlsSettings;
  /** ms; 0 waits for ever; undefined is the program's default. */
  readonly connectTimeoutMs?: number;
  /** Settings for the server process, as in PGOPTIONS. */
  readonly options?: string;
  /** In place of the program's own name. */
  readonly applicationName?: string;
  /** True: only a server that proves over this TLS connection that it knows the password receives it. */
  readonly channelBinding?: boolean;
}

/** Emitted with each step of preparing a database: starting, loading, connecting. */
export type LoadEvent =
  /** A new step began; `message` is a short present-participle phrase: `starting PostgreSQL 15`. */
  | { readonly type: 'startup:step'; readonly message: string }
  /** Repeated while the demo is loaded. */
  | {
      readonly type: 'startup:progress';
      readonly message: string;
      readonly rowsDone: number;
      readonly rowsTotal: number;
      /** ms; undefined until it can be estimated. */
      readonly remainingMs: number | undefined;
    };
