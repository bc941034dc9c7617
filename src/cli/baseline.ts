/** `check --baseline FILE`: reads the earlier check first and prints the comparison last. */
import { appendFile, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { formatError, PgoptError } from '../base/errors.ts';
import { fileProblem } from '../base/fileErrors.ts';
import { group } from '../base/workflowCommands.ts';
import type { Comparable } from '../report/baseline/baseline.ts';
import { type Comparison, matchQueries } from '../report/baseline/compare.ts';
import { githubLog, jobSummary, SUMMARY_BYTES } from '../report/baseline/githubLog.ts';
import { readBaseline } from '../report/baseline/read.ts';
import { comparisonText } from '../report/baseline/text.ts';
import type { Workload } from '../workload/workload.ts';
import type { Io } from './io.ts';
import { notify, write } from './output.ts';
import { decode, readUpTo } from './textFile.ts';

/** A document with 100 queries has a few MB. */
const MOST_BYTES = 64 * 1024 ** 2;

/** @throws PgoptError 'baseline-…' if it cannot be read or has no query of this workload */
export async function openBaseline(file: string, workload: Workload, cwd: string): Promise<Comparable> {
  const text = decode(await readBytes(file, cwd));
  if (text === undefined) throw new PgoptError('baseline-invalid', `${file} is not text`);
  const baseline = readBaseline(text, file);
  // Comparing nothing would pass.
  if (!matchQueries(baseline.queries, workload.queries).some(({ was, now }) => was && now))
    throw new PgoptError('baseline-invalid', `${file} has no query of this workload`, {
      next: 'name the baseline of this workload, or create a new one with `check --json`',
    });
  return baseline;
}

async function readBytes(file: string, cwd: string): Promise<Buffer> {
  const bytes = await readUpTo(resolve(cwd, file), MOST_BYTES).catch((error: unknown) => {
    throw new PgoptError('baseline-unreadable', `cannot read ${file}: ${fileProblem(error, 'read')}`);
  });
  if (bytes === undefined) throw new PgoptError('baseline-invalid', `${file} is larger than 64 MB`);
  return bytes;
}

/**
 * Prints to the log, GitHub's or another one, and to GitHub's job summary if there is one.
 * @param check `table` goes to the same log; undefined: standard output belongs to the JSON document. `failures`: why
 *   the check itself fails.
 */
export async function printComparison(
  comparison: Comparison,
  { table, failures }: { readonly table: string | undefined; readonly failures: readonly string[] },
  workload: Workload,
  io: Pick<Io, 'env' | 'cwd' | 'stdout' | 'stderr'>,
): Promise<void> {
  const isGithub = io.env.GITHUB_ACTIONS === 'true';
  const parts: string[] = [];
  if (table !== undefined)
    parts.push(isGithub ? `${group('All figures of this check', table.trimEnd())}\n` : table);
  if (isGithub) {
    const files = new Map(workload.queries.map(({ id, file }) => [id, file]));
    parts.push(githubLog(comparison, failures, id => inWorkspace(files.get(id), io)));
  } else {
    parts.push(comparisonText(comparison, failures));
  }
  // GitHub reads commands from both streams; githubLog() has neutralized those in data.
  await write(table === undefined ? io.stderr : io.stdout, parts.join('\n'));
  await appendSummary(comparison, failures, io);
}

/** With slashes, as GitHub writes paths; undefined: outside the checkout. */
function inWorkspace(file: string | undefined, { env, cwd }: Pick<Io, 'env' | 'cwd'>): string | undefined {
  if (file === undefined) return undefined;
  const path = relative(env.GITHUB_WORKSPACE || cwd(), resolve(cwd(), file));
  return path.startsWith('..') || resolve(path) === path ? undefined : path.split(sep).join('/');
}

/** A failure to write the summary changes no verdict. */
async function appendSummary(
  comparison: Comparison,
  failures: readonly string[],
  { env, stderr }: Pick<Io, 'env' | 'stderr'>,
): Promise<void> {
  const file = env.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '') return;
  try {
    const taken = await stat(file).then(
      ({ size }) => size,
      () => 0,
    );
    await appendFile(file, jobSummary(comparison, failures, SUMMARY_BYTES - taken));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = `cannot write the job summary to GITHUB_STEP_SUMMARY (${code})`;
    const next = 'the log has the result';
    notify({ env, stderr }, formatError(new PgoptError('baseline-unreadable', message, { next })));
  }
}
