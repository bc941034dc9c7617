/**
 * Proposes to drop indexes that another one replaces: copies, and indexes whose columns begin another one. A drop is suggested
 * only if no plan at production size becomes more expensive and no run here becomes slower.
 */

import type { Verdict } from '../advisor/verdict.ts';
import { plain } from '../base/sql.ts';
import type { ExplorerSession } from '../session/events.ts';
import { readProposalText } from '../workload/proposals.ts';
import type { Proposal, Query } from '../workload/workload.ts';
import type { Planner } from './screening.ts';

interface SuperfluousIndex {
  readonly schema: string;
  readonly name: string;
  readonly table: string;
  /** The index that replaces it. */
  readonly by: string;
  readonly isCopy: boolean;
}

/**
 * Indexes of constraints, unique indexes and indexes of partitions stay. Of two copies the later name goes. A prefix must have
 * the same operator classes, collations, directions and predicate.
 */
const SUPERFLUOUS = `
  WITH candidate AS (
    SELECT i.*, c.relname, c.relam, n.nspname, t.relname AS "table",
           pg_catalog.pg_get_expr(i.indexprs, i.indrelid) AS expressions,
           pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
           (i.indkey::int2[])[0:i.indnkeyatts - 1]::text AS keys,
           (i.indkey::int2[])[i.indnkeyatts:]::text AS included,
           EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid) AS constrained,
           c.relispartition
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
    WHERE i.indisvalid AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  )
  SELECT DISTINCT ON (a.indexrelid) a.nspname::text AS schema, a.relname::text AS name, a."table"::text AS "table", b.relname::text AS by,
         a.indnkeyatts = b.indnkeyatts AND a.included = b.included AS copy
  FROM candidate a
  JOIN candidate b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid AND b.relam = a.relam
   AND b.predicate IS NOT DISTINCT FROM a.predicate
   AND (b.indkey::int2[])[0:a.indnkeyatts - 1] = (a.indkey::int2[])[0:a.indnkeyatts - 1]
   AND (b.indclass::oid[])[0:a.indnkeyatts - 1] = (a.indclass::oid[])[0:a.indnkeyatts - 1]
   AND (b.indcollation::oid[])[0:a.indnkeyatts - 1] = (a.indcollation::oid[])[0:a.indnkeyatts - 1]
   AND (b.indoption::int2[])[0:a.indnkeyatts - 1] = (a.indoption::int2[])[0:a.indnkeyatts - 1]
   AND (a.expressions IS NULL OR a.expressions = b.expressions)
   AND (a.included = '{}' OR a.included = b.included AND a.indnkeyatts = b.indnkeyatts)
  JOIN pg_catalog.pg_am m ON m.oid = a.relam
  WHERE NOT a.constrained AND NOT a.indisunique AND NOT a.relispartition AND NOT b.relispartition
    AND CASE WHEN a.indnkeyatts < b.indnkeyatts THEN m.amname = 'btree'
        ELSE b.constrained OR b.indisunique OR a.included <> b.included OR b.relname < a.relname END
  ORDER BY a.indexrelid, b.constrained DESC, b.indisunique DESC, b.relname`;

/** @returns Empty if the session has ended or may not read the catalog. */
export async function superfluousIndexes(
  session: Pick<ExplorerSession, 'background'>,
  signal: AbortSignal,
): Promise<readonly SuperfluousIndex[]> {
  const answer = await session.background({ kind: 'read', statements: [SUPERFLUOUS] }, signal);
  if (answer.kind !== 'read') return [];
  return (answer.answers[0] ?? []).map(row => ({
    schema: String(row.schema),
    name: String(row.name),
    table: String(row.table),
    by: String(row.by),
    isCopy: row.copy === true,
  }));
}

/** @param free Makes a name unique. */
export async function dropProposals(
  indexes: readonly SuperfluousIndex[],
  free: (name: string) => string,
): Promise<readonly Proposal[]> {
  const found: Proposal[] = [];
  for (const { schema, name, by, isCopy } of indexes) {
    const id = free(`drop_${name.toLowerCase().replace(/\W+/g, '_')}`);
    const title = `Drop ${name}: ${isCopy ? `a copy of ${by}` : `${by} begins with its columns`}`;
    const text = `-- title: ${title.replace(/\s+/g, ' ')}\n\nDROP INDEX ${plain(schema)}.${plain(name)};\n`;
    const proposal = await readProposalText(`${id}.sql`, text, id).catch(() => undefined);
    if (proposal !== undefined) found.push(proposal);
  }
  return found;
}

/** A higher cost than this share of the one before is a loss. */
const LOSS = 1.02;

interface DropGrounds {
  readonly queries: readonly Query[];
  /** Proposals that are on together with the drop. */
  readonly on: readonly string[];
  /** Plans at production size. */
  readonly there: Planner;
  /** Called before a drop is judged. */
  readonly prepare: (id: string) => Promise<void>;
  /** Runs a query with and without the index; undefined if nothing can be run. */
  readonly compare: (query: Query, id: string) => Promise<Verdict | undefined>;
}

/** @returns The drops that make no plan at production size more expensive and no run here slower, and why the others are rejected. */
export async function judgeDrops(
  drops: readonly Proposal[],
  { queries, on, there, prepare, compare }: DropGrounds,
): Promise<{ readonly dropped: ReadonlySet<string>; readonly rejected: ReadonlyMap<string, string> }> {
  const dropped = new Set<string>();
  const rejected = new Map<string, string>();
  if (drops.length === 0) return { dropped, rejected };
  const costOf = async (query: Query, proposals: readonly string[]) =>
    (await there.plan(query.id, proposals))?.plan.totalCost;
  const costs = new Map<Query, number | undefined>();
  for (const query of queries) costs.set(query, await costOf(query, on));
  for (const { id } of drops) {
    await prepare(id);
    let isKnown = true;
    for (const query of queries) {
      const [before, after] = [costs.get(query), await costOf(query, [...on, id])];
      isKnown = before !== undefined && after !== undefined;
      if (before === undefined || after === undefined) break;
      if (after > before * LOSS)
        rejected.set(id, `query ${query.number} costs more without it at production size`);
      else if ((await compare(query, id))?.kind === 'slower')
        rejected.set(id, `query ${query.number} is slower without it here`);
      if (rejected.has(id)) break;
    }
    if (isKnown && !rejected.has(id)) dropped.add(id);
  }
  return { dropped, rejected };
}
