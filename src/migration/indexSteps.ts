/**
 * CREATE INDEX on tables → steps that build it while others work. CONCURRENTLY is not possible on a partitioned table:
 * build an empty index on the parent, one on each partition CONCURRENTLY, and attach them. The last one makes the
 * parent's index valid.
 */
import { asWritten, type NameInSchema, type WrittenName, writtenKey } from '../base/sql.ts';
import type { ChangeFacts, PartitionFacts, RelationFacts } from '../database/changeFacts.ts';
import { type CreateIndexText, readCreateIndex } from '../workload/createIndex.ts';
import type { Statement } from '../workload/workload.ts';
import { briefly, dropIndex, LOCKS, patiently, type SqlStep, type Step } from './plannedStep.ts';
import { type PartitionNames, serverName } from './sqlText.ts';
import { rewriteIndex } from './statementsOf.ts';

interface Partitioned {
  readonly statement: Statement;
  readonly read: CreateIndexText;
  readonly relation: RelationFacts;
  /** The parent's index. */
  readonly index: WrittenName;
  readonly names: PartitionNames;
  readonly notes: readonly string[];
}

function partitionSteps(given: Partitioned): readonly Step[] {
  const { relation, index, names, notes } = given;
  const below = relation.partitions.map(partition => ({
    partition,
    index: { schema: partition.schema, name: names.of(partition.schema, partition.name, index.name) },
  }));
  const indexOf = ({ schema, name }: NameInSchema): WrittenName =>
    below.find(({ partition }) => partition.schema === schema && partition.name === name)?.index ?? index;
  const branches = below.filter(({ partition }) => isBranch(partition));
  const leaves = below.filter(({ partition }) => !isBranch(partition));
  const undo: SqlStep[] = [
    dropIndex(index, { concurrent: false, ifExists: true }, [
      'The attached indexes of the partitions go with it.',
    ]),
    ...branches.map(branch => briefly(`DROP INDEX IF EXISTS ${asWritten(branch.index)}`)),
    ...leaves.map((leaf, position) =>
      patiently(
        `DROP INDEX CONCURRENTLY IF EXISTS ${asWritten(leaf.index)}`,
        position === 0 ? ['Indexes that a failed run did not attach.'] : [],
      ),
    ),
  ];
  return [
    create(given, relation, index, [...notes, ...LOCKS.onlyParent], undo),
    ...branches.map(({ partition, index }) => create(given, partition, index, LOCKS.onlyParent)),
    ...leaves.map(({ partition, index }, position) =>
      create(given, partition, index, position === 0 ? LOCKS.concurrently : []),
    ),
    // Deepest first: the last attached index makes its parent valid.
    ...below.toReversed().map(
      ({ partition, index }, position): Step => ({
        phase: 'indexes',
        ...briefly(
          `ALTER INDEX ${asWritten(indexOf(partition.parent))} ATTACH PARTITION ${asWritten(index)}`,
          position === 0 ? LOCKS.attach : [],
        ),
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
  const sql = rewriteIndex(statement.sql, read, {
    concurrently: !branch,
    name: index.name,
    target: `${branch ? 'ONLY ' : ''}${asWritten(relation)}`,
  });
  const step = (branch ? briefly : patiently)(sql, comment);
  return { phase: 'indexes', ...step, makes: { kind: 'index', ...index }, undo };
}

/** @param notes Comment lines: its proposal, its size. */
export async function indexSteps(
  statement: Statement,
  facts: ChangeFacts,
  names: PartitionNames,
  notes: readonly string[],
): Promise<readonly Step[]> {
  const read = await readCreateIndex(statement.sql);
  const relation = facts.relations.get(writtenKey({ schema: read.schema, name: read.table }));
  const name = serverName(statement.creates ?? '');
  const index = { schema: relation?.schema ?? read.schema, name };
  const comment = [...notes, ...(read.expression ? [EXPRESSION] : [])];
  if (relation?.kind === 'partitioned table' && !read.only && canAttach(relation))
    return partitionSteps({ statement, read, relation, index, names, notes: comment });
  const whole = relation?.kind === 'partitioned table' || relation?.kind === 'hypertable';
  const named = read.name[0] === read.name[1] ? name : undefined;
  const sql = rewriteIndex(statement.sql, read, { concurrently: !whole, name: named });
  const step = (whole ? briefly : patiently)(sql, [...comment, ...lockOf(read, relation)]);
  const undo = [dropIndex(index, { concurrent: !whole, ifExists: true })];
  return [{ phase: 'indexes', ...step, makes: { kind: 'index', ...index }, undo }];
}

const EXPRESSION = 'The planner has no statistics of its expressions until the table is next analyzed.';

/** Foreign tables have no indexes, so the parent's index would never become valid. */
const canAttach = ({ partitions }: RelationFacts): boolean =>
  partitions.length > 0 && partitions.every(({ kind }) => kind !== 'foreign table');

function lockOf({ only }: CreateIndexText, relation: RelationFacts | undefined): readonly string[] {
  if (relation === undefined)
    return [
      'The catalog did not show what the table is: PostgreSQL refuses CONCURRENTLY on a partitioned one.',
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
