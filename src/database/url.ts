/**
 * `--url` and similar options → libpq's parameters. A URL goes through node-pg's reader; libpq's `host=… dbname='my
 * shop'`, pairs with quotes and backslashes, is read here.
 */
import { parse } from 'pg-connection-string';
import { PgoptError } from '../base/errors.ts';
import { hasNoEffect, isParameter, KNOWN, type Parameters } from './parameters.ts';

const PAIR = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/suy;

/** The pairs in order; undefined for any other text. */
function pairsOf(text: string): readonly (readonly [string, string])[] | undefined {
  const pairs: [string, string][] = [];
  const trimmed = text.trim();
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < trimmed.length) {
    const found = PAIR.exec(trimmed);
    if (found === null) return undefined;
    const [, name = '', quoted, bare = ''] = found;
    pairs.push([name, (quoted ?? bare).replace(/\\(.)/gsu, '$1')]);
  }
  return pairs;
}

const HOW = 'write it like postgresql://user@host:5432/database (the password goes into PGPASSWORD)';

/**
 * @param option Name of the option, as typed.
 * @throws PgoptError 'usage' for any other text, without the text, which may hold a password.
 */
export function parametersFromUrl(text: string, option = '--url'): Parameters {
  if (/^postgres(ql)?:\/\//.test(text)) return fromUrl(text, option);
  const pairs = /^\s*[a-z_]+\s*=/.test(text) ? pairsOf(text) : undefined;
  if (pairs !== undefined) return known(pairs, option);
  throw new PgoptError('usage', `${option} must start with postgres:// or postgresql://`, { next: HOW });
}

function fromUrl(url: string, option: string): Parameters {
  refuseUnescaped(url, option);
  const start = url.includes('?') ? url.indexOf('?') : url.length;
  const given = known(
    [...new URLSearchParams(url.slice(start))].map(([name, value]) =>
      // The form of JDBC and many providers.
      name === 'ssl' && value === 'true' ? ['sslmode', 'require'] : [name, value],
    ),
    option,
  );
  refuseSeveralHosts(url.slice(0, start), option);
  let parsed: ReturnType<typeof parse>;
  try {
    // Without its parameters: node-pg's reader would open certificates and print its own warnings about sslmode.
    parsed = parse(url.slice(0, start));
  } catch {
    throw new PgoptError('usage', `${option} is not a valid URL`, { next: HOW });
  }
  const named = {
    host: parsed.host,
    port: parsed.port,
    dbname: parsed.database,
    user: parsed.user,
    password: parsed.password,
  };
  // The reader returns an empty text for parts that the URL does not name.
  return { ...Object.fromEntries(Object.entries(named).filter(([, value]) => value)), ...given };
}

/** An unescaped `#`, `/`, `?` or `@` would end a password there, and the rest would be shown as host or database. */
function refuseUnescaped(url: string, option: string): void {
  const [, path = '', query = ''] = /^[^:]*:\/\/[^/?#]*\/?([^?]*)(.*)$/s.exec(url) ?? [];
  if (!url.includes('#') && !/[@/]/.test(path) && !query.includes('@')) return;
  throw new PgoptError('usage', `${option} is ambiguous`, {
    next: 'percent-encode special characters in the user name and password (the password may go into PGPASSWORD)',
  });
}

function refuseSeveralHosts(url: string, option: string): void {
  const authority = /^[^:]*:\/\/([^/]*)/.exec(url)?.[1] ?? '';
  if (authority.slice(authority.lastIndexOf('@') + 1).includes(',')) throw severalHosts(option);
}

/** All figures of a session come from one server. */
export const severalHosts = (where: string): PgoptError =>
  new PgoptError('usage', `${where} names several hosts`, { next: 'name the one to work on' });

function known(pairs: Iterable<readonly [string, string] | string[]>, option: string): Parameters {
  const parameters: Record<string, string> = {};
  for (const [name = '', value = ''] of pairs) {
    if (hasNoEffect(name)) continue;
    if (!isParameter(name) || name === 'password')
      throw new PgoptError('usage', `${option}: the parameter ${JSON.stringify(name)} is not known here`, {
        next: name === 'password' ? 'put the password into PGPASSWORD' : `known are ${KNOWN.join(', ')}`,
      });
    if (value !== '') parameters[name] = value;
  }
  return parameters;
}
