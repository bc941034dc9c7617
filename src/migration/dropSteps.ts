/** Steps that drop indexes, and their rollback. */

import { formatBytes } from '../base/format.ts';
import { asWritten, identifier, literal, type WrittenName, writtenKey } from '../base/sql.ts';
import type { ChangeFacts } from '../database/changeFacts.ts';
import type { IndexDefinition } from '../database/indexDefinitions.ts';
import { briefly, dropIndex, type Kept, LOCKS, patiently, type SqlStep, type Step } from './plannedStep.ts';
import { restored } from './statementsOf.ts';

export async function dropSteps(kept: Kept, facts: ChangeFacts): Promise<readonly Step[]> {
  const { proposal, built } = kept;
  const freed = built === undefined ? [] : [`Frees ${formatBytes(built.freedBytes)} here.`];
  const steps: Step[] = [];
  for (const index of proposal.statements.flatMap(({ drops = [] }) => drops)) {
    const definitions = facts.indexes.get(writtenKey(index)) ?? [];
    const [root] = definitions;
    // CONCURRENTLY drops one index at a time, and no partitioned one.
    const concurrent = root?.partitioned !== true;
    const comment = [
      `${proposal.id}: ${proposal.title}`,
      ...freed,
      ...kept.lost.map(sentence => `WARNING: ${sentence}.`),
      ...(root?.clustered ? ['CLUSTER uses it.'] : []),
      ...(root?.replicaIdentity ? ['WARNING: logical replication identifies rows by it.'] : []),
    ];
    const undo = await restore(index, definitions);
    steps.push({ phase: 'drops', ...dropIndex(root ?? index, { concurrent }, comment), undo });
  }
  return steps;
}

async function restore(index: WrittenName, definitions: readonly IndexDefinition[]): Promise<SqlStep[]> {
  if (definitions.length === 0)
    return [
      briefly('SELECT 1', [
        `The definition of ${asWritten(index)} is unknown: the rollback cannot restore it.`,
      ]),
    ];
  const steps: SqlStep[] = [];
  for (const one of [...definitions].sort((a, b) => Number(b.partitioned) - Number(a.partitioned))) {
    if (one.tablespace !== undefined)
      steps.push(briefly(`SET default_tablespace = ${literal(one.tablespace)}`));
    const makes = { kind: 'index', schema: one.schema, name: one.name } as const;
    // pg_get_indexdef() prints ON ONLY for a partitioned index; its parts are attached below.
    const whole = one.partitioned || one.onHypertable;
    const sql = await restored(one.definition, { concurrently: !whole });
    const comment = one.partitioned
      ? LOCKS.onlyParent
      : one.onHypertable
        ? LOCKS.hypertable
        : LOCKS.concurrently;
    steps.push({ ...(whole ? briefly : patiently)(sql, comment), makes });
    if (one.tablespace !== undefined) steps.push(briefly('RESET default_tablespace'));
  }
  for (const { parent, schema, name } of definitions.toReversed())
    if (parent !== undefined)
      steps.push(briefly(`ALTER INDEX ${asWritten(parent)} ATTACH PARTITION ${asWritten({ schema, name })}`));
  return [...steps, ...definitions.flatMap(indexProperties)];
}

/** Properties that an index's definition lacks. */
function indexProperties({
  schema,
  name,
  table,
  comment,
  clustered,
  replicaIdentity,
}: IndexDefinition): SqlStep[] {
  const index = asWritten({ schema, name });
  const [ofTable, bare] = [`ALTER TABLE ${asWritten(table)}`, identifier(name)];
  return [
    ...(comment === undefined ? [] : [briefly(`COMMENT ON INDEX ${index} IS ${literal(comment)}`)]),
    ...(clustered ? [briefly(`${ofTable} CLUSTER ON ${bare}`)] : []),
    ...(replicaIdentity ? [briefly(`${ofTable} REPLICA IDENTITY USING INDEX ${bare}`)] : []),
  ];
}
