/**
 * Handles errors that no code caught: restores the screen, ends the transaction, and writes a file for a bug report.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOG, PgoptError } from './errors.ts';
import { withoutPasswords } from './secrets.ts';

/** The part of `process` that this module uses. */
export interface CrashHost {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
  off(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
}

type Watcher = (error: unknown) => void;
const watchers: Watcher[] = [];

/**
 * Calls `crashed` for every uncaught error until the returned function is called. Only the latest watcher runs, which
 * restores the screen before anything is printed.
 */
export function watchCrashes(host: CrashHost, crashed: Watcher): () => void {
  const listener: Watcher = error => {
    if (watchers.at(-1) === listener) crashed(error);
  };
  watchers.push(listener);
  host.on('uncaughtException', listener);
  host.on('unhandledRejection', listener);
  return () => {
    watchers.splice(watchers.indexOf(listener), 1);
    host.off('uncaughtException', listener);
    host.off('unhandledRejection', listener);
  };
}

/** Writes the details to a file and returns the one-line error. @param argv May hold a password, which is removed. */
export function reportCrash(error: unknown, argv: readonly string[], env: NodeJS.ProcessEnv): PgoptError {
  const secrets = secretsOf(argv, env);
  const said = without(headline(error), secrets);
  const file = writeLog(without(details(error), secrets), env);
  const where =
    file === undefined ? 'no log could be written' : `the log, without rows and passwords, is ${file}`;
  return new PgoptError('unexpected', `unexpected error (${said})`, {
    next: `${CATALOG.unexpected.next} (${where})`,
  });
}

/** Messages of servers and JSON.parse may quote data. */
function mayQuote(error: Error): boolean {
  return error instanceof SyntaxError || /^[0-9A-Z]{5}$/.test(codeOf(error));
}

const codeOf = (error: Error): string => String((error as NodeJS.ErrnoException).code ?? '');

function headline(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${typeof error}`;
  const name = [error.name, codeOf(error)].filter(part => part !== '').join(' ');
  return mayQuote(error) ? name : `${name}: ${error.message.split('\n')[0]}`;
}

/** The stack without messages, also of the cause. */
function details(error: unknown): string {
  if (!(error instanceof Error)) return headline(error);
  const places = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line));
  const cause = error.cause === undefined ? [] : [`caused by ${details(error.cause)}`];
  return [headline(error), ...places, ...cause].join('\n');
}

/** @returns The file's path; undefined if it could not be written. */
function writeLog(text: string, env: NodeJS.ProcessEnv): string | undefined {
  const at = new Date().toISOString();
  const name = `pgopt-explore-${at.replace(/[:.]/g, '-')}-${randomBytes(4).toString('hex')}.log`;
  const file = join(env.TMPDIR || tmpdir(), name);
  const system = `${process.platform} ${process.arch}, Node ${process.versions.node}`;
  try {
    // `wx`: never overwrites a file or follows a link of another user.
    writeFileSync(file, `${at} ${system}\n${text}\n`, { mode: 0o600, flag: 'wx' });
    return file;
  } catch {
    return undefined;
  }
}

function secretsOf(argv: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const inUrls = argv.flatMap(argument =>
    [...argument.matchAll(/:\/\/[^:@/]*:([^@]*)@/g)].map(([, found]) => found ?? ''),
  );
  const decoded = inUrls.flatMap(secret => {
    try {
      return [secret, decodeURIComponent(secret)];
    } catch {
      return [secret];
    }
  });
  return [...decoded, env.PGPASSWORD ?? ''].filter(secret => secret !== '');
}

const without = (text: string, secrets: readonly string[]): string =>
  withoutPasswords(secrets.reduce((before, secret) => before.replaceAll(secret, '***'), text));
