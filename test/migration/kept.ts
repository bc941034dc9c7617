/** Proposals from text, as kept; and the catalog's word on them where there is no catalog. */

import { writtenKey } from '../../src/base/sql.ts';
import type { ChangeFacts, RelationFacts } from '../../src/database/changeFacts.ts';
import type { Origin } from '../../src/migration/migration.ts';
import type { Kept } from '../../src/migration/plannedStep.ts';
import { parseProposal } from '../../src/workload/proposals.ts';

export const ORIGIN: Origin = {
  title: 'E-commerce analytics',
  program: 'pgopt-explore 0.0.0',
  at: '2026-11-23T10:00:00Z',
  server: 'PostgreSQL 15.18',
  database: 'shop at db.example:5432',
  proposals: 5,
};

/** @param texts Id → the file's text. */
export async function keptOf(texts: Readonly<Record<string, string>>): Promise<Kept[]> {
  return Promise.all(
    Object.entries(texts).map(async ([id, ddl]) => ({
      proposal: { id, title: id, ddl, file: `${id}.sql`, ...(await parseProposal(id, ddl, id)) },
      built: undefined,
      projectedBytes: undefined,
      lost: [],
      readBy: [],
    })),
  );
}

export function factsOf(
  tables: readonly (Pick<RelationFacts, 'name'> & Partial<RelationFacts>)[],
  rest: Partial<ChangeFacts> = {},
): ChangeFacts {
  return {
    searchPath: '"$user", public',
    currentSchema: 'public',
    relations: new Map(
      tables.map(({ name, schema = 'public', kind = 'table', partitions = [] }) => [
        writtenKey({ schema: undefined, name }),
        { schema, name, kind, partitions },
      ]),
    ),
    indexes: new Map(),
    ...rest,
  };
}
