/**
 * An index on a partitioned table, which cannot be built CONCURRENTLY as a whole: an empty one on the parent, one on each
 * partition while others work, and then they are attached; with the last of them the parent's becomes valid. Pure.
 */

import { asWritten, type NameInSchema, type WrittenName } from '../base/relationName.ts';
import type { PartitionFacts, RelationFacts } from '../database/changeFacts.ts';
import type { CreateIndexText } from '../workload/createIndex.ts';
import type { Statement } from '../workload/types.ts';
import { rewriteIndex } from './indexText.ts';
import { LOCKS } from './locks.ts';
import type { PartitionNames } from './names.ts';
import type { SqlStep, Step } from './types.ts';

export interface Partitioned {
  readonly statement: Statement;
  readonly read: CreateIndexText;
  readonly relation: RelationFacts;
  /** The parent's index. */
  readonly index: WrittenName;
  readonly names: PartitionNames;
  readonly said: readonly string[];
}

export function partitionSteps(given: Partitioned): readonly Step[] {
  const { relation, index, names, said } = given;
  const below = relation.partitions.map(partition => ({
    partition,
    index: { schema: partition.schema, name: names.of(partition.schema, partition.name, index.name) },
  }));
  const indexOf = ({ schema, name }: NameInSchema): WrittenName =>
    below.find(({ partition }) => partition.schema === schema && partition.name === name)?.index ?? index;
  const branches = below.filter(({ partition }) => isBranch(partition));
  const leaves = below.filter(({ partition }) => !isBranch(partition));
  const undo: SqlStep[] = [
    {
      comment: ['With it go the indexes of the partitions that are attached.', ...LOCKS.drop],
      sql: `DROP INDEX IF EXISTS ${asWritten(index)}`,
      waits: 'briefly',
    },
    ...branches.map(branch => ({
      comment: [],
      sql: `DROP INDEX IF EXISTS ${asWritten(branch.index)}`,
      waits: 'briefly' as const,
    })),
    ...leaves.map((leaf, position) => ({
      comment: position === 0 ? ['Those that were not attached, after a run that failed.'] : [],
      sql: `DROP INDEX CONCURRENTLY IF EXISTS ${asWritten(leaf.index)}`,
      waits: 'patiently' as const,
    })),
  ];
  return [
    create(given, relation, index, [...said, ...LOCKS.onlyParent], undo),
    ...branches.map(({ partition, index }) => create(given, partition, index, LOCKS.onlyParent)),
    ...leaves.map(({ partition, index }, position) =>
      create(given, partition, index, position === 0 ? LOCKS.concurrently : []),
    ),
    // From the deepest up: a parent becomes valid with the last of its own.
    ...below.toReversed().map(
      ({ partition, index }, position): Step => ({
        phase: 'indexes',
        comment: position === 0 ? LOCKS.attach : [],
        sql: `ALTER INDEX ${asWritten(indexOf(partition.parent))} ATTACH PARTITION ${asWritten(index)}`,
        waits: 'briefly',
        undo: [],
      }),
    ),
  ];
}

const isBranch = ({ kind }: Pick<PartitionFacts, 'kind'>): boolean => kind === 'partitioned table';

function create(
  { statement, read }: Partitioned,
  relation: NameInSchema & Pick<PartitionFacts, 'kind'>,
  index: WrittenName,
  comment: readonly string[],
  undo: readonly SqlStep[] = [],
): Step {
  const branch = isBranch(relation);
  return {
    phase: 'indexes',
    comment,
    sql: rewriteIndex(statement.sql, read, {
      concurrently: !branch,
      name: index.name,
      target: `${branch ? 'ONLY ' : ''}${asWritten(relation)}`,
    }),
    waits: branch ? 'briefly' : 'patiently',
    makes: { kind: 'index', ...index },
    undo,
  };
}
