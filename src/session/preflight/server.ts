/** The server, the role on it, and whether it takes builds. Reads catalogs only. */

import { PgoptError } from '../../base/errors.ts';
import { serverFacts } from '../../database/catalog.ts';
import type { Link } from '../../database/link.ts';
import { type Product, productOf } from '../../database/products.ts';
import { chooseHiding } from '../hide.ts';
import { type OtherTransaction, otherTransactionsOf, otherTransactionsSql } from '../unusable.ts';
import type { PreflightServer } from './facts.ts';
import { findHypopg, type Hypopg, whatCanBeSeen } from './hypopg.ts';

/** @throws PgoptError 'server-unsupported' (requirePostgres) */
export async function preflightServer(link: Link): Promise<PreflightServer> {
  const product = await requirePostgres(link);
  const [row] = await link.query(
    `SELECT pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('is_superuser') = 'on' AS superuser,
            EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time())::text AS started`,
  );
  const hypopg = await findHypopg(link);
  return {
    ...(await serverFacts(link)),
    startedAt: String(row?.started),
    superuser: row?.superuser === true,
    standby: row?.standby === true,
    hiding: await chooseHiding(link),
    cannotBuild: nothingCanBeBuilt(await whyNothingCanBeBuilt(link), hypopg),
    hypopg,
    product,
  };
}

/** Why the server takes no builds, whatever the role's rights; undefined where it does. */
export async function whyNothingCanBeBuilt(link: Link): Promise<string | undefined> {
  const [row] = await link.query(
    `SELECT pg_catalog.pg_is_in_recovery() AS standby,
            pg_catalog.current_setting('default_transaction_read_only') = 'on' AS read_only`,
  );
  if (row?.standby === true) return 'the server is a standby: nothing can be built on it';
  if (row?.read_only === true) return 'default_transaction_read_only is on: nothing can be built';
  return undefined;
}

/** The reason, and what the session can still show. */
export const nothingCanBeBuilt = (why: string | undefined, hypopg: Hypopg | undefined): string | undefined =>
  why === undefined ? undefined : `${why}; ${whatCanBeSeen(hypopg)}`;

/** A younger transaction is over before a build starts. ms */
const SHORT_MS = 1000;

/** Transactions of other sessions with a snapshot: locks wait for them, and new indexes may be unusable beside them. */
export async function olderTransactions(link: Link): Promise<OtherTransaction[]> {
  const found = otherTransactionsOf(await link.query(otherTransactionsSql(0)));
  return found.filter(({ ageMs }) => ageMs === undefined || ageMs >= SHORT_MS);
}

/** Bytes; undefined for no limit. */
export async function tempLimit(link: Link): Promise<number | undefined> {
  const [row] = await link.query(
    `SELECT setting::float8 AS kilobytes FROM pg_catalog.pg_settings WHERE name = 'temp_file_limit'`,
  );
  const kilobytes = Number(row?.kilobytes ?? -1);
  return kilobytes < 0 ? undefined : kilobytes * 1024;
}

/**
 * @returns The product; undefined for PostgreSQL itself.
 * @throws PgoptError 'server-unsupported' where a session cannot run, or would leave changes behind.
 */
export async function requirePostgres(link: Link): Promise<Product | undefined> {
  const [row] = await link.query(
    `SELECT pg_catalog.version() AS text,
            ARRAY(SELECT extname::text FROM pg_catalog.pg_extension) AS extensions`,
  );
  const product = productOf(String(row?.text), (row?.extensions ?? []) as string[]);
  if (product === undefined || product.works) return product;
  throw new PgoptError('server-unsupported', `the server is ${product.name}: ${product.missing}`, {
    next: 'use PostgreSQL 13 or newer',
  });
}
