/**
 * What the preflights of a database and its smaller copies say of each other: whether times of the one can be taken for smaller
 * times of the other, and which is how large. Pure.
 */
import { PgoptError } from '../errors.ts';
import { formatCount } from '../format/count.ts';
import type { Preflight } from '../session/preflight/types.ts';

export interface Ordered<T> {
  /** Ascending by rows, each with what it is called. */
  readonly samples: readonly { readonly sample: T; readonly label: string }[];
  /** Of the database itself. */
  readonly label: string;
  /** What makes the sizes hard to compare; clauses. */
  readonly remarks: readonly string[];
}

/** Sizes nearer to each other say more of the runs' noise than of growth; from here on the lens learns from two sizes, too. */
const LEAST_FACTOR = 1.5;

const majorOf = ({ server }: Preflight): number => Number.parseInt(server.version, 10);
const nameOf = ({ server }: Preflight): string => server.database;
const refuse = (message: string, next: string) => new PgoptError('usage', message, { next });

/**
 * @param rows production_rows of the workload.
 * @throws PgoptError 'usage'
 */
export function orderSamples<T extends { readonly found: Preflight }>(
  target: Preflight,
  samples: readonly T[],
  rows: Readonly<Record<string, number>>,
): Ordered<T> {
  const grown = new Set(
    target.tables
      .filter(table =>
        [table, ...table.partitions].some(
          ({ schema, name }) => Object.hasOwn(rows, name) || Object.hasOwn(rows, `${schema}.${name}`),
        ),
      )
      .map(({ name }) => name),
  );
  if (grown.size === 0)
    throw refuse(
      `production_rows in schema/workload.json has none of the tables of ${nameOf(target)} that the workload is about`,
      `add them: ${target.tables.map(({ name }) => name).join(', ') || 'no table of it is there'}`,
    );
  const count = ({ tables }: Preflight) =>
    tables.filter(({ name }) => grown.has(name)).reduce((sum, table) => sum + table.rows, 0);
  const all = [target, ...samples.map(({ found }) => found)];
  for (const [at, one] of all.entries()) {
    const same = all.slice(0, at).find(other => isSame(one, other));
    if (same !== undefined)
      throw refuse(
        `${nameOf(one)} is named twice, as --sample ${same === target ? 'and as the database itself' : 'both times'}`,
        'name smaller copies of it',
      );
    if (at > 0) requireTwin(one, target);
    if (count(one) === 0)
      throw refuse(
        `ANALYZE has not counted the rows of ${nameOf(one)} (${[...grown].join(', ')})`,
        'fill them, and ANALYZE',
      );
  }
  const larger = samples.find(({ found }) => count(found) > count(target));
  if (larger !== undefined)
    throw refuse(
      `the sample ${nameOf(larger.found)} has ${formatCount(count(larger.found))} rows, ${nameOf(target)} only ${formatCount(count(target))}`,
      'name the largest with --url, and smaller copies of it with --sample',
    );
  const ordered = [...samples].sort((a, b) => count(a.found) - count(b.found));
  const ascending = [...ordered.map(({ found }) => found), target];
  for (const [at, one] of ascending.entries()) {
    const next = ascending[at + 1];
    if (next !== undefined && count(next) < count(one) * LEAST_FACTOR) throw tooNear(one, next, count);
  }
  const label = (found: Preflight) => `${nameOf(found)} (${formatCount(count(found))} rows)`;
  const servers = new Set(all.map(({ server }) => server.startedAt));
  return {
    samples: ordered.map(sample => ({ sample, label: label(sample.found) })),
    label: label(target),
    remarks:
      servers.size === 1
        ? []
        : [
            `${servers.size} servers: what one of them does faster than another is taken for growth, or hides it`,
          ],
  };
}

const isSame = (one: Preflight, other: Preflight): boolean =>
  one.server.startedAt === other.server.startedAt && nameOf(one) === nameOf(other);

/** The same tables, the same queries, the same PostgreSQL. */
function requireTwin(sample: Preflight, target: Preflight): void {
  const [name, whole] = [nameOf(sample), nameOf(target)];
  if (majorOf(sample) !== majorOf(target))
    throw refuse(
      `the sample ${name} is on PostgreSQL ${majorOf(sample)}, ${whole} on ${majorOf(target)}: another planner, another executor`,
      `put it on PostgreSQL ${majorOf(target)}`,
    );
  const there = new Set(sample.tables.map(table => table.name));
  const missing = target.tables.find(table => !there.has(table.name));
  const nowhere = new Set(target.brokenQueries.map(({ queryId }) => queryId));
  const broken = sample.brokenQueries.find(({ queryId }) => !nowhere.has(queryId));
  if (missing === undefined && broken === undefined) return;
  throw refuse(
    broken === undefined
      ? `the sample ${name} has no table ${missing?.name}`
      : `the sample ${name} cannot plan ${broken.queryId} (${broken.reason})`,
    `name a copy that has what the workload reads of ${whole}`,
  );
}

function tooNear(one: Preflight, larger: Preflight, count: (found: Preflight) => number): PgoptError {
  const say = (found: Preflight) => `${nameOf(found)} has ${formatCount(count(found))} rows`;
  return refuse(
    `${say(one)}, ${say(larger)}: too near to each other to see what grows`,
    'name copies that have at most two thirds of the rows of the next larger one',
  );
}
