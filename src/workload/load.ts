/** Reads a workload's folder. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PgoptError } from '../base/errors.ts';
import { parseBudgets } from './budgets.ts';
import { callsADay } from './calls.ts';
import { readText, type SqlFile, sqlFiles } from './files.ts';
import { TRUST_NONE, type TrustedFunctions } from './functions.ts';
import { type Header, parseHeader } from './header.ts';
import { allOf, Problems, throwAll } from './problems.ts';
import { readProposalText } from './proposals.ts';
import { checkQuery, checkSelect, parseSelect } from './selects.ts';
import type { ValueSet } from './values.ts';
import { type Variant, variantsOf } from './variants.ts';
import type { Budgets, Query, Rewrite, Workload } from './workload.ts';

/** Shortens a path for errors. */
type Name = (path: string) => string;

/**
 * Loads what is valid and collects every error in `problems`.
 * @param folder Contains queries/, schema/proposals/ and schema/workload.json.
 * @param cwd Errors name files relative to it.
 * @throws PgoptError 'workload-missing' or 'workload-invalid' if no query is left
 */
export async function loadWorkload(
  folder: string,
  cwd: string,
  trusted: TrustedFunctions = TRUST_NONE,
): Promise<Workload> {
  const name = (path: string) => {
    const short = relative(cwd, path);
    return short.startsWith('..') ? path : short;
  };
  if (!existsSync(folder)) throw new PgoptError('workload-missing', `there is no folder ${name(folder)}`);
  const problems = new Problems();
  const { title, budgets, settings, calls } = await readBudgets(
    join(folder, 'schema', 'workload.json'),
    name,
    problems,
  );
  const { proposals, proposalFiles } = await readProposals(folder, name, problems, trusted);
  const files = (await problems.attempt(() => sqlFiles(join(folder, 'queries'), name, problems))) ?? [];
  const originals = files.filter(({ id }) => !id.includes('@'));
  const rewrites = await Promise.all(
    files
      .filter(({ id }) => id.includes('@'))
      .map(file => problems.attempt(() => readRewrite(file, originals, proposalFiles, name, trusted))),
  );
  const known = new Set(proposals.map(({ id }) => id));
  const read = await Promise.all(
    originals.map(file => {
      const own = rewrites
        .filter(rewrite => rewrite !== undefined)
        // Skip rewrites whose proposal has an error: that error is enough.
        .filter(({ queryId, needs }) => queryId === file.id && needs.every(id => known.has(id)));
      return problems.attempt(() => readQuery(file, name, budgets, own, problems, trusted));
    }),
  );
  const queries = read
    .filter(variants => variants !== undefined)
    .flatMap((variants, position) => variants.map((query): Query => ({ ...query, number: position + 1 })));
  if (queries.length === 0) {
    throwAll(problems.sorted());
    throw new PgoptError('workload-missing', `no .sql file in ${name(join(folder, 'queries'))}`);
  }
  const counts = callsADay(
    calls,
    originals.map(({ id }) => id),
    queries,
    problems,
  );
  return {
    title,
    folder,
    queries,
    proposals,
    budgets,
    settings,
    callsADay: counts,
    trusted,
    problems: problems.sorted(),
  };
}

/** Defaults if the file is missing or has an error. */
async function readBudgets(path: string, name: Name, problems: Problems) {
  const file = name(path);
  if (!existsSync(path)) return parseBudgets(file, '{}');
  return (
    (await problems.attempt(async () => parseBudgets(file, await readText(path, name)))) ??
    parseBudgets(file, '{}')
  );
}

async function readProposals(folder: string, name: Name, problems: Problems, trusted: TrustedFunctions) {
  const path = join(folder, 'schema', 'proposals');
  // A workload needs no proposals.
  const proposalFiles = existsSync(path)
    ? ((await problems.attempt(() => sqlFiles(path, name, problems))) ?? [])
    : [];
  const read = await Promise.all(
    proposalFiles.map(({ id, path }) =>
      problems.attempt(async () => readProposalText(name(path), await readText(path, name), id, trusted)),
    ),
  );
  return { proposals: read.filter(proposal => proposal !== undefined), proposalFiles };
}

