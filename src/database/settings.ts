/** All sources of connection parameters → one ConnectionSettings, with libpq's precedence. */
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { PgoptError } from '../base/errors.ts';
import type { ConnectionSettings } from './connectionSettings.ts';
import { type Parameters, parametersFromEnv } from './parameters.ts';
import { passwordFromFile } from './pgpass.ts';
import { parametersFromService } from './serviceFile.ts';
import { tlsSettings } from './tls.ts';
import { parametersFromUrl, severalHosts } from './url.ts';

export interface Sources {
  /** `--url`: a URL, or key=value pairs. */
  readonly url?: string | undefined;
  /** The option that `url` came from, for messages, if not `--url`. */
  readonly option?: string;
  /** `--service`. */
  readonly service?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** The account's name: the default user. */
  readonly userName: string;
  readonly homeFolder: string;
  readonly platform: string;
  /** `--password`: it replaces every other one. */
  readonly askPassword?: boolean;
  /** Folders to search for the server's socket when no host is named; psql has one of these built in. */
  readonly socketFolders?: readonly string[];
}

interface Resolved {
  readonly settings: ConnectionSettings;
  /** For display, one line each. */
  readonly warnings: readonly string[];
}

const SOCKET_FOLDERS = ['/var/run/postgresql', '/run/postgresql', '/tmp'];

/** URL > service > PG* variables > defaults. @throws PgoptError 'usage', without any password in it. */
export async function resolveSettings(sources: Sources): Promise<Resolved> {
  const { env, homeFolder, platform } = sources;
  const url = sources.url === undefined ? {} : parametersFromUrl(sources.url, sources.option);
  const variables = parametersFromEnv(env);
  const service = sources.service ?? url.service ?? variables.service;
  const ofService = service === undefined ? {} : await parametersFromService(service, env, homeFolder);
  const given: Parameters = { ...variables, ...ofService, ...url };

  const port = portOf(given.port ?? '5432');
  const host = given.host ?? given.hostaddr ?? defaultHost(port, sources);
  if (host.includes(',') || given.hostaddr?.includes(',')) throw severalHosts('the connection');
  const user = given.user ?? sources.userName;
  const database = given.dbname ?? user;
  const account = { host, port, database, user };
  const passfile = given.passfile ?? defaultPassfile(sources);
  const looks = given.password === undefined && sources.askPassword !== true;
  const filed = looks ? await passwordFromFile(passfile, account, platform) : undefined;
  const password = given.password ?? filed?.password;
  // A socket never leaves the machine: libpq does not encrypt it, whatever sslmode says.
  const { tls, warnings } = host.startsWith('/')
    ? { tls: undefined, warnings: [] }
    : await tlsSettings(given, homeFolder);
  const optional = {
    hostAddress: addressOf(given.hostaddr),
    password,
    tls,
    connectTimeoutMs: timeoutOf(given.connect_timeout),
    options: given.options,
    applicationName: given.application_name,
    channelBinding: bindingOf(given.channel_binding, tls !== undefined),
  };
  const named = Object.entries(optional).filter(([, value]) => value !== undefined);
  return {
    settings: { ...account, ...Object.fromEntries(named) },
    warnings: [...(filed?.warning === undefined ? [] : [filed.warning]), ...warnings],
  };
}

function defaultHost(port: number, { socketFolders = SOCKET_FOLDERS }: Sources): string {
  return socketFolders.find(folder => existsSync(join(folder, `.s.PGSQL.${port}`))) ?? 'localhost';
}

function defaultPassfile({ env, homeFolder, platform }: Sources): string {
  return platform === 'win32'
    ? join(env.APPDATA ?? homeFolder, 'postgresql', 'pgpass.conf')
    : join(homeFolder, '.pgpass');
}

function portOf(text: string): number {
  if (text.includes(',')) throw severalHosts('the connection');
  const port = Number(text);
  if (/^\d+$/.test(text.trim()) && port >= 1 && port <= 65_535) return port;
  throw wrong('port', text, 'a number from 1 to 65535');
}

function addressOf(text: string | undefined): string | undefined {
  if (text === undefined || isIP(text) !== 0) return text;
  throw wrong('hostaddr', text, 'an IP address; names go into host');
}

/** Zero and less wait for ever, as with libpq; its minimum is two seconds. */
function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!/^-?\d+$/.test(text.trim()) || seconds > 2_000_000)
    throw wrong('connect_timeout', text, 'a number of seconds');
  return seconds <= 0 ? 0 : Math.max(2, seconds) * 1000;
}

function bindingOf(text: string | undefined, encrypted: boolean): boolean | undefined {
  if (text === undefined || text === 'disable' || text === 'prefer') return undefined;
  if (text !== 'require') throw wrong('channel_binding', text, 'disable, prefer or require');
  if (encrypted) return true;
  throw new PgoptError('usage', 'channel_binding=require needs TLS', {
    next: 'use sslmode=require or better',
  });
}

const wrong = (name: string, text: string, what: string): PgoptError =>
  new PgoptError('usage', `${name} ${JSON.stringify(text)} is not valid`, { next: `it must be ${what}` });
