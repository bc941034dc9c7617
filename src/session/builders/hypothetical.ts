/**
 * Estimates an index that cannot be built, through the extension HypoPG. Its indexes live in the server process,
 * outside the transaction, so each probe creates and removes its own. EXPLAIN ANALYZE ignores them: such a plan is
 * never run.
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

/** Why HypoPG cannot estimate it; undefined where it can. */
export function unimaginable({ statements }: Proposal): string | undefined {
  return statements.every(({ kind }) => kind === 'create-index')
    ? undefined
    : 'cannot be tried: HypoPG supports only indexes';
}

/** Reads the estimated size. @throws DatabaseError if HypoPG refuses the statement. */
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
  // HypoPG only warns about a statement that it does not accept as CREATE INDEX.
  if (row === undefined) throw new DatabaseError('hypopg: the statement creates no index', '0A000');
  return row;
}

/** HypoPG's refusal, with the reason why the proposal cannot be built for real. */
export const refusalOf = (error: DatabaseError, why: string): string =>
  `HypoPG refuses it: ${error.message.replace(/^hypopg: /, '')} (${why})`;

/** Removes hypothetical indexes that another transaction left behind, or that this one would. */
export const clearing = ({ schema }: Hypopg): string => `SELECT ${identifier(schema)}.hypopg_reset()`;

/** The current hypothetical indexes, with the rows of their tables. */
const listing = ({ schema }: Hypopg): string =>
  `SELECT h.indexname AS name, ${rowsOf('t.oid')} AS rows
   FROM ${identifier(schema)}.hypopg() AS h JOIN pg_catalog.pg_class t ON t.oid = h.indrelid`;

/** Sent before a probe turns read-only, in the same place as hiding. */
function making({ schema }: Hypopg, { sql }: Statement): Sql {
  const own = identifier(schema);
  return asUser(`SELECT made.indexname AS name, ${own}.hypopg_relation_size(made.indexrelid) AS bytes
    FROM ${own}.hypopg_create_index(${literal(sql)}::pg_catalog.text) AS made`);
}
