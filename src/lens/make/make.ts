/**
 * Makes a lens: a database on our own server that plans like the document's source and holds no rows. A base with empty
 * tables gets the statistics; its copy gets files as long as in production, made of holes.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseError } from '../../base/databaseError.ts';
import { PgoptError } from '../../base/errors.ts';
import { identifier } from '../../base/sql.ts';
import type { ConnectionSettings } from '../../database/connectionSettings.ts';
import { type Account, asAccount } from '../../database/embedded/account.ts';
import { connectTrusted, type Link } from '../../database/link.ts';
import type { SessionNames } from '../../session/names.ts';
import { loadGrammar } from '../../workload/grammar.ts';
import type { Proposal } from '../../workload/workload.ts';
import { type LensDocument, type Omission, plainName } from '../document.ts';
import { groupsOf, keyCounter } from '../indexKeys.ts';
import { sourceOf, tiesOf } from '../ties.ts';
import { fillCatalog } from './catalog.ts';
import { objectSteps, schemaSteps } from './ddl.ts';
import { endsOf } from './ends.ts';
import { extendRelation, type Relation } from './files.ts';
import { dropLens, lockLens, sweepLenses } from './leftovers.ts';
import { chooseCollation, makeCollations } from './locale.ts';
import { buildProposed, type Counts, NONE_PROPOSED, type Proposed, sizeProposed } from './proposed.ts';
import { sizedRelations, storedIn } from './relations.ts';
import { baseName, grantReading, lensName, limitRole } from './roles.ts';
import { makeExtensions, renameInherited, runSteps, setSettings } from './statementRunner.ts';
import { type Watch, watchRoles } from './watch.ts';

/** A server whose superuser and files we control. */
export interface LensServer {
  readonly settings: ConnectionSettings;
  readonly dataDirectory: string;
  /** Owner of its files, if that is not the user. */
  readonly account: Account | undefined;
}

export interface Lens extends Proposed {
  /** For a role that may only plan in the lens. */
  readonly settings: ConnectionSettings;
  /** Parts of the document that the lens lacks or changes. */
  readonly hidden: readonly Omission[];
  drop(): Promise<void>;
}

interface LensOptions {
  /** Objects that the document lacks are created, with sizes estimated from its statistics. */
  readonly proposals: readonly Proposal[];
  /** Names of their objects. */
  readonly names: SessionNames;
  /** Proposals whose objects the document already has. */
  readonly inPlace?: ReadonlyMap<string, string> | undefined;
  /** Proposal → share of the table's rows in its partial index, if known better than by the planner. */
  readonly shares?: ReadonlyMap<string, number> | undefined;
  readonly signal?: AbortSignal | undefined;
}

const APPLICATION = 'pgopt-explore lens';

/** @throws PgoptError 'lens-failed' with the server's message, 'cancelled'. */
export async function makeLens(
  server: LensServer,
  document: LensDocument,
  options: LensOptions,
): Promise<Lens> {
  const keeper = await connectTrusted(server.settings, APPLICATION, options.signal);
  const lens = lensName(randomBytes(6).toString('hex'));
  const { tables } = document;
  const relations = tables.length + tables.reduce((sum, { indexes }) => sum + indexes.length, 0);
  const watch = watchRoles(keeper, [baseName(lens), lens], relations);
  try {
    await sweepLenses(keeper);
    await lockLens(keeper, lens);
    return await make(server, document, options, keeper, lens, watch);
  } catch (error) {
    watch.stop();
    await dropLens(keeper, lens).catch(() => undefined);
    await keeper.end();
    if (options.signal?.aborted === true) throw new PgoptError('cancelled', 'cancelled');
    if (!(error instanceof DatabaseError)) throw error;
    if (watch.ended !== undefined)
      throw new PgoptError('lens-failed', `the lens could not be made: ${watch.ended}`, {
        next: 'a function of the database caused this: leave it out, or do not trust this file',
        cause: error,
      });
    throw new PgoptError('lens-failed', `the lens could not be made: ${error.message}`, { cause: error });
  }
}

