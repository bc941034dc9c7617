/**
 * An index on a partitioned table, which cannot be built CONCURRENTLY as a whole: an empty one on the parent, one on each
 * partition while others work, and then they are attached; with the last of them the parent's becomes valid. Pure.
 */
import { asWritten, type NameInSchema, type WrittenName, writtenKey } from '../base/sql.ts';
import type { ChangeFacts, PartitionFacts, RelationFacts } from '../database/changeFacts.ts';
import { type CreateIndexText, readCreateIndex } from '../workload/createIndex.ts';
import type { Statement } from '../workload/workload.ts';
import { LOCKS, type SqlStep, type Step } from './plannedStep.ts';
import { type PartitionNames, serverName } from './sqlText.ts';
import { rewriteIndex } from './statementsOf.ts';

export interface Partitioned {
  readonly statement: Statement;
  readonly read: CreateIndexText;
  readonly relation: RelationFacts;
  /** The parent's index. */
  readonly index: WrittenName;
  readonly names: PartitionNames;
  readonly said: readonly string[];
}

function partitionSteps(given: Partitioned): readonly Step[] {
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

/** CREATE INDEX on a table that is there → the steps that build it while others work. Pure. */

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
  const whole = relation?.kind === 'partitioned table' || relation?.kind === 'hypertable';
  const named = read.name[0] === read.name[1] ? name : undefined;
  const undo = `DROP INDEX${whole ? '' : ' CONCURRENTLY'} IF EXISTS ${asWritten(index)}`;
  return [
    {
      phase: 'indexes',
      comment: [...comment, ...lockOf(read, relation)],
      sql: rewriteIndex(statement.sql, read, { concurrently: !whole, name: named }),
      waits: whole ? 'briefly' : 'patiently',
      makes: { kind: 'index', ...index },
      undo: [
        {
          comment: whole ? LOCKS.drop : LOCKS.dropConcurrently,
          sql: undo,
          waits: whole ? 'briefly' : 'patiently',
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
  if (relation.kind === 'hypertable') return LOCKS.hypertable;
  if (relation.kind !== 'partitioned table') return LOCKS.concurrently;
  if (only) return LOCKS.onlyParent;
  if (relation.partitions.length === 0) return ['It has no partitions yet.', ...LOCKS.plain];
  return [
    'WARNING: some of its partitions are foreign tables, so it cannot be built partition by partition.',
    ...LOCKS.plain,
  ];
}