async function readQuery(
  { id, path }: SqlFile,
  name: Name,
  budgets: Budgets,
  rewrites: readonly RewriteFile[],
  problems: Problems,
  trusted: TrustedFunctions,
): Promise<readonly Omit<Query, 'number'>[]> {
  const file = name(path);
  const text = await readText(path, name);
  const [header, variants] = await headerAndVariants(file, text, trusted);
  const title = header.title ?? id;
  for (const rewrite of variants[0]?.writes === undefined ? [] : rewrites)
    problems.add(
      new PgoptError('workload-invalid', `${rewrite.file}: a statement that writes cannot have a rewrite`, {
        next: 'remove this file',
      }),
    );
  const rewritten = await Promise.all(
    rewrites.map(rewrite =>
      problems.attempt(() => Promise.all(variants.map(({ set }) => rewriteFor(rewrite, set, trusted)))),
    ),
  );
  return variants.map(({ suffix, values, sql, writes }, position) => ({
    id: id + suffix,
    title: variants.length > 1 ? `${title} · ${values?.label}` : title,
    targetMs: header.targetMs ?? budgets.queryTargetMs,
    sql,
    ...(writes === undefined ? {} : { writes }),
    file,
    text,
    values,
    rewrites: writes === undefined ? rewritten.flatMap(texts => texts?.[position] ?? []) : [],
  }));
}

/** @throws PgoptError with the errors of both */
async function headerAndVariants(
  file: string,
  text: string,
  trusted: TrustedFunctions,
): Promise<readonly [Header, readonly Variant[]]> {
  const own = new Problems();
  const header = await own.attempt(() => parseHeader(file, text));
  // Without a valid header no parameter has a value, which would be a misleading second error.
  if (header === undefined) await own.attempt(() => checkQuery(file, text, trusted));
  own.throwIfAny();
  if (header === undefined) throw new Error('nothing was thrown');
  return [header, await variantsOf(file, text, header.valueSets, trusted)];
}

interface RewriteFile {
  readonly queryId: string;
  readonly rewriteId: string;
  readonly needs: readonly string[];
  readonly file: string;
  readonly text: string;
}

/** A rewrite uses its query's parameters, or some of them. */
async function rewriteFor(
  { rewriteId, needs, file, text }: RewriteFile,
  set: ValueSet | undefined,
  trusted: TrustedFunctions,
): Promise<Rewrite> {
  return { id: rewriteId, needs, file, text, sql: await parseSelect(file, text, set?.values, trusted) };
}

async function readRewrite(
  { id, path }: SqlFile,
  queries: readonly SqlFile[],
  proposals: readonly SqlFile[],
  name: Name,
  trusted: TrustedFunctions,
): Promise<RewriteFile> {
  const [queryId = '', rewriteId = '', ...more] = id.split('@');
  const file = name(path);
  const refused = (message: string, next?: string) =>
    new PgoptError('workload-invalid', `${file}: ${message}`, next === undefined ? {} : { next });
  if (queryId === '' || rewriteId === '' || more.length > 0)
    throw refused('not the name of a rewrite', 'name it query@proposal.sql, or query@one+another.sql');
  if (!queries.some(query => query.id === queryId))
    throw refused(`there is no query ${queryId}.sql for this rewrite`);
  const isProposal = (name: string) => proposals.some(proposal => proposal.id === name);
  const needs = isProposal(rewriteId) ? [rewriteId] : rewriteId.split('+');
  const unknown = needs.find(needed => !isProposal(needed));
  if (unknown !== undefined) throw refused(`there is no proposal ${unknown}.sql for this rewrite`);
  const text = await readText(path, name);
  await allOf([() => parseHeader(file, text, 'of a rewrite'), () => checkSelect(file, text, trusted)]);
  return { queryId, rewriteId, needs, file, text };
}
