/** libpq's connection parameters that are supported here, and their environment variables. */
import { PgoptError } from '../base/errors.ts';

const VARIABLES = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  service: 'PGSERVICE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  options: 'PGOPTIONS',
  application_name: 'PGAPPNAME',
  channel_binding: 'PGCHANNELBINDING',
} as const;

type ParameterName = keyof typeof VARIABLES;
export type Parameters = Readonly<Partial<Record<ParameterName, string>>>;

/** Parameters of other clients without effect here, because files and URLs are shared with them. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'client_encoding',
  'fallback_application_name',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'sslcompression',
  'sslsni',
  'tcp_user_timeout',
  'uselibpqcompat',
]);

/** Unsupported demands, with the values that demand nothing. It is better to refuse a demand than to ignore it. */
const DEMANDS: Readonly<Record<string, RegExp>> = {
  PGGSSENCMODE: /^(disable|prefer)$/,
  PGREQUIREAUTH: /^$/,
  PGREQUIREPEER: /^$/,
  PGREQUIRESSL: /^0$/,
  PGSSLCRL: /^$/,
  PGSSLCRLDIR: /^$/,
  PGSSLCERTMODE: /^allow$/,
  PGSSLMINPROTOCOLVERSION: /^TLSv1(\.[12])?$/,
  PGSSLNEGOTIATION: /^postgres$/,
  PGTARGETSESSIONATTRS: /^any$/,
};

export const isParameter = (name: string): name is ParameterName => Object.hasOwn(VARIABLES, name);
export const hasNoEffect = (name: string): boolean => WITHOUT_EFFECT.has(name);
export const KNOWN: readonly string[] = Object.keys(VARIABLES).filter(name => name !== 'password');

/** Parameters of the PG* variables; an empty one counts as unset. @throws PgoptError 'usage' for an unsupported demand. */
export function parametersFromEnv(env: NodeJS.ProcessEnv): Parameters {
  for (const [name, harmlessValue] of Object.entries(DEMANDS)) {
    const value = env[name];
    if (value === undefined || value === '' || harmlessValue.test(value)) continue;
    throw new PgoptError('usage', `${name} asks for something that is not supported here`, {
      next: `unset it (${name}= pgopt-explore …), if you can do without`,
    });
  }
  return Object.fromEntries(
    Object.entries(VARIABLES).flatMap(([name, variable]) => {
      const value = env[variable];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

/** Whether the variables name a database at all: those that psql users set to choose one. */
export const namesDatabase = (env: NodeJS.ProcessEnv): boolean =>
  ['PGSERVICE', 'PGHOST', 'PGHOSTADDR', 'PGDATABASE'].some(name => (env[name] ?? '') !== '');
