/**
 * Where an index cannot be built: the plan that PostgreSQL would estimate with it, through the extension HypoPG. Its
 * indexes live in the memory of one server process, outside the transaction: so each probe begins with none, makes those
 * that are on, and clears them behind itself. EXPLAIN ANALYZE does not see them: such a plan is never run.
 */
import { DatabaseError } from '../../base/databaseError.ts';
import { identifier, literal } from '../../base/sql.ts';
import { asUser, type Sql } from '../../database/guard.ts';
import type { Row } from '../../database/link.ts';
import { rowsOf } from '../../database/parts.ts';
import type { Proposal, Statement } from '../../workload/workload.ts';
import type { Hypopg } from '../preflight/hypopg.ts';
import type { WorkTransaction } from '../transaction.ts';
import type { Built } from './builder.ts';

/** Why HypoPG is no help for it; undefined where it may be. */
export function unimaginable({ statements }: Proposal): string | undefined {
  return statements.every(({ kind }) => kind === 'create-index')
    ? undefined
    : 'cannot be tried: HypoPG knows indexes only';
}

/** Reads the size, and whether HypoPG accepts it at all. @throws DatabaseError its refusal */
export async function imagine(
  transaction: WorkTransaction,
  hypopg: Hypopg,
  proposal: Proposal,
): Promise<Built> {
  const imagine = proposal.statements.map(statement => ({
    make: making(hypopg, statement),
    name: statement.creates ?? '',
    proposalId: proposal.id,
  }));
  const restore = [clearing(hypopg)];
  const statements = [...restore, ...imagine.map(({ make }) => make), listing(hypopg)];
  const answers = await transaction.probe(statements, { after: restore });
  const made = answers.slice(restore.length, -1).map(onlyRow);
  const tables = new Map((answers.at(-1) ?? []).map(({ name, rows }) => [name, rows]));
  return {
    buildMs: 0,
    changedStatistics: false,
    hypothetical: true,
    made: [],
    switch: { on: { imagine, restore }, off: { restore } },
    objects: proposal.statements.map(({ creates = '', on = '' }, position) => ({
      kind: 'index',
      name: creates,
      table: on,
      bytes: Number(made[position]?.bytes),
      rows: Number(tables.get(made[position]?.name) ?? 0),
      usable: true,
    })),
  };
}

function onlyRow(rows: readonly Row[]): Row {
  const [row] = rows;
  // For a statement that HypoPG does not accept as CREATE INDEX it warns and makes no index.
  if (row === undefined) throw new DatabaseError('hypopg: it made no index of it', '0A000');
  return row;
}

/** @returns Why it is not there, even hypothetically: HypoPG's words, and what kept it from being built. */
export const refusalOf = (error: DatabaseError, why: string): string =>
  `HypoPG refuses it: ${error.message.replace(/^hypopg: /, '')} (${why})`;

/** Removes what another transaction left, or would leave to the next one. */
export const clearing = ({ schema }: Hypopg): string => `SELECT ${identifier(schema)}.hypopg_reset()`;

/** The hypothetical indexes of the moment, with the rows of their tables. */
const listing = ({ schema }: Hypopg): string =>
  `SELECT h.indexname AS name, ${rowsOf('t.oid')} AS rows
   FROM ${identifier(schema)}.hypopg() AS h JOIN pg_catalog.pg_class t ON t.oid = h.indrelid`;

/** Before a probe turns read-only, as hiding is: the server takes it there too, but the order is one for both. */
function making({ schema }: Hypopg, { sql }: Statement): Sql {
  const own = identifier(schema);
  return asUser(`SELECT made.indexname AS name, ${own}.hypopg_relation_size(made.indexrelid) AS bytes
    FROM ${own}.hypopg_create_index(${literal(sql)}::pg_catalog.text) AS made`);
}
