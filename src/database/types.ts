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
