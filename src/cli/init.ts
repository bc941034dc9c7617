/** `pgopt-explore init FOLDER`: starts a workload from a template, a database's statistics or a log. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { EXIT, PgoptError } from '../base/errors.ts';
import { fileProblem } from '../base/fileErrors.ts';
import { formatMs, plural, sanitize } from '../base/format.ts';
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import { type Discovery, discover, discoverInLog } from '../init/discover.ts';
import { discoveredFiles, templateFiles, type WorkloadFiles } from '../init/files.ts';
import type { ForeignKey } from '../init/foreignKeys.ts';
import { type LoggedStatements, loggedStatements } from '../init/log.ts';
import type { ValuesIn } from '../init/queryFile.ts';
import { bare } from '../init/statements.ts';
import { refuseTaken, writeFolder } from '../init/writeFolder.ts';
import type { Suggestion } from '../suggestion/suggested.ts';
import { beginsWith, indexShape } from '../workload/indexShape.ts';
import { loadWorkload } from '../workload/load.ts';
import { BUDGET, parseBudget } from './budget.ts';
import type { InitOptions } from './commands/init.ts';
import { interruptible } from './interruptible.ts';
import type { Io } from './io.ts';
import { readFrom } from './lens.ts';
import { print } from './output.ts';
import { type ProgressLine, progressLine } from './progress.ts';
import { filesOf, searchLens } from './suggesting.ts';
import { chooseDatabase } from './target.ts';
import { decode, readUpTo } from './textFile.ts';

const DEFAULT_TOP = 20;
/** The text stays as the application sends it. */
const VALUES_IN: ValuesIn = 'header';
/** Prints at most this many skipped statements; the README lists all. */
const PRINTED = 5;

/**
 * @returns 0
 * @throws PgoptError 'folder-taken', 'usage', 'connection-refused' or 'session-refused'
 */
export async function init(folder: string, options: InitOptions, io: Io): Promise<number> {
  const path = resolve(io.cwd(), folder);
  await refuseTaken(path, folder);
  const title = basename(path);
  const { url } = options;
  const settings = await chooseDatabase(options, io);
  if (settings === undefined && options.top !== undefined && options.log === undefined)
    throw new PgoptError('usage', '--top needs a database or a log', {
      next: 'name one with --url or --log',
    });
  const top = options.top ?? DEFAULT_TOP;
  const log = options.log === undefined ? undefined : await readLog(options.log, io);
  const discovery =
    settings === undefined ? log && (await discoverInLog(log, top)) : await discover(settings, top, log);
  const filesWith = (served?: (key: ForeignKey) => boolean) =>
    discovery === undefined ? templateFiles(title) : discoveredFiles(title, discovery, VALUES_IN, served);
  const progress = progressLine(io.stderr, { queries: [] });
  return interruptible(io, progress, async signal => {
    const found =
      settings !== undefined && discovery?.drafts.some(({ kind }) => kind === 'query')
        ? await suggestedIndexes(await filesWith(), settings, io, progress, signal)
        : undefined;
    const suggestions = found?.suggestions ?? [];
    const rest = await filesWith(await servedBy(suggestions));
    const workload = { ...rest, files: withSuggestions(rest.files, suggestions) };
    await writeFolder(path, workload.files, folder, ['queries', 'schema/proposals']);
    progress.done();
    await print(io, `${sanitize(report(folder, workload, discovery, url, found), 'newlines')}\n`);
    return EXIT.ok;
  });
}

interface Found {
  readonly suggestions: readonly Suggestion[];
  /** Why the search failed, one line. */
  readonly missing?: string;
}

/**
 * Searches for indexes in a lens of the database, so nothing is built or run there. Leaves out views, because no
 * rewrite is compared with its query.
 * @throws PgoptError 'cancelled'
 */
