/**
 * Engines: extensions that store tables in parts, on other servers (Citus) or in chunks (TimescaleDB). An engine is a
 * table of differences, found when a transaction opens; the rest of a session is the same for all.
 */
import type { DatabaseError } from '../../base/databaseError.ts';
import type { NameInSchema } from '../../base/sql.ts';
import type { Steps } from '../../base/steps.ts';
import type { TableFacts } from '../../database/catalog.ts';
import type { IndexFacts } from '../../database/indexes.ts';
import type { Link, Row } from '../../database/link.ts';
import type { Hiding } from '../hide.ts';

/** Totals over the parts of one table. */
export interface Stored {
  readonly rows: number;
  /** With TOAST, without indexes. */
  readonly bytes: number;
  /** False where a part was never analyzed, so `rows` is too small. */
  readonly counted: boolean;
  /** Some part could not be read, so the totals are lower bounds. */
  readonly atLeast: boolean;
  /** `schema.name` of the table that it is a part of, where the catalog does not say so. */
  readonly partOf?: string | undefined;
  /** Number of parts without a page. */
  readonly empty: number;
  /** By name: the table's own indexes, and the partitioned ones above them. */
  readonly indexes: ReadonlyMap<string, { readonly bytes: number; readonly scans: number | undefined }>;
}

/** By `schema.name`; without tables that PostgreSQL itself stores. */
export type StoredTables = ReadonlyMap<string, Stored>;

export interface Size {
  readonly bytes: number;
  readonly atLeast: boolean;
}

export interface Engine {
  /** Sent right after BEGIN, before any other setting. */
  readonly opening: readonly string[];
  /** The only way to hide that works; undefined: the role's rights decide. */
  readonly hiding: Hiding | undefined;
  /** Sets how long a statement waits for a lock. @param ms An SQL expression. */
  readonly waitFor: (ms: string) => string;
  /** Renames parts to their whole in EXPLAIN's JSON, in place. */
  readonly tidy: (json: unknown) => Steps<void>;
  /** Read before any build; undefined where the catalog has the figures. @throws DatabaseError */
  readonly stored: ((link: Link) => Promise<StoredTables>) | undefined;
  /**
   * Column statistics of one part of each table, as JSON of COLUMN_STATISTICS with `key`, which is `schema.name`;
   * undefined where pg_stats covers the whole table. @throws DatabaseError
   */
  readonly statistics: ((link: Link, tables: readonly string[]) => Promise<readonly Row[]>) | undefined;
  /** Size of an index built in this transaction; undefined where the catalog's figure is right. @throws DatabaseError */
  readonly indexSize: (link: Link, index: NameInSchema, stored: StoredTables) => Promise<Size | undefined>;
  /** Parts are on other servers: this one does not count what is written there. */
  readonly storesElsewhere: boolean;
  /** Why queries cannot run as another role than the connected one, a clause; undefined where they can. */
  readonly whyNoRole: string | undefined;
  /** What to do about a refusal by the engine, a clause. */
  readonly nextStep: (error: DatabaseError) => string | undefined;
}

export const POSTGRESQL: Engine = {
  opening: [],
  hiding: undefined,
  waitFor: ms => `SELECT pg_catalog.set_config('lock_timeout', (${ms})::text, true)`,
  *tidy() {},
  stored: undefined,
  statistics: undefined,
  indexSize: async () => undefined,
  storesElsewhere: false,
  whyNoRole: undefined,
  nextStep: () => undefined,
};

/** For builds without a session. */
export const IN_POSTGRESQL = { engine: POSTGRESQL, stored: new Map() as StoredTables } as const;

/** How to find an engine; `open` reads more once its extension is installed. */
export interface EngineKind {
  readonly extension: string;
  readonly name: string;
  /** A table of the extension with a row for each table that it stores. */
  readonly catalog: string;
  /** Why no lens can be made of such tables, a clause. */
  readonly whyNoLens: string;
  /** @throws PgoptError 'server-unsupported' where a session cannot run. */
  readonly open: (link: Link) => Promise<Engine>;
}

/** The sum of two parts. */
export function together(one: Stored | undefined, other: Stored): Stored {
  if (one === undefined) return other;
  const indexes = new Map(one.indexes);
  for (const [name, { bytes, scans }] of other.indexes) {
    const before = indexes.get(name);
    indexes.set(name, {
      bytes: (before?.bytes ?? 0) + bytes,
      scans: (before?.scans ?? 0) + (scans ?? 0),
    });
  }
  return {
    rows: one.rows + other.rows,
    bytes: one.bytes + other.bytes,
    counted: one.counted && other.counted,
    atLeast: one.atLeast || other.atLeast,
    empty: one.empty + other.empty,
    indexes,
  };
}

/** Parts that plans name and the catalog's list of tables omits. */
export const partsBeside = (tables: readonly TableFacts[], stored: StoredTables): TableFacts[] => {
  const listed = new Set(tables.map(({ schema, name }) => `${schema}.${name}`));
  return [...stored].flatMap(([key, { rows, bytes, counted, atLeast, partOf }]) => {
    const [schema = '', ...name] = key.split('.');
    const fact = { schema, name: name.join('.'), rows, bytes, allVisible: 0, counted: counted && !atLeast };
    return listed.has(key) ? [] : [partOf === undefined ? { ...fact, hasParts: true } : { ...fact, partOf }];
  });
};

/** Tables with their parts' figures instead of an empty shell's. */
export const withStored = <T extends { readonly schema?: string; readonly name: string }>(
  tables: readonly T[],
  stored: StoredTables,
): (T & Partial<Pick<Stored, 'rows' | 'bytes' | 'counted'>>)[] =>
  tables.map(table => {
    const found = stored.get(`${table.schema ?? ''}.${table.name}`);
    if (found === undefined) return table;
    const { rows, bytes, counted, atLeast } = found;
    return { ...table, rows, bytes, counted: counted && !atLeast };
  });

/** Rows and bytes of a table's shards or chunks; empty for a table that stores its own rows. */
export function partsOf(
  stored: StoredTables,
  { schema, table }: { readonly schema: string; readonly table: string },
): Partial<Pick<Stored, 'rows' | 'bytes'>> {
  const found = stored.get(`${schema}.${table}`);
  return found === undefined ? {} : { rows: found.rows, bytes: found.bytes };
}

/** @param table With its schema, quoted where necessary. */
export const isStored = (stored: StoredTables, table: string): boolean =>
  stored.has(table.replaceAll('"', ''));

/** Indexes with the bytes and scans of their parts. */
export const indexesWithStored = <
  T extends Pick<IndexFacts, 'schema' | 'table' | 'name' | 'bytes' | 'scans'>,
>(
  indexes: readonly T[],
  stored: StoredTables,
): T[] =>
  indexes.map(index => ({
    ...index,
    ...stored.get(`${index.schema}.${index.table}`)?.indexes.get(index.name),
  }));
