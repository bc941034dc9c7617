/** The timeouts of a session, and the consent to work on a database that is not the embedded one. */
import { createInterface } from 'node:readline/promises';
import { PgoptError } from '../base/errors.ts';
import { sanitize } from '../base/format.ts';
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import { preflightLines } from '../report/preflight.ts';
import { EMBEDDED_TIMEOUTS, NAMED_TIMEOUTS, type Timeouts } from '../session/options.ts';
import { parseDuration } from '../workload/units.ts';
import type { Workload } from '../workload/workload.ts';
import type { TargetOptions } from './commands/options.ts';
import type { Io } from './io.ts';
import { notify } from './output.ts';

/**
 * The session's timeouts, with defaults for the kind of database.
 * @throws PgoptError 'usage'
 */
export function timeoutsOf(options: TargetOptions, embedded: boolean): Timeouts {
  const usual = embedded ? EMBEDDED_TIMEOUTS : NAMED_TIMEOUTS;
  return {
    lockMs: read('lock', options.lockTimeout) ?? usual.lockMs,
    statementMs: read('statement', options.statementTimeout) ?? usual.statementMs,
    idleMs: read('idle', options.idleTimeout) ?? usual.idleMs,
  };
}

/** Autovacuum of a busy table can catch up with the dead rows of 15 minutes. */
const AGE_LIMIT_MS = 15 * 60_000;

/**
 * The age at which the explorer offers a fresh transaction, ms; undefined: never, the default on the embedded
 * database, which has no other clients.
 * @throws PgoptError 'usage'
 */
export function ageLimitOf({ ageLimit }: TargetOptions, embedded: boolean): number | undefined {
  if (ageLimit === undefined) return embedded ? undefined : AGE_LIMIT_MS;
  const ms = ageLimit === '0' || ageLimit === 'off' ? 0 : parseDuration(ageLimit);
  if (ms !== undefined) return ms === 0 ? undefined : ms;
  throw new PgoptError('usage', `--age-limit ${JSON.stringify(ageLimit)} is not a duration`, {
    next: 'write it like 500ms, 5s or 30min; 0 or off means never',
  });
}

/** The server's limit for these settings, ms. */
const MOST = 2_147_483_647;

function read(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = text === '0' ? 0 : parseDuration(text);
  if (ms !== undefined && (ms === 0 || (ms >= 1 && ms <= MOST))) return ms;
  throw new PgoptError('usage', `--${name}-timeout ${JSON.stringify(text)} is not a duration`, {
    next: 'write it like 500ms, 5s or 30min; 0 means no limit',
  });
}

/**
 * The preflight's report; changes nothing.
 * @throws PgoptError as preflight()
 */
export async function preflightReport(
  settings: ConnectionSettings,
  workload: Workload,
  timeouts: Timeouts,
  signal: AbortSignal,
  role?: string,
): Promise<readonly string[]> {
  const { preflight } = await import('../session/preflight/preflight.ts');
  const found = await preflight(settings, workload, signal, role);
  return preflightLines(found, timeouts, workload.budgets.timeoutMs);
}

/**
 * For commands without a screen: prints the preflight on stderr and asks if there is a terminal.
 * @throws PgoptError 'no-consent' without a yes, 'cancelled' after Ctrl-C
 */
export async function askOnTerminal(lines: readonly string[], io: Io, signal: AbortSignal): Promise<void> {
  notify(io, `${lines.map(line => sanitize(line)).join('\n')}\n`);
  if (io.stdin.isTTY !== true || io.stderr.isTTY !== true)
    throw new PgoptError(
      'no-consent',
      'this database is not the embedded one, and there is no terminal to ask for your consent on',
    );
  const question = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const answer = await question.question('Go on? [y/N] ', { signal });
    if (/^y(es)?$/i.test(answer.trim())) return;
  } catch (error) {
    if (signal.aborted || (error as Error).name === 'AbortError')
      throw new PgoptError('cancelled', 'interrupted');
    throw error;
  } finally {
    question.close();
  }
  throw new PgoptError('no-consent', 'nothing was touched');
}
