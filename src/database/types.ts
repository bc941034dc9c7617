/** Where a server is, in terms of libpq's own parameters. The password never leaves this object. */
export interface ConnectionSettings {
  /** Host name, address, or the folder of a Unix socket (starts with `/`). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string;
  /** node-pg's TLS options; undefined is a plain connection. */
  readonly ssl?: boolean | object;
}

/** Told while a database is made ready: started, loaded, connected to. */
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
