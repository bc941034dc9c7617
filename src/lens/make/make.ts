/**
 * Makes a lens: a database on a server of our own in which nothing can be read, but everything can be planned as where its
 * document comes from. A base with empty tables gets the statistics; its untouched copy gets files
 * as long as in production, of holes.
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
import { type Hidden, type LensDocument, plainName } from '../document.ts';
import { groupsOf, keyCounter } from '../indexKeys.ts';
import { sourceOf, tiesOf } from '../ties.ts';
import { fillCatalog } from './catalog.ts';
import { objectSteps, schemaSteps } from './ddl.ts';
import { endsOf } from './ends.ts';
import { extendRelation, type Relation } from './files.ts';
import { dropLens, guard, lockLens, sweepLenses, type Watch, watchRoles } from './leftovers.ts';
import { chooseCollation, makeCollations } from './locale.ts';
import { buildProposed, type Counts, NONE_PROPOSED, type Proposed, sizeProposed } from './proposed.ts';
import { sizedRelations, storedIn } from './relations.ts';
import { makeExtensions, runSteps, setSettings } from './statementRunner.ts';
import { baseName, lensName, limitRole, renameInherited } from './temporaryNames.ts';

/** A server whose superuser and files are ours. */
export interface LensServer {
  readonly settings: ConnectionSettings;
  readonly dataDirectory: string;
  /** Whom its files belong to, where that is not the user. */
  readonly account: Account | undefined;
}

export interface Lens extends Proposed {
  /** Of a role that may ask for plans in the lens, and nothing anywhere else. */
  readonly settings: ConnectionSettings;
  /** What of the document is not in it, or not as it was. */
  readonly hidden: readonly Hidden[];
  drop(): Promise<void>;
}

export interface LensOptions {
  /** Those whose objects the document lacks are made, with sizes that are estimated from its statistics. */
  readonly proposals: readonly Proposal[];
  /** What their objects are called. */
  readonly names: SessionNames;
  /** Proposals that are not made: the document has all that they would make. */
  readonly inPlace?: ReadonlyMap<string, string> | undefined;
  /** Proposal → the part of its table's rows that its partial index has, where that is known better than by the planner. */
  readonly shares?: ReadonlyMap<string, number> | undefined;
  readonly signal?: AbortSignal | undefined;
}

const APPLICATION = 'pgopt-explore lens';

/** @throws PgoptError 'lens-failed' with what the server said, 'cancelled'. */
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
        next: 'a function of the database did that: leave it out, or trust this file no further',
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
  // The maker of the tables has too many rights on them; the reading role has none.
  for (const role of [base, lens]) await limitRole(keeper, role, password);
  const hidden: Hidden[] = [...(await createBase(keeper, base, document))];
  const links: Link[] = [];
  const linkTo = async (settings: ConnectionSettings): Promise<Link> => {
    const link = await connectTrusted(settings, APPLICATION, signal);
    links.push(link);
    return link;
  };
  // A cancelled lens does not wait for a statement.
  signal?.addEventListener('abort', () => links.forEach(link => void link.end(0)), { once: true });
  const superuser = (database: string) => linkTo({ ...server.settings, database });
  const own: ConnectionSettings = { ...server.settings, user: base, password, database: base };
  const looking: ConnectionSettings = { ...own, user: lens, database: lens };

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
    await guard(baseLink, document, lens, names.schema);
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
        const looker = await linkTo(looking);
        try {
          // A function of the file's that runs as the owner could write to its tables otherwise.
          await looker.query('BEGIN READ ONLY');
          hidden.push(
            ...(await sizeProposed(
              { looker, superuser: lensLink },
              unsized,
              { ...(await countsOf(document)), shares: sharesByName(proposals, names, shares) },
              ends,
              extend,
            )),
          );
        } finally {
          await looker.end();
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
    settings: looking,
    hidden,
    ...proposed,
    drop: () => {
      dropped ??= drop();
      return dropped;
    },
  };
}

/** By the names that the indexes have in the lens. */
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

/** @returns What of its collation could not be had. @throws DatabaseError */
async function createBase(keeper: Link, base: string, { source }: LensDocument): Promise<readonly Hidden[]> {
  const wanted = await chooseCollation(keeper, source);
  for (const [position, { clause, hidden }] of wanted.entries())
    try {
      await keeper.query(`CREATE DATABASE ${identifier(base)} TEMPLATE template0 ENCODING 'UTF8' ${clause}`);
      return hidden;
    } catch (error) {
      // This server has no such collation, or was built without ICU: the next one then.
      if (!(error instanceof DatabaseError) || position === wanted.length - 1) throw error;
    }
  return [];
}

/** Names mean what the catalog means by them, whatever the document brings along. */
const QUIET = [
  'SET search_path = pg_catalog',
  "SET client_min_messages = 'error'",
  'SET statement_timeout = 60000',
];

/** What the document has and a lens cannot take. */
function unsupported({ statistics }: LensDocument): readonly Hidden[] {
  return statistics
    .filter(({ expressionStatistics }) => expressionStatistics.length > 0)
    .map(made => ({
      what: `statistics of the expressions of ${plainName(made)}`,
      why: 'extended statistics are taken over for columns only',
    }));
}
