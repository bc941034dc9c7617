/** Small workloads from text, through the same grammar as files. */
import { parseProposal } from '../../src/workload/proposals.ts';
import { parseSelect } from '../../src/workload/selects.ts';
import type { Budgets, Proposal, Query, Workload } from '../../src/workload/types.ts';

export async function makeWorkload(texts: {
  readonly queries: Readonly<Record<string, string>>;
  readonly proposals: Readonly<Record<string, string>>;
  /** `query@proposal` → SQL. */
  readonly rewrites?: Readonly<Record<string, string>>;
  readonly budgets?: Partial<Budgets>;
}): Promise<Workload> {
  const rewrites = Object.entries(texts.rewrites ?? {});
  const queries = Object.entries(texts.queries).map(async ([id, sql], position): Promise<Query> => {
    const own = rewrites.filter(([name]) => name.startsWith(`${id}@`));
    return {
      id,
      number: position + 1,
      title: id,
      targetMs: 2000,
      file: `${id}.sql`,
      sql: await parseSelect(`${id}.sql`, sql),
      rewrites: await Promise.all(
        own.map(async ([name, text]) => ({
          proposalId: name.split('@')[1] ?? '',
          file: `${name}.sql`,
          sql: await parseSelect(`${name}.sql`, text),
        })),
      ),
    };
  });
  const proposals = Object.entries(texts.proposals).map(
    async ([id, ddl]): Promise<Proposal> => ({
      id,
      title: id,
      ddl,
      file: `${id}.sql`,
      ...(await parseProposal(`${id}.sql`, ddl, id)),
    }),
  );
  return {
    title: 'test',
    folder: '',
    problems: [],
    queries: await Promise.all(queries),
    proposals: await Promise.all(proposals),
    budgets: {
      storageBytes: 1024 ** 3,
      largeTableRows: 1_000_000,
      workMemBytes: 64 * 1024 ** 2,
      queryTargetMs: 2000,
      timeoutMs: 30_000,
      productionRows: {},
      ...texts.budgets,
    },
  };
}
