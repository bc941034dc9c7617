/** The one place that reads a workload's files. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { PgoptError } from '../errors.ts';
import { parseBudgets } from './budgets.ts';
import { parseHeader } from './header.ts';
import { parseProposal } from './proposals.ts';
import { parseSelect } from './selects.ts';
import type { Budgets, Proposal, Query, Rewrite, Workload } from './types.ts';

/**
 * @param folder Holds queries/, schema/proposals/ and schema/workload.json.
 * @param cwd Files are named relative to it in errors.
 * @throws PgoptError 'workload-missing' or 'workload-invalid'.
 */
export async function loadWorkload(folder: string, cwd: string): Promise<Workload> {
  const name = (path: string) => {
    const short = relative(cwd, path);
    return short.startsWith('..') ? path : short;
  };
  const budgetsFile = join(folder, 'schema', 'workload.json');
  if (!existsSync(folder)) throw new PgoptError('workload-missing', `there is no folder ${name(folder)}`);
  const { title, budgets } = parseBudgets(name(budgetsFile), await read(budgetsFile));
  const proposals = await Promise.all(
    (await sqlFiles(join(folder, 'schema', 'proposals'))).map(async ({ id, path }): Promise<Proposal> => {
      const ddl = await read(path);
      const file = name(path);
      const header = parseHeader(file, ddl);
      return { id, title: header.title ?? id, file, ddl, ...(await parseProposal(file, ddl, id)) };
    }),
  );
  const files = await sqlFiles(join(folder, 'queries'));
  const originals = files.filter(({ id }) => !id.includes('@'));
  const rewrites = await Promise.all(
    files.filter(({ id }) => id.includes('@')).map(file => readRewrite(file, originals, proposals, name)),
  );
  const queries = await Promise.all(
    originals.map(async ({ id, path }, position) => {
      const own = rewrites.filter(rewrite => rewrite.queryId === id);
      return readQuery(id, path, position + 1, name(path), budgets, own);
    }),
  );
  if (queries.length === 0)
    throw new PgoptError('workload-missing', `no .sql file in ${name(join(folder, 'queries'))}`);
  return { title, folder, queries, proposals, budgets };
}

interface SqlFile {
  readonly id: string;
  readonly path: string;
}

async function sqlFiles(folder: string): Promise<SqlFile[]> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new PgoptError('workload-missing', `cannot read ${folder} (${error.code ?? error.message})`);
  });
  return entries
    .filter(entry => entry.endsWith('.sql') && !entry.startsWith('.'))
    .sort()
    .map(entry => ({ id: entry.slice(0, -'.sql'.length), path: join(folder, entry) }));
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new PgoptError('workload-missing', `cannot read ${path} (${error.code ?? error.message})`);
  });
}

async function readQuery(
  id: string,
  path: string,
  number: number,
  file: string,
  budgets: Budgets,
  rewrites: readonly Rewrite[],
): Promise<Query> {
  const text = await read(path);
  const header = parseHeader(file, text);
  return {
    id,
    number,
    title: header.title ?? id,
    targetMs: header.targetMs ?? budgets.queryTargetMs,
    sql: await parseSelect(file, text),
    file,
    rewrites: rewrites.map(({ proposalId, sql, file: own }) => ({ proposalId, sql, file: own })),
  };
}

async function readRewrite(
  { id, path }: SqlFile,
  queries: readonly SqlFile[],
  proposals: readonly Proposal[],
  name: (path: string) => string,
): Promise<Rewrite & { queryId: string }> {
  const [queryId = '', proposalId = ''] = id.split('@');
  const file = name(path);
  if (!queries.some(query => query.id === queryId)) {
    throw new PgoptError('workload-invalid', `${file}: there is no query ${queryId}.sql for this rewrite`);
  }
  if (!proposals.some(proposal => proposal.id === proposalId)) {
    throw new PgoptError(
      'workload-invalid',
      `${file}: there is no proposal ${proposalId}.sql for this rewrite`,
    );
  }
  return { queryId, proposalId, file, sql: await parseSelect(file, await read(path)) };
}