async function suggestedIndexes(
  { files }: WorkloadFiles,
  settings: ConnectionSettings,
  io: Io,
  progress: ProgressLine,
  signal: AbortSignal,
): Promise<Found> {
  const draft = await mkdtemp(join(tmpdir(), 'pgopt-explore-init-'));
  try {
    const folder = join(draft, 'workload');
    await writeFolder(folder, files, folder, ['queries', 'schema/proposals']);
    const workload = await loadWorkload(folder, draft);
    progress.step('reading the catalogs');
    const lens = await readFrom(settings, signal);
    const taken = new Set(workload.proposals.map(({ id }) => id));
    const searching = { workload, taken, budgetMs: parseBudget(BUDGET), signal, onStep: progress.step };
    const { suggestions, recommended } = await searchLens(lens, searching, io, progress.startup);
    return {
      suggestions: suggestions.filter(
        ({ proposal: { id, kind } }) => kind === 'index' && recommended.includes(id),
      ),
    };
  } catch (error) {
    if (!(error instanceof PgoptError) || signal.aborted) throw error;
    return { suggestions: [], missing: error.message };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Whether a suggested index that is not partial starts with the foreign key's columns. */
async function servedBy(suggestions: readonly Suggestion[]): Promise<(key: ForeignKey) => boolean> {
  const indexes = await Promise.all(
    suggestions.flatMap(({ proposal }) =>
      proposal.statements.map(async ({ sql, on, onSchema }) => ({
        ...(await indexShape(sql)),
        on,
        onSchema,
      })),
    ),
  );
  return ({ schema, table, columns }) =>
    indexes.some(
      ({ on, onSchema = schema, method, isPartial, keys }) =>
        on === table && onSchema === schema && method === 'btree' && !isPartial && beginsWith(keys, columns),
    );
}

const PLANNED = '-- Suggested by the planner in a lens: nothing was built or run.\n';

function withSuggestions(
  files: WorkloadFiles['files'],
  suggestions: readonly Suggestion[],
): ReadonlyMap<string, string> {
  const added = [...filesOf(suggestions)].map(
    ([file, text]) => [file, text.replace(/^(?:-- title:.*\n)?/, title => title + PLANNED)] as const,
  );
  return new Map([...files, ...added]);
}

/** A larger log must be split. */
const MOST_BYTES = 512 * 1024 * 1024;

/** @throws PgoptError 'usage' */
async function readLog(file: string, io: Io): Promise<LoggedStatements> {
  const refuse = (why: string, next: string) =>
    new PgoptError('usage', `cannot read the log ${file}: ${why}`, { next });
  const bytes = await readUpTo(resolve(io.cwd(), file), MOST_BYTES).catch((error: unknown) => {
    throw refuse(fileProblem(error, 'read'), 'name a file that PostgreSQL logged to');
  });
  const text = bytes && decode(bytes);
  if (bytes === undefined)
    throw refuse('it is larger than 512 MB', 'give a part of it, such as the last day');
  if (text === undefined) throw refuse('it is not text', 'name a file that PostgreSQL logged to');
  return loggedStatements(text);
}

function report(
  folder: string,
  { files, todo }: WorkloadFiles,
  discovery: Discovery | undefined,
  url: string | undefined,
  found: Found | undefined,
): string {
  const oneLine = (text: string) => sanitize(text.replace(/\s+/g, ' '));
  const skipped = (discovery?.drafts ?? []).flatMap(draft => (draft.kind === 'skipped' ? [draft] : []));
  const check = `pgopt-explore check ${quoted(folder)}${url === undefined ? '' : " --url '…'"}`;
  return [
    `Wrote ${oneLine(folder)}:`,
    ...[...files.keys()].sort().map(file => `  ${file}`),
    ...(discovery?.statementsMissing === undefined
      ? []
      : ['', `No queries were written: ${oneLine(discovery.statementsMissing)}.`]),
    ...(skipped.length === 0
      ? []
      : ['', `Skipped ${plural(skipped.length, 'expensive statement')} (README.md has all):`]),
    ...skipped
      .slice(0, PRINTED)
      .map(
        ({ statement, reason }) =>
          `  ${formatMs(statement.totalMs)}: ${oneLine(reason)}: ${oneLine(bare(statement.text)).slice(0, 60)}`,
      ),
    ...(found?.missing === undefined ? [] : ['', `No indexes are suggested: ${oneLine(found.missing)}.`]),
    ...(found === undefined || found.suggestions.length === 0
      ? []
      : ['', 'Suggested by the planner; nothing was built or run:']),
    ...(found?.suggestions ?? []).map(
      ({ proposal, queries }) => `  ${proposal.id}: for ${queries.map(id => oneLine(id)).join(', ')}`,
    ),
    ...(todo.length === 0 ? [] : ['', 'To be completed, then renamed to .sql:']),
    ...todo.map(({ file, reason }) => `  ${file}: ${oneLine(reason)}`),
    '',
    `Next: ${nextStep(discovery)}, then ${check}`,
  ].join('\n');
}

function nextStep(discovery: Discovery | undefined): string {
  if (discovery === undefined) return 'replace the examples with your own queries and proposals';
  if (discovery.statementsMissing !== undefined)
    return 'replace the example in queries/ with your own queries';
  return `review the values in queries/ (${discovery.isLogged ? 'from the log' : 'guesses from pg_stats'})`;
}

const quoted = (folder: string): string =>
  /^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`;
