/** Servers that speak PostgreSQL's protocol and are another product, or an extended one, and what a user should know first. */

export interface Product {
  readonly name: string;
  /** What does not work there in a session, or has another meaning; a clause without a full stop. */
  readonly missing: string;
  /** False where a session cannot run at all. */
  readonly works: boolean;
}

interface Row extends Product {
  /** Matches the text of version(), which each product writes in its own way. */
  readonly version?: RegExp;
  readonly extension?: string;
}

/** In this order: Greenplum's text names PostgreSQL first, and only Aurora has its extension. */
const PRODUCTS: readonly Row[] = [
  {
    name: 'CockroachDB',
    version: /CockroachDB/i,
    works: false,
    missing: 'its EXPLAIN has no JSON, and schema changes take effect after the transaction',
  },
  {
    name: 'Amazon Redshift',
    version: /Redshift/i,
    works: false,
    missing: 'it has no indexes and no savepoints',
  },
  {
    name: 'YugabyteDB',
    version: /-YB-|Yugabyte/i,
    works: false,
    missing:
      'its DDL is not part of the transaction, so an index would stay; its planner costs another kind of storage',
  },
  {
    name: 'Greenplum',
    version: /Greenplum|Cloudberry/i,
    works: false,
    missing: 'its plans have motions between segments, and figures of all segments at once',
  },
  {
    name: 'Amazon Aurora',
    version: /Aurora/i,
    extension: 'aurora_stat_utils',
    works: true,
    missing:
      'pages come from its own storage: buffers and I/O times mean something else, and no role may hide indexes in the catalog',
  },
  {
    name: 'Citus',
    extension: 'citus',
    works: true,
    missing:
      'indexes on distributed tables are built on every node, and dropped there inside each probe; each worker runs the tasks of a query one after the other, so times may be longer than in the application',
  },
];

/**
 * @param versionText Value of `SELECT version()`. Aurora names itself only in aurora_version(), but has its extension.
 * @param extensions Names from pg_extension (or pg_available_extensions, for Aurora).
 * @returns undefined for PostgreSQL itself.
 */
export function productOf(versionText: string, extensions: readonly string[]): Product | undefined {
  return PRODUCTS.find(
    ({ version, extension }) =>
      version?.test(versionText) === true || (extension !== undefined && extensions.includes(extension)),
  );
}
