import type { ConnectionSettings } from '../../src/database/connectionSettings.ts';

/** postgres://user:password@host:port/database */
export function settingsOf(url: string): ConnectionSettings {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname,
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    database: decodeURIComponent(pathname.slice(1)),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}
