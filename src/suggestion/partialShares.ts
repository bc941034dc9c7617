/**
 * The share of a table's rows in a partial index, from a sample. The planner assumes a third for any comparison of two columns,
 * and independent columns.
 */
import { append } from '../base/lists.ts';
import { plain } from '../base/sql.ts';
import type { IndexCandidate } from './indexCandidates.ts';
import { type Ask, sampleOf } from './viewSize.ts';

const SAMPLE = 30_000;
/** Above this many rows the sample draws whole pages: reading every row takes too long. */
const MOST_READ = 300_000;
/** With fewer sampled rows the planner's statistics are better. */
const LEAST_SEEN = 100;

interface PartialShares {
  /** Candidate → its share in the sample. */
  readonly all: ReadonlyMap<string, number>;
  /** Those with enough rows in the sample for a size. */
  readonly precise: ReadonlyMap<string, number>;
}

/** @param rowsOf Rows of a table here. */
export async function partialShares(
  indexes: ReadonlyMap<string, IndexCandidate>,
  rowsOf: (table: string) => number,
  ask: Ask,
): Promise<PartialShares> {
  const byTable = new Map<string, Map<string, string[]>>();
  for (const [id, { schema, table, where }] of indexes) {
    if (where.length === 0) continue;
    const from = schema === undefined ? plain(table) : `${plain(schema)}.${plain(table)}`;
    const sample = `${from} TABLESAMPLE ${sampleOf(rowsOf(table), SAMPLE, MOST_READ)} REPEATABLE (1)`;
    const conditions = byTable.get(sample) ?? new Map<string, string[]>();
    byTable.set(sample, conditions);
    const condition = where.map(one => `(${one})`).join(' AND ');
    append(conditions, condition, id);
  }
  const all = new Map<string, number>();
  const precise = new Map<string, number>();
  for (const [sample, conditions] of byTable) {
    const counts = [...conditions.keys()].map((one, at) => `count(*) FILTER (WHERE ${one}) AS c${at}`);
    const answers = await ask([`SELECT count(*) AS rows, ${counts.join(', ')} FROM ${sample}`]);
    const row = answers?.[0]?.[0];
    const rows = Number(row?.rows ?? 0);
    if (rows < LEAST_SEEN) continue;
    for (const [at, ids] of [...conditions.values()].entries()) {
      const seen = Number(row?.[`c${at}`] ?? 0);
      for (const id of ids) {
        all.set(id, seen / rows);
        if (seen >= LEAST_SEEN) precise.set(id, seen / rows);
      }
    }
  }
  return { all, precise };
}
