import type { ConnectionOptions } from 'node:tls';

/** libpq's sslmode. */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export interface TlsSettings {
  readonly mode: SslMode;
  /** What Node's TLS is to present and to verify; the private key never leaves this object. */
  readonly options: ConnectionOptions;
}

/** Where a server is, in terms of libpq's own parameters. The password never leaves this object. */
export interface ConnectionSettings {
  /** Host name, address, or the folder of a Unix socket (starts with `/`). */
  readonly host: string;
  /** Where to connect to instead of looking `host` up; certificates are still held to `host`. */
  readonly hostAddress?: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string;
  /** undefined is a plain connection; so is every Unix socket. */
  readonly tls?: TlsSettings;
  /** ms; 0 waits for ever; undefined is the program's own patience. */
  readonly connectTimeoutMs?: number;
  /** Settings for the server process, as in PGOPTIONS. */
  readonly options?: string;
  /** In place of the program's own name. */
  readonly applicationName?: string;
  /** True: a password is given only to a server that proves to know it, over this very TLS connection. */
  readonly channelBinding?: boolean;
}

/** Called with each step of preparing a database: starting, loading, connecting. */
export type LoadEvent =
  /** A new step began; `message` is a short present-participle phrase: `starting PostgreSQL 15`. */
  | { readonly type: 'startup:step'; readonly message: string }
  /** Repeated while the demo is loaded. */
  | {
      readonly type: 'startup:progress';
      readonly message: string;
      readonly rowsDone: number;
      readonly rowsTotal: number;
      /** ms; undefined until there is something to go by. */
      readonly remainingMs: number | undefined;
    };
