/** Indexes that are to go, and how they come back. Pure. */

import { formatBytes } from '../base/format.ts';
import { asWritten, literal, type WrittenName, writtenKey } from '../base/sql.ts';
import type { ChangeFacts } from '../database/changeFacts.ts';
import type { IndexDefinition } from '../database/indexDefinitions.ts';
import { type Kept, LOCKS, type SqlStep, type Step } from './plannedStep.ts';
import { restored } from './statementsOf.ts';

export async function dropSteps(kept: Kept, facts: ChangeFacts): Promise<readonly Step[]> {
  const { proposal, built } = kept;
  const freed = built === undefined ? [] : [`Frees ${formatBytes(built.freedBytes)} here.`];
  const steps: Step[] = [];
  for (const index of proposal.statements.flatMap(({ drops = [] }) => drops)) {
    const definitions = facts.indexes.get(writtenKey(index)) ?? [];
    const [root] = definitions;
    // Neither several at once nor a partitioned one can be dropped CONCURRENTLY.
    const concurrent = root?.partitioned !== true;
    steps.push({
      phase: 'drops',
      comment: [
        `${proposal.id}: ${proposal.title}`,
        ...freed,
        ...kept.lost.map(sentence => `WARNING: ${sentence}.`),
        ...(root?.clustered ? ['CLUSTER goes by it.'] : []),
        ...(root?.replicaIdentity ? ['WARNING: logical replication finds rows by it.'] : []),
        ...(concurrent ? LOCKS.dropConcurrently : LOCKS.drop),
      ],
      sql: `DROP INDEX ${concurrent ? 'CONCURRENTLY ' : ''}${asWritten(root ?? index)}`,
      waits: concurrent ? 'patiently' : 'briefly',
      undo: await restore(index, definitions),
    });
  }
  return steps;
}

async function restore(index: WrittenName, definitions: readonly IndexDefinition[]): Promise<SqlStep[]> {
  if (definitions.length === 0)
    return [
      {
        comment: [`The definition of ${asWritten(index)} was not known: it does not come back.`],
        sql: 'SELECT 1',
        waits: 'briefly',
      },
    ];
  const steps: SqlStep[] = [];
  for (const one of [...definitions].sort((a, b) => Number(b.partitioned) - Number(a.partitioned))) {
    if (one.tablespace !== undefined)
      steps.push(silent(`SET default_tablespace = ${literal(one.tablespace)}`));
    const makes = { kind: 'index', schema: one.schema, name: one.name } as const;
    // pg_get_indexdef says ON ONLY of a partitioned one: its parts are attached below.
    const whole = one.partitioned || one.onHypertable;
    const sql = await restored(one.definition, { concurrently: !whole });
    const comment = one.partitioned
      ? LOCKS.onlyParent
      : one.onHypertable
        ? LOCKS.hypertable
        : LOCKS.concurrently;
    steps.push({ comment, sql, waits: whole ? 'briefly' : 'patiently', makes });
    if (one.tablespace !== undefined) steps.push(silent('RESET default_tablespace'));
  }
  for (const { parent, schema, name } of definitions.toReversed())
    if (parent !== undefined)
      steps.push(silent(`ALTER INDEX ${asWritten(parent)} ATTACH PARTITION ${asWritten({ schema, name })}`));
  return [...steps, ...definitions.flatMap(besides)];
}

/** What hangs on an index and is not in its definition. */
function besides({ schema, name, table, comment, clustered, replicaIdentity }: IndexDefinition): SqlStep[] {
  const index = asWritten({ schema, name });
  return [
    ...(comment === undefined ? [] : [silent(`COMMENT ON INDEX ${index} IS ${literal(comment)}`)]),
    ...(clustered
      ? [silent(`ALTER TABLE ${asWritten(table)} CLUSTER ON ${asWritten({ schema: undefined, name })}`)]
      : []),
    ...(replicaIdentity
      ? [
          silent(
            `ALTER TABLE ${asWritten(table)} REPLICA IDENTITY USING INDEX ${asWritten({ schema: undefined, name })}`,
          ),
        ]
      : []),
  ];
}

const silent = (sql: string): SqlStep => ({ comment: [], sql, waits: 'briefly' });
