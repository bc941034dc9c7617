/** `--url` → settings, through node-pg's own reader of connection strings. */
import { parse } from 'pg-connection-string';
import { PgoptError } from '../errors.ts';
import type { ConnectionSettings } from './types.ts';

/** @throws PgoptError 'usage' for what is no PostgreSQL URL; the URL itself, which may hold a password, is not repeated. */
export function settingsFromUrl(url: string, env: NodeJS.ProcessEnv, userName: string): ConnectionSettings {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new PgoptError('usage', '--url must start with postgres:// or postgresql://', {
      next: 'write it like postgresql://user@host:5432/database (the password goes into PGPASSWORD)',
    });
  }
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(url);
  } catch {
    throw new PgoptError('usage', '--url is not a valid URL', {
      next: 'write it like postgresql://user@host:5432/database (the password goes into PGPASSWORD)',
    });
  }
  const user = parsed.user ?? env.PGUSER ?? userName;
  const password = parsed.password ?? env.PGPASSWORD;
  return {
    host: parsed.host || env.PGHOST || 'localhost',
    port: Number(parsed.port || env.PGPORT || 5432),
    user,
    database: parsed.database || env.PGDATABASE || user,
    ...(password === undefined ? {} : { password }),
    ...(parsed.ssl === undefined ? {} : { ssl: parsed.ssl as boolean | object }),
  };
}
