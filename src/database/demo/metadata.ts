/** What a finished shop says about itself, kept as the database's comment: no comment, no shop. */
import { identifier, literal } from '../../base/sql.ts';
import type { Link } from '../link.ts';
import { type Rows, TABLES } from './demo.ts';

/** Raise it whenever schema/tables.sql, constraints.sql or data/ change what comes out. */
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
  /** Sessions connected to it now, of any client. */
  readonly sessions: number;
}

export async function describeDatabase(link: Link, database: string, metadata: Metadata): Promise<void> {
  const comment = JSON.stringify({ is: MARK, ...metadata });
  await link.query(`COMMENT ON DATABASE ${identifier(database)} IS ${literal(comment)}`);
}

/** Every database of the server, with its metadata where it is a finished shop. */
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

/** Undefined for a comment that another program wrote, or an older version. */
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
