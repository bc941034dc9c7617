/**
 * What differs where an extension stores tables in parts of its own: on other servers (Citus), in chunks (TimescaleDB). An engine is a
 * row of such differences, found once when a transaction opens; all else of a session is the same for all of them.
 */
import type { DatabaseError } from '../../base/databaseError.ts';
import type { Steps } from '../../base/steps.ts';
import type { TableFacts } from '../../database/catalog.ts';
import type { IndexFacts } from '../../database/indexes.ts';
import type { Link, Row } from '../../database/link.ts';
import type { Hiding } from '../hide.ts';

/** What the parts of one table hold, together. */
export interface Stored {
  readonly rows: number;
  /** With TOAST, without indexes. */
  readonly bytes: number;
  /** False where a part was never analyzed: the rows are more. */
  readonly counted: boolean;
  /** Some part could not be seen: there is more. */
  readonly atLeast: boolean;
  /** `schema.name` of the table that it is a part of, where the catalog does not say so. */
  readonly partOf?: string | undefined;
  /** Parts without a page. */
  readonly empty: number;
  /** By name: the table's own indexes, and those that they are parts of. */
  readonly indexes: ReadonlyMap<string, { readonly bytes: number; readonly scans: number | undefined }>;
}

/** By `schema.name`; without tables that are stored as PostgreSQL does. */
export type StoredTables = ReadonlyMap<string, Stored>;

export interface Size {
  readonly bytes: number;
  readonly atLeast: boolean;
}

export interface IndexName {
  readonly schema: string;
  readonly name: string;
}

export interface Engine {
  readonly name: string;
  readonly version: string;
  /** Sent right behind BEGIN, before any other setting. */
  readonly opening: readonly string[];
  /** How to switch off, whatever the role may; undefined: as the role may. */
  readonly hiding: Hiding | undefined;
  /** Sets how long a statement waits for a lock. @param ms An SQL expression. */
  readonly waitFor: (ms: string) => string;
  /** Shows parts under the name of what they are a part of, in EXPLAIN's JSON. In place. */
  readonly tidy: (json: unknown) => Steps<void>;
  /** Read before anything is built; undefined where the catalog has it all. @throws DatabaseError */
  readonly stored: ((link: Link) => Promise<StoredTables>) | undefined;
  /**
   * What one part of each table says of its columns, as JSON of COLUMN_STATISTICS with `key`, which is `schema.name`; undefined where
   * pg_stats has the whole table's. @throws DatabaseError
   */
  readonly statistics: ((link: Link, tables: readonly string[]) => Promise<readonly Row[]>) | undefined;
  /** Of an index made in this transaction; undefined where the catalog's figure is right. @throws DatabaseError */
  readonly indexSize: (link: Link, index: IndexName, stored: StoredTables) => Promise<Size | undefined>;
  /** Parts are on other servers: this one counts nothing of what is written there. */
  readonly storesElsewhere: boolean;
  /** Why queries cannot run as another role than the one which connected, a clause; undefined where they can. */
  readonly whyNoRole: string | undefined;
  /** A clause: what to do about a refusal of the engine's own. */
  readonly nextStep: (error: DatabaseError) => string | undefined;
}

export const POSTGRESQL: Engine = {
  name: 'PostgreSQL',
  version: '',
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

/** For what is built without a session. */
export const IN_POSTGRESQL = { engine: POSTGRESQL, stored: new Map() as StoredTables } as const;

/** How each engine is found: `open` looks further, where the extension is there. */
export interface EngineKind {
  readonly extension: string;
  readonly name: string;
  /** A table of the extension's, which has a row for each of those that it stores. */
  readonly catalog: string;
  /** Why no lens can be made of those, a clause. */
  readonly whyNoLens: string;
  /** @throws PgoptError 'server-unsupported' where a session cannot run. */
  readonly open: (link: Link, version: string) => Promise<Engine>;
}

/** Of two parts, or of all before and one more. */
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

/** What plans name, and the catalog's list of tables leaves out. */
export const partsBeside = (tables: readonly TableFacts[], stored: StoredTables): TableFacts[] => {
  const listed = new Set(tables.map(({ schema, name }) => `${schema}.${name}`));
  return [...stored].flatMap(([key, { rows, bytes, counted, atLeast, partOf }]) => {
    const [schema = '', ...name] = key.split('.');
    const fact = { schema, name: name.join('.'), rows, bytes, allVisible: 0, counted: counted && !atLeast };
    return listed.has(key) ? [] : [partOf === undefined ? { ...fact, hasParts: true } : { ...fact, partOf }];
  });
};

/** Tables with the figures of their parts in place of the catalog's for an empty shell. */
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

/** @param table Quoted where it has to be, with its schema. */
export const isStored = (stored: StoredTables, table: string): boolean =>
  stored.has(table.replaceAll('"', ''));

/** Indexes with what their parts take, and how often those were scanned. */
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
