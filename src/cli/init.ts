/** `pgopt-explore init FOLDER`: a workload to begin with, from a template or from what a database knows of its own load. */
import { basename, resolve } from 'node:path';
import { EXIT, PgoptError } from '../base/errors.ts';
import { formatMs, sanitize } from '../base/format.ts';
import { type Discovery, discover, discoverInLog } from '../init/discover.ts';
import { discoveredFiles, templateFiles, type WorkloadFiles } from '../init/files.ts';
import { type LoggedStatements, loggedStatements } from '../init/log.ts';
import type { ValuesIn } from '../init/queryFile.ts';
import { refuseTaken, writeFolder } from '../init/writeFolder.ts';
import type { InitOptions } from './commands/init.ts';
import type { Io } from './io.ts';
import { print } from './output.ts';
import { chooseDatabase } from './target.ts';
import { decode, readUpTo, whyUnreadable } from './textFile.ts';

const DEFAULT_TOP = 20;
/** The text stays what the application sends. */
const VALUES_IN: ValuesIn = 'header';
/** Skipped statements that are printed; all are in the README. */
const TOLD = 5;

/** @returns 0. @throws PgoptError 'folder-taken', 'usage', 'connection-refused' or 'session-refused'. */
export async function init(folder: string, options: InitOptions, io: Io): Promise<number> {
  const path = resolve(io.cwd(), folder);
  await refuseTaken(path, folder);
  const title = basename(path);
  const { url } = options;
  const settings = await chooseDatabase(options, io);
  if (settings === undefined && options.top !== undefined && options.log === undefined)
    throw new PgoptError('usage', '--top means nothing without a database or a log', {
      next: 'name one with --url or --log',
    });
  const top = options.top ?? DEFAULT_TOP;
  const log = options.log === undefined ? undefined : await readLog(options.log, io);
  const discovery =
    settings === undefined ? log && (await discoverInLog(log, top)) : await discover(settings, top, log);
  const workload =
    discovery === undefined ? templateFiles(title) : await discoveredFiles(title, discovery, VALUES_IN);
  await writeFolder(path, workload.files, folder, ['queries', 'schema/proposals']);
  await print(io, `${sanitize(report(folder, workload, discovery, url), 'newlines')}\n`);
  return EXIT.ok;
}

/** A larger log is cut into pieces with split(1). */
const MOST_BYTES = 512 * 1024 * 1024;

/** @throws PgoptError 'usage' */
async function readLog(file: string, io: Io): Promise<LoggedStatements> {
  const refuse = (why: string, next: string) =>
    new PgoptError('usage', `cannot read the log ${file}: ${why}`, { next });
  const bytes = await readUpTo(resolve(io.cwd(), file), MOST_BYTES).catch((error: unknown) => {
    throw refuse(whyUnreadable(error), 'name a file that PostgreSQL logged to');
  });
  const text = bytes && decode(bytes);
  if (bytes === undefined)
    throw refuse('it is larger than 512 MB', 'give a part of it, for instance the last day');
  if (text === undefined) throw refuse('it is not text', 'name a file that PostgreSQL logged to');
  return loggedStatements(text);
}

function report(
  folder: string,
  { files, todo }: WorkloadFiles,
  discovery: Discovery | undefined,
  url: string | undefined,
): string {
  const oneLine = (text: string) => sanitize(text.replace(/\s+/g, ' '));
  const skipped = (discovery?.drafts ?? []).flatMap(draft => (draft.kind === 'skipped' ? [draft] : []));
  const check = `pgopt-explore check ${quoted(folder)}${url === undefined ? '' : " --url '…'"}`;
  return [
    `Wrote ${oneLine(folder)}:`,
    ...[...files.keys()].sort().map(file => `  ${file}`),
    ...(discovery?.statementsMissing === undefined
      ? []
      : ['', `No queries were taken over: ${oneLine(discovery.statementsMissing)}.`]),
    ...(skipped.length === 0
      ? []
      : ['', `Skipped ${skipped.length} expensive statements (README.md has all):`]),
    ...skipped
      .slice(0, TOLD)
      .map(
        ({ statement, reason }) =>
          `  ${formatMs(statement.totalMs)}: ${oneLine(reason)}: ${oneLine(statement.text).slice(0, 60)}`,
      ),
    ...(todo.length === 0 ? [] : ['', 'To be completed, then renamed to .sql:']),
    ...todo.map(({ file, reason }) => `  ${file}: ${oneLine(reason)}`),
    '',
    discovery === undefined
      ? `Next: put your own queries and proposals in the examples' places, then ${check}`
      : `Next: review the values in queries/ (${discovery.drafts.some(({ statement }) => statement.logged !== undefined) ? 'from the log' : 'guesses from pg_stats'}), then ${check}`,
  ].join('\n');
}

const quoted = (folder: string): string =>
  /^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`;
