/** CREATE INDEX on a table that is there → the steps that build it while others work. Pure. */

import { asWritten, writtenKey } from '../base/relationName.ts';
import type { ChangeFacts, RelationFacts } from '../database/changeFacts.ts';
import { type CreateIndexText, readCreateIndex } from '../workload/createIndex.ts';
import type { Statement } from '../workload/types.ts';
import { rewriteIndex } from './indexText.ts';
import { LOCKS } from './locks.ts';
import { type PartitionNames, serverName } from './names.ts';
import { partitionSteps } from './partitionSteps.ts';
import type { Step } from './types.ts';

/** @param said What is known of it: its proposal, its size. */
export async function indexSteps(
  statement: Statement,
  facts: ChangeFacts,
  names: PartitionNames,
  said: readonly string[],
): Promise<readonly Step[]> {
  const read = await readCreateIndex(statement.sql);
  const relation = facts.relations.get(writtenKey({ schema: read.schema, name: read.table }));
  const name = serverName(statement.creates ?? '');
  const index = { schema: relation?.schema ?? read.schema, name };
  const comment = [...said, ...(read.expression ? [EXPRESSION] : [])];
  if (relation?.kind === 'partitioned table' && !read.only && canAttach(relation))
    return partitionSteps({ statement, read, relation, index, names, said: comment });
  const partitioned = relation?.kind === 'partitioned table';
  const named = read.name[0] === read.name[1] ? name : undefined;
  const undo = `DROP INDEX${partitioned ? '' : ' CONCURRENTLY'} IF EXISTS ${asWritten(index)}`;
  return [
    {
      phase: 'indexes',
      comment: [...comment, ...lockOf(read, relation)],
      sql: rewriteIndex(statement.sql, read, { concurrently: !partitioned, name: named }),
      waits: partitioned ? 'briefly' : 'patiently',
      makes: { kind: 'index', ...index },
      undo: [
        {
          comment: partitioned ? LOCKS.drop : LOCKS.dropConcurrently,
          sql: undo,
          waits: partitioned ? 'briefly' : 'patiently',
        },
      ],
    },
  ];
}

const EXPRESSION = 'The planner has no statistics of its expressions until the table is next analyzed.';

/** A foreign table has no indexes, and without one of every partition the parent's stays invalid. */
const canAttach = ({ partitions }: RelationFacts): boolean =>
  partitions.length > 0 && partitions.every(({ kind }) => kind !== 'foreign table');

function lockOf({ only }: CreateIndexText, relation: RelationFacts | undefined): readonly string[] {
  if (relation === undefined)
    return [
      'The catalog did not say what the table is: on a partitioned one CONCURRENTLY is refused.',
      ...LOCKS.concurrently,
    ];
  if (relation.kind !== 'partitioned table') return LOCKS.concurrently;
  if (only) return LOCKS.onlyParent;
  if (relation.partitions.length === 0) return ['It has no partitions yet.', ...LOCKS.plain];
  return [
    'WARNING: some of its partitions are foreign tables, so it cannot be built partition by partition.',
    ...LOCKS.plain,
  ];
}
