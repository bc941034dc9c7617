/**
 * The one catalog of a user's errors: code → the next step and the exit code.
 * A PgoptError is a message for a person, printed without a stack trace; anything else that is thrown is a bug.
 */
import { sanitize } from './format.ts';
import type { Location } from './location.ts';
import { hushed } from './secrets.ts';

export type { Location } from './location.ts';

/** Exit codes, as documented in `--help` and docs/options.md. Signals end with 128 + their number. */
export const EXIT = {
  ok: 0,
  /** Something unexpected: a bug, or a lost connection in the middle of work. */
  failure: 1,
  /** The command line, a workload file or a terminal that will not do. */
  usage: 2,
  /** No database: unreachable, refused, or the embedded server would not start. */
  database: 3,
  interrupted: 130,
} as const;

interface CatalogEntry {
  readonly exit: number;
  /** What the user can do about it: an imperative sentence without a full stop. */
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
    next: 'name a folder that has queries/ and schema/ (commands: check)',
  },
  'workload-invalid': { exit: EXIT.usage, next: 'correct the file and start again' },
  'workload-unwritable': { exit: EXIT.usage, next: 'choose a folder you may write' },
  'folder-taken': { exit: EXIT.usage, next: 'name a folder that does not exist yet, or is empty' },
  'file-taken': { exit: EXIT.usage, next: 'name a file that does not exist yet, in a folder you may write' },
  'nothing-to-keep': { exit: EXIT.failure, next: 'give --keep with the names of the proposals to keep' },
  // plans
  'plan-invalid': { exit: EXIT.usage, next: 'give what EXPLAIN printed, as JSON or as text, whole' },
  'plan-unreadable': {
    exit: EXIT.usage,
    next: 'name a file that EXPLAIN’s output is in, or - for standard input',
  },
  // an earlier result to compare with
  'baseline-invalid': { exit: EXIT.usage, next: 'give what `check --json` printed, whole' },
  'baseline-unreadable': { exit: EXIT.usage, next: 'name a file that `check --json` was written to' },
  // a lens
  'lens-invalid': { exit: EXIT.usage, next: 'give what `pgopt-explore lens` printed, whole' },
  'lens-unreadable': { exit: EXIT.usage, next: 'name a file that `pgopt-explore lens` was written to' },
  'lens-failed': { exit: EXIT.database, next: 'report it with what the line above says' },
  'output-failed': { exit: EXIT.failure, next: 'free some space, or redirect the output to another disk' },
  // connections
  'connection-refused': {
    exit: EXIT.database,
    next: 'check host and port (--url, PGHOST, PGPORT), and that the server is running',
  },
  'connection-lost': { exit: EXIT.failure, next: 'nothing was committed; start again' },
  'session-refused': { exit: EXIT.database, next: 'change what the server objects to and start again' },
  'no-consent': { exit: EXIT.usage, next: 'say yes, or give --yes in a script' },
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
    next: 'start once with --fresh, which makes the cache anew',
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
  /** What else is wrong, reported together with this. */
  readonly others: readonly PgoptError[];

  /**
   * @param message What is wrong, one line, no full stop, no secrets.
   * @param options.next Replaces the catalog's advice where the caller knows better.
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
 * One line, or three with a caret where the error has a location in a file; as much for each of the others it carries. No
 * trailing newline, and nothing a terminal would obey: names of files, their text and what servers say are data.
 */
export function formatError(error: PgoptError): string {
  return [error, ...error.others].map(one => hushed(formatOne(one))).join('\n');
}

function formatOne(error: PgoptError): string {
  const { location } = error;
  const said = sanitize(`${error.message}: ${error.next}`);
  if (location === undefined) return `pgopt-explore: ${said}`;
  // As wide as what is shown before it: some characters are shown as several.
  const caret = ' '.repeat(
    sanitize(location.text.slice(0, Math.max(0, location.column - (location.textFrom ?? 1)))).length,
  );
  return `${sanitize(location.file)}:${location.line}:${location.column}: ${said}\n  ${sanitize(location.text)}\n  ${caret}^`;
}