async function make(
  server: LensServer,
  document: LensDocument,
  { proposals, names, inPlace, shares = new Map(), signal }: LensOptions,
  keeper: Link,
  lens: string,
  watch: Watch,
): Promise<Lens> {
  const [row] = await keeper.query("SELECT current_setting('server_version_num')::int / 10000 AS major");
  const major = Number(row?.major);
  const base = baseName(lens);
  const password = randomBytes(18).toString('base64url');
  // The owner of the tables has too many rights for a reader.
  for (const role of [base, lens]) await limitRole(keeper, role, password);
  const hidden: Omission[] = [...(await createBase(keeper, base, document))];
  const links: Link[] = [];
  const linkTo = async (settings: ConnectionSettings): Promise<Link> => {
    const link = await connectTrusted(settings, APPLICATION, signal);
    links.push(link);
    return link;
  };
  // Cancelling does not wait for statements.
  signal?.addEventListener('abort', () => links.forEach(link => void link.end(0)), { once: true });
  const superuser = (database: string) => linkTo({ ...server.settings, database });
  const own: ConnectionSettings = { ...server.settings, user: base, password, database: base };
  const readerSettings: ConnectionSettings = { ...own, user: lens, database: lens };

  let proposed: Proposed = NONE_PROPOSED;
  const baseLink = await superuser(base);
  try {
    await baseLink.batch(QUIET);
    const owner = await linkTo(own);
    try {
      await owner.batch([...QUIET, 'SET check_function_bodies = off']);
      hidden.push(...(await runSteps(baseLink, schemaSteps(document, [names.schema], base))));
      hidden.push(...(await makeExtensions(baseLink, document)));
      hidden.push(...(await makeCollations(baseLink, document)));
      hidden.push(...(await runSteps(owner, objectSteps(document), document.searchPath)));
      await renameInherited(owner, document);
      proposed = await buildProposed(owner, document, proposals, names, inPlace);
    } finally {
      await owner.end();
    }
    const filled = await fillCatalog(baseLink, document, major);
    hidden.push(...filled.hidden, ...unsupported(document));
    const ends = await endsOf(baseLink, path =>
      asAccount(server.account, () => readFileSync(join(server.dataDirectory, path))),
    );
    await grantReading(baseLink, document, lens, names.schema);
    await baseLink.end();

    signal?.throwIfAborted();
    await keeper.query(
      `CREATE DATABASE ${identifier(lens)} TEMPLATE ${identifier(base)}${major >= 15 ? ' STRATEGY FILE_COPY' : ''}`,
    );
    await keeper.query(`REVOKE ALL ON DATABASE ${identifier(lens)} FROM PUBLIC`);
    await keeper.query(`GRANT CONNECT ON DATABASE ${identifier(lens)} TO ${identifier(lens)}`);
    await keeper.query(`ALTER ROLE ${identifier(base)} NOLOGIN`);
    hidden.push(...(await setSettings(keeper, lens, document, names.schema)));
    watch.made();
    const lensLink = await superuser(lens);
    try {
      await lensLink.batch(QUIET);
      const stored = await storedIn(lensLink);
      const extend = (relations: readonly Relation[]) =>
        asAccount(server.account, () => {
          for (const relation of relations) extendRelation(server.dataDirectory, relation);
        });
      extend(sizedRelations(stored, filled.sizes, ends));
      const unsized = stored.filter(({ oid }) => !filled.sizes.has(oid));
      if (unsized.length > 0) {
        const reader = await linkTo(readerSettings);
        try {
          // A function from the file that runs as the owner must not write to its tables.
          await reader.query('BEGIN READ ONLY');
          hidden.push(
            ...(await sizeProposed(
              { reader, superuser: lensLink },
              unsized,
              { ...(await countsOf(document)), shares: sharesByName(proposals, names, shares) },
              ends,
              extend,
            )),
          );
        } finally {
          await reader.end();
        }
      }
    } finally {
      await lensLink.end();
    }
  } finally {
    await baseLink.end();
  }
  let dropped: Promise<void> | undefined;
  const drop = async (): Promise<void> => {
    watch.stop();
    await dropLens(keeper, lens).catch(() => undefined);
    await keeper.end();
  };
  return {
    settings: readerSettings,
    hidden,
    ...proposed,
    drop: () => {
      dropped ??= drop();
      return dropped;
    },
  };
}

/** By name of the index in the lens. */
const sharesByName = (
  proposals: readonly Proposal[],
  names: SessionNames,
  shares: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> =>
  new Map(
    proposals.flatMap(({ id, statements }) => {
      const share = shares.get(id);
      return share === undefined ? [] : statements.map(statement => [names.real(statement), share] as const);
    }),
  );

async function countsOf(document: LensDocument): Promise<Omit<Counts, 'shares'>> {
  await loadGrammar();
  const keys = keyCounter(document, tiesOf(document));
  return {
    keys,
    groups: (definition, columns) => groupsOf(document, keys, sourceOf(document, definition, columns)),
  };
}

/** @returns Substitutions of its collation. @throws DatabaseError */
async function createBase(
  keeper: Link,
  base: string,
  { source }: LensDocument,
): Promise<readonly Omission[]> {
  const wanted = await chooseCollation(keeper, source);
  for (const [position, { clause, hidden }] of wanted.entries())
    try {
      await keeper.query(`CREATE DATABASE ${identifier(base)} TEMPLATE template0 ENCODING 'UTF8' ${clause}`);
      return hidden;
    } catch (error) {
      // This server lacks the collation or ICU: try the next.
      if (!(error instanceof DatabaseError) || position === wanted.length - 1) throw error;
    }
  return [];
}

/** Names resolve to pg_catalog, whatever the document brings. */
const QUIET = [
  'SET search_path = pg_catalog',
  "SET client_min_messages = 'error'",
  'SET statement_timeout = 60000',
];

/** Parts of the document that a lens cannot have. */
function unsupported({ statistics }: LensDocument): readonly Omission[] {
  return statistics
    .filter(({ expressionStatistics }) => expressionStatistics.length > 0)
    .map(made => ({
      what: `statistics of the expressions of ${plainName(made)}`,
      why: 'extended statistics are kept for columns only',
    }));
}
