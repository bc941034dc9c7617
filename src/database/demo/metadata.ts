/**
 * Names of the shops' databases (`shop_0_01`, `shop_0_01_seed_7` for another seed), and the metadata that each finished
 * shop keeps as its database's comment: no comment, no shop.
 */
import { identifier, literal } from '../../base/sql.ts';
import type { Link } from '../link.ts';
import { type Rows, TABLES } from './demo.ts';

export const DEFAULT_SEED = 1;
/** Suffix during a load; the holder of the shop's lock owns this name. */
const LOADING = '_loading';

/** The scale's digits with `_` for the point; never an exponent, so that names sort and read well. */
export function shopName(scale: number, seed: number): string {
  const digits = scale
    .toFixed(12)
    .replace(/\.?0+$/, '')
    .replace('.', '_');
  return `shop_${digits}${seed === DEFAULT_SEED ? '' : `_seed_${seed}`}`;
}

export const loadingName = (shop: string): string => shop + LOADING;

/** The shop that a loading database would become; undefined for any other database. */
export function shopOfLoading(database: string): string | undefined {
  return /^shop_.*_loading$/.test(database) ? database.slice(0, -LOADING.length) : undefined;
}

/** The first free name: the shop's own, else with the day, else with the day and a number. */
export function freeName(shop: string, loadedOn: string, taken: ReadonlySet<string>): string {
  const dated = `${shop}_${loadedOn.replaceAll('-', '')}`;
  for (let n = 0; ; n++) {
    const name = n === 0 ? shop : n === 1 ? dated : `${dated}_${n}`;
    if (!taken.has(name)) return name;
  }
}

/** Raise it whenever a change of schema/tables.sql, constraints.sql or data/ changes the shop. */
export const GENERATOR_VERSION = 1;
const MARK = 'pgopt-explore demo shop';

export interface Metadata {
  readonly scale: number;
  readonly seed: number;
  readonly version: number;
  /** `2025-06-11` */
  readonly loadedOn: string;
  readonly rows: Rows;
}

export interface FoundShop extends Metadata {
  readonly database: string;
  readonly sessions: number;
}

export async function describeDatabase(link: Link, database: string, metadata: Metadata): Promise<void> {
  const comment = JSON.stringify({ is: MARK, ...metadata });
  await link.query(`COMMENT ON DATABASE ${identifier(database)} IS ${literal(comment)}`);
}

/** Every database of the server, with its metadata if it is a finished shop. */
export async function listDatabases(link: Link): Promise<{ names: Set<string>; shops: FoundShop[] }> {
  const rows = await link.query(`
    SELECT d.datname, shobj_description(d.oid, 'pg_database') AS comment,
           (SELECT count(*) FROM pg_stat_activity AS a WHERE a.datid = d.oid)::int AS sessions
    FROM pg_database AS d`);
  const shops = rows.flatMap(row => {
    const metadata = parseMetadata(row.comment);
    return metadata === undefined
      ? []
      : [{ ...metadata, database: String(row.datname), sessions: Number(row.sessions) }];
  });
  return { names: new Set(rows.map(row => String(row.datname))), shops };
}

/** Undefined for a comment by another program or an older version. */
export function parseMetadata(comment: unknown): Metadata | undefined {
  if (typeof comment !== 'string') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(comment);
  } catch {
    return undefined;
  }
  const { is, scale, seed, version, loadedOn, rows } = (value ?? {}) as Record<string, unknown>;
  if (is !== MARK || typeof scale !== 'number' || typeof seed !== 'number' || typeof version !== 'number')
    return undefined;
  if (typeof loadedOn !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(loadedOn)) return undefined;
  const counts = (rows ?? {}) as Record<string, unknown>;
  if (!TABLES.every(table => typeof counts[table] === 'number')) return undefined;
  return { scale, seed, version, loadedOn, rows: counts as unknown as Rows };
}
