/**
 * The catalog of errors for users: code → next step and exit code. A PgoptError is printed without a stack trace; any
 * other error is a bug.
 */
import { sanitize } from './format.ts';
import type { Location } from './location.ts';
import { withoutPasswords } from './secrets.ts';

export type { Location } from './location.ts';

/** Documented in `--help` and docs/options.md. Signals end with 128 + their number. */
export const EXIT = {
  ok: 0,
  /** A bug, or a connection that was lost during work. */
  failure: 1,
  /** An unusable command line, workload file or terminal. */
  usage: 2,
  /** No database: unreachable, refused, or the embedded server did not start. */
  database: 3,
  interrupted: 130,
} as const;

interface CatalogEntry {
  readonly exit: number;
  /** The next step: an imperative sentence without a full stop. */
  readonly next: string;
}

export const CATALOG = {
  // command line and terminal
  usage: { exit: EXIT.usage, next: 'see `pgopt-explore --help`' },
  'not-a-terminal': {
    exit: EXIT.usage,
    next: 'run `pgopt-explore check` for the same session without a screen',
  },
  // workload files
  'workload-missing': {
    exit: EXIT.usage,
    next: 'name a folder with queries/ in it; `pgopt-explore --help` lists the commands',
  },
  'workload-invalid': { exit: EXIT.usage, next: 'correct the file and start again' },
  'workload-unwritable': { exit: EXIT.usage, next: 'choose a folder you may write' },
  'folder-taken': { exit: EXIT.usage, next: 'name a folder that does not exist yet, or is empty' },
  'file-taken': { exit: EXIT.usage, next: 'name a file that does not exist yet, in a folder you may write' },
  'nothing-to-keep': { exit: EXIT.failure, next: 'pass --keep with the names of the proposals to keep' },
  // plans
  'plan-invalid': { exit: EXIT.usage, next: 'pass the complete output of EXPLAIN, as JSON or text' },
  'plan-unreadable': {
    exit: EXIT.usage,
    next: 'name a file with EXPLAIN’s output, or - for standard input',
  },
  // an earlier result to compare with
  'baseline-invalid': { exit: EXIT.usage, next: 'pass the complete output of `check --json`' },
  'baseline-unreadable': { exit: EXIT.usage, next: 'name a file with the output of `check --json`' },
  // a lens
  'lens-invalid': { exit: EXIT.usage, next: 'pass the complete output of `pgopt-explore lens`' },
  'lens-unreadable': { exit: EXIT.usage, next: 'name a file with the output of `pgopt-explore lens`' },
  'lens-failed': { exit: EXIT.database, next: 'please report this message' },
  'output-failed': { exit: EXIT.failure, next: 'free some space, or redirect the output to another disk' },
  // connections
  'connection-refused': {
    exit: EXIT.database,
    next: 'check host and port (--url, PGHOST, PGPORT), and that the server is running',
  },
  'connection-lost': { exit: EXIT.failure, next: 'nothing was committed; start again' },
  'session-refused': { exit: EXIT.database, next: 'change what the server objects to and start again' },
  'no-consent': { exit: EXIT.usage, next: 'answer yes, or pass --yes in a script' },
  'server-unsupported': { exit: EXIT.database, next: 'use PostgreSQL 13 or newer' },
  // the embedded server and its demo
  'embedded-no-binary': { exit: EXIT.database, next: 'name a database with --url' },
  'embedded-no-major': {
    exit: EXIT.database,
    next: 'install that PostgreSQL from your system’s packages, or go online once',
  },
  'embedded-no-permission': {
    exit: EXIT.database,
    next: 'set PGOPT_EXPLORE_CACHE to a folder you may write, or use --url',
  },
  'embedded-no-space': {
    exit: EXIT.database,
    next: 'free some disk space, choose a smaller --scale, or use --url',
  },
  'embedded-broken-cache': {
    exit: EXIT.database,
    next: 'start once with --fresh, which rebuilds the cache',
  },
  'embedded-start-failed': { exit: EXIT.database, next: 'start once with --fresh, or use --url' },
  'demo-load-failed': { exit: EXIT.database, next: 'start once with --fresh' },
  // a bug
  unexpected: {
    exit: EXIT.failure,
    next: 'nothing was committed; please report it',
  },
  cancelled: { exit: EXIT.interrupted, next: 'nothing was left behind' },
} as const satisfies Record<string, CatalogEntry>;

export type ErrorCode = keyof typeof CATALOG;

export class PgoptError extends Error {
  override readonly name = 'PgoptError';
  readonly code: ErrorCode;
  readonly exitCode: number;
  readonly next: string;
  readonly location: Location | undefined;
  /** Further errors that are reported with this one. */
  readonly others: readonly PgoptError[];

  /**
   * @param message The problem in one line, without a full stop and without secrets.
   * @param options.next Replaces the catalog's next step.
   */
  constructor(
    code: ErrorCode,
    message: string,
    options: { location?: Location; next?: string; cause?: unknown; others?: readonly PgoptError[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.exitCode = CATALOG[code].exit;
    this.next = options.next ?? CATALOG[code].next;
    this.location = options.location;
    this.others = options.others ?? [];
  }
}

/**
 * One line, or three with a caret if the error has a location; then the same for the other errors. No trailing newline.
 * File names, their text and servers' messages are data, so escape sequences in them are made visible.
 */
export function formatError(error: PgoptError): string {
  return [error, ...error.others].map(one => withoutPasswords(formatOne(one))).join('\n');
}

function formatOne(error: PgoptError): string {
  const { location } = error;
  const said = sanitize(`${error.message}: ${error.next}`);
  if (location === undefined) return `pgopt-explore: ${said}`;
  // Sanitized text may be wider than the original.
  const caret = ' '.repeat(
    sanitize(location.text.slice(0, Math.max(0, location.column - (location.textFrom ?? 1)))).length,
  );
  return `${sanitize(location.file)}:${location.line}:${location.column}: ${said}\n  ${sanitize(location.text)}\n  ${caret}^`;
}
