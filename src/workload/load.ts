/** The one place that reads a workload's files. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PgoptError } from '../errors.ts';
import { parseBudgets } from './budgets.ts';
import { readText, type SqlFile, sqlFiles } from './files.ts';
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
  const { title, budgets } = parseBudgets(name(budgetsFile), await readText(budgetsFile, name));
  const proposals = await Promise.all(
    (await sqlFiles(join(folder, 'schema', 'proposals'), name)).map(
      async ({ id, path }): Promise<Proposal> => {
        const ddl = await readText(path, name);
        const file = name(path);
        const header = parseHeader(file, ddl);
        return { id, title: header.title ?? id, file, ddl, ...(await parseProposal(file, ddl, id)) };
      },
    ),
  );
  const files = await sqlFiles(join(folder, 'queries'), name);
  const originals = files.filter(({ id }) => !id.includes('@'));
  const rewrites = await Promise.all(
    files.filter(({ id }) => id.includes('@')).map(file => readRewrite(file, originals, proposals, name)),
  );
  const queries = await Promise.all(
    originals.map(async ({ id, path }, position) => {
      const own = rewrites.filter(rewrite => rewrite.queryId === id);
      return readQuery({ id, path }, position + 1, name, budgets, own);
    }),
  );
  if (queries.length === 0)
    throw new PgoptError('workload-missing', `no .sql file in ${name(join(folder, 'queries'))}`);
  return { title, folder, queries, proposals, budgets };
}

async function readQuery(
  { id, path }: SqlFile,
  number: number,
  name: (path: string) => string,
  budgets: Budgets,
  rewrites: readonly Rewrite[],
): Promise<Query> {
  const file = name(path);
  const text = await readText(path, name);
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
  const [queryId = '', proposalId = '', ...more] = id.split('@');
  const file = name(path);
  if (queryId === '' || proposalId === '' || more.length > 0) {
    throw new PgoptError('workload-invalid', `${file}: not the name of a rewrite`, {
      next: 'name it query@proposal.sql',
    });
  }
  if (!queries.some(query => query.id === queryId)) {
    throw new PgoptError('workload-invalid', `${file}: there is no query ${queryId}.sql for this rewrite`);
  }
  if (!proposals.some(proposal => proposal.id === proposalId)) {
    throw new PgoptError(
      'workload-invalid',
      `${file}: there is no proposal ${proposalId}.sql for this rewrite`,
    );
  }
  return { queryId, proposalId, file, sql: await parseSelect(file, await readText(path, name)) };
}
