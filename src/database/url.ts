/** `--url` → settings, through node-pg's own reader of connection strings. */
import { parse } from 'pg-connection-string';
import { PgoptError } from '../errors.ts';
import type { ConnectionSettings } from './types.ts';

/** What a URL may say behind its `?`; all else would be ignored without a word. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'host',
  'port',
  'user',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'uselibpqcompat',
  'application_name',
  'connect_timeout',
]);

const ADVICE: Readonly<Partial<Record<string, string>>> = {
  options: 'set it for the role or the database: ALTER ROLE … SET …',
  password: 'put the password into PGPASSWORD',
};

/** @throws PgoptError 'usage' for what is no PostgreSQL URL; the URL itself, which may hold a password, is not repeated. */
export function settingsFromUrl(url: string, env: NodeJS.ProcessEnv, userName: string): ConnectionSettings {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new PgoptError('usage', '--url must start with postgres:// or postgresql://', {
      next: 'write it like postgresql://user@host:5432/database (the password goes into PGPASSWORD)',
    });
  }
  refuseUnescaped(url);
  refuseUnknown(url);
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(url);
  } catch {
    throw new PgoptError('usage', '--url is not a valid URL', {
      next: 'write it like postgresql://user@host:5432/database (the password goes into PGPASSWORD)',
    });
  }
  // What the URL does not name comes as an empty text.
  const user = parsed.user || env.PGUSER || userName;
  const password = parsed.password || env.PGPASSWORD;
  return {
    host: parsed.host || env.PGHOST || 'localhost',
    port: Number(parsed.port || env.PGPORT || 5432),
    user,
    database: parsed.database || env.PGDATABASE || user,
    ...(password === undefined ? {} : { password }),
    ...(parsed.ssl === undefined ? {} : { ssl: parsed.ssl as boolean | object }),
  };
}

/** A `#`, `/`, `?` or `@` left as it is in a password would end it there: the rest would be shown as host or database. */
function refuseUnescaped(url: string): void {
  const [, path = '', query = ''] = /^[^:]*:\/\/[^/?#]*\/?([^?]*)(.*)$/s.exec(url) ?? [];
  if (!url.includes('#') && !/[@/]/.test(path) && !query.includes('@')) return;
  throw new PgoptError('usage', '--url cannot be read without doubt', {
    next: 'percent-encode special characters in the user name and password (the password may go into PGPASSWORD)',
  });
}

function refuseUnknown(url: string): void {
  const query = url.includes('?') ? url.slice(url.indexOf('?')) : '';
  for (const name of new URLSearchParams(query).keys()) {
    if (PARAMETERS.has(name)) continue;
    throw new PgoptError('usage', `--url: the parameter ${JSON.stringify(name)} is not known here`, {
      next:
        (Object.hasOwn(ADVICE, name) ? ADVICE[name] : undefined) ?? `known are ${[...PARAMETERS].join(', ')}`,
    });
  }
}
