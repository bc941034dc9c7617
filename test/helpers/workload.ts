/** Small workloads from text, through the same reader as a person's folder. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadWorkload } from '../../src/workload/load.ts';
import { throwAll } from '../../src/workload/problems.ts';
import type { Budgets, Workload } from '../../src/workload/workload.ts';

export async function makeWorkload(texts: {
  readonly queries: Readonly<Record<string, string>>;
  readonly proposals: Readonly<Record<string, string>>;
  /** `query@proposal` → SQL. */
  readonly rewrites?: Readonly<Record<string, string>>;
  readonly budgets?: Partial<Budgets>;
  /** work_mem = 64MB when left out. */
  readonly settings?: Workload['settings'];
  /** Functions, as `--trust-functions` names them. */
  readonly trusted?: readonly string[];
}): Promise<Workload> {
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-made-'));
  try {
    const write = async (inFolder: string, files: Readonly<Record<string, string>>) => {
      await mkdir(join(folder, inFolder), { recursive: true });
      for (const [id, text] of Object.entries(files))
        await writeFile(join(folder, inFolder, `${id}.sql`), text);
    };
    // Tests leave queries out of a set of texts; their rewrites go with them.
    const rewrites = Object.entries(texts.rewrites ?? {}).filter(
      ([name]) => texts.queries[name.split('@')[0] ?? ''] !== undefined,
    );
    await write('queries', { ...texts.queries, ...Object.fromEntries(rewrites) });
    await write('schema/proposals', texts.proposals);
    await writeFile(join(folder, 'schema', 'workload.json'), '{ "title": "test" }');
    const workload = await loadWorkload(folder, folder, new Set(texts.trusted));
    throwAll(workload.problems);
    // Folders are read by name; tests speak of them in the order they wrote them in.
    const inOrder = <T extends { readonly id: string }>(items: readonly T[], names: readonly string[]) => {
      const place = (id: string) => names.indexOf(id.split('#')[0] ?? id);
      return [...items].sort((a, b) => place(a.id) - place(b.id));
    };
    const numbers = Object.keys(texts.queries);
    return {
      ...workload,
      queries: inOrder(workload.queries, numbers).map(query => ({
        ...query,
        number: numbers.indexOf(query.id.split('#')[0] ?? '') + 1,
      })),
      proposals: inOrder(workload.proposals, Object.keys(texts.proposals)),
      settings: texts.settings ?? [{ name: 'work_mem', value: '64MB' }],
      budgets: {
        ...workload.budgets,
        storageBytes: 1024 ** 3,
        workMemBytes: 64 * 1024 ** 2,
        ...texts.budgets,
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
