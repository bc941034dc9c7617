/** `check --baseline FILE`: the earlier check is read before anything starts; the comparison comes last. */
import { appendFile, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { formatError, PgoptError } from '../base/errors.ts';
import { group } from '../base/workflowCommands.ts';
import type { Comparable } from '../report/baseline/baseline.ts';
import { type Comparison, matchQueries } from '../report/baseline/compare.ts';
import { githubLog, jobSummary, SUMMARY_BYTES } from '../report/baseline/githubLog.ts';
import { readBaseline } from '../report/baseline/read.ts';
import { comparisonText } from '../report/baseline/text.ts';
import type { Workload } from '../workload/workload.ts';
import type { Io } from './io.ts';
import { notify, write } from './output.ts';
import { decode, readUpTo, whyUnreadable } from './textFile.ts';

/** A document of a hundred queries has a few MB. */
const MOST_BYTES = 64 * 1024 ** 2;

/** @throws PgoptError 'baseline-…' for what cannot be read, or has no query of this workload in it. */
export async function openBaseline(file: string, workload: Workload, cwd: string): Promise<Comparable> {
  const text = decode(await readBytes(file, cwd));
  if (text === undefined) throw new PgoptError('baseline-invalid', `${file} is not text`);
  const baseline = readBaseline(text, file);
  // Nothing compared would be nothing found.
  if (!matchQueries(baseline.queries, workload.queries).some(({ was, now }) => was && now))
    throw new PgoptError('baseline-invalid', `${file} has no query of this workload`, {
      next: 'name the baseline of this workload, or make it anew with `check --json`',
    });
  return baseline;
}

async function readBytes(file: string, cwd: string): Promise<Buffer> {
  const bytes = await readUpTo(resolve(cwd, file), MOST_BYTES).catch((error: unknown) => {
    throw new PgoptError('baseline-unreadable', `cannot read ${file}: ${whyUnreadable(error)}`);
  });
  if (bytes === undefined) throw new PgoptError('baseline-invalid', `${file} is larger than 64 MB`);
  return bytes;
}

/**
 * Into the log, GitHub's or any other, and into the job's summary where there is one.
 * @param check Its table, for the same log, without which standard output is the JSON document's alone; and why it fails by itself.
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
  // GitHub reads its commands on either; data among them is inert already.
  await write(table === undefined ? io.stderr : io.stdout, parts.join('\n'));
  await appendSummary(comparison, failures, io);
}

/** With slashes, as GitHub names it; undefined outside the checkout. */
function inWorkspace(file: string | undefined, { env, cwd }: Pick<Io, 'env' | 'cwd'>): string | undefined {
  if (file === undefined) return undefined;
  const path = relative(env.GITHUB_WORKSPACE || cwd(), resolve(cwd(), file));
  return path.startsWith('..') || resolve(path) === path ? undefined : path.split(sep).join('/');
}

/** A summary that cannot be written changes no verdict. */
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
    const message = `there is no job summary: what GITHUB_STEP_SUMMARY names cannot be written (${code})`;
    const next = 'the result is in the log all the same';
    notify({ env, stderr }, formatError(new PgoptError('baseline-unreadable', message, { next })));
  }
}
