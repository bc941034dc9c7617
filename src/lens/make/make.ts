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
import { type Ends, endsOf } from './ends.ts';
import { extendRelation, type Relation } from './files.ts';
import { dropLens, lockLens, sweepLenses } from './leftovers.ts';
import { chooseCollation, makeCollations } from './locale.ts';
import { buildProposed, type Counts, type Proposed, sizeProposed } from './proposed.ts';
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
  const holder = await connectTrusted(server.settings, APPLICATION, options.signal);
  const lens = lensName(randomBytes(6).toString('hex'));
  const { tables } = document;
  const relations = tables.length + tables.reduce((sum, { indexes }) => sum + indexes.length, 0);
  const watch = watchRoles(holder, [baseName(lens), lens], relations);
  try {
    await sweepLenses(holder);
    await lockLens(holder, lens);
    return await make(server, document, options, holder, lens, watch);
  } catch (error) {
    watch.stop();
    await dropLens(holder, lens).catch(() => undefined);
    await holder.end();
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

/** What every step of making a lens needs. */
interface Making {
  readonly server: LensServer;
  readonly document: LensDocument;
  readonly options: LensOptions;
  /** Holds the lens's lock as long as the lens exists. */
  readonly holder: Link;
  readonly lens: string;
  readonly base: string;
  readonly major: number;
  /** As the superuser, or as one of the two roles; cancelled with the rest. */
  readonly linkTo: (settings: Partial<ConnectionSettings>) => Promise<Link>;
  readonly hide: (...omissions: readonly Omission[]) => void;
}

async function make(
  server: LensServer,
  document: LensDocument,
  options: LensOptions,
  holder: Link,
  lens: string,
  watch: Watch,
): Promise<Lens> {
  const [row] = await holder.query("SELECT current_setting('server_version_num')::int / 10000 AS major");
  const base = baseName(lens);
  const password = randomBytes(18).toString('base64url');
  // The owner of the tables has too many rights for a reader.
  for (const role of [base, lens]) await limitRole(holder, role, password);
  const hidden: Omission[] = [...(await createBase(holder, base, document))];
  const links: Link[] = [];
  // Cancelling does not wait for statements.
  options.signal?.addEventListener('abort', () => links.forEach(link => void link.end(0)), { once: true });
  const linkTo: Making['linkTo'] = async settings => {
    const link = await connectTrusted({ ...server.settings, ...settings }, APPLICATION, options.signal);
    links.push(link);
    return link;
  };
  const hide: Making['hide'] = (...omissions) => void hidden.push(...omissions);
  const major = Number(row?.major);
  const making: Making = { server, document, options, holder, lens, base, major, linkTo, hide };
  const owner = { user: base, password, database: base };
  const reader = { user: lens, password, database: lens };

  const { proposed, sizes, ends } = await closing(linkTo({ database: base }), async link => {
    await link.batch(QUIET);
    return { proposed: await createObjects(making, link, owner), ...(await fillStatistics(making, link)) };
  });
  options.signal?.throwIfAborted();
  await copyBase(making);
  watch.made();
  await closing(linkTo({ database: lens }), async link => {
    await link.batch(QUIET);
    await extendFiles(making, link, sizes, ends, () => linkTo(reader));
  });
  let dropped: Promise<void> | undefined;
  const drop = async (): Promise<void> => {
    watch.stop();
    await dropLens(holder, lens).catch(() => undefined);
    await holder.end();
  };
  return {
    settings: { ...server.settings, ...reader },
    hidden,
    ...proposed,
    drop: () => {
      dropped ??= drop();
      return dropped;
    },
  };
}

async function closing<T>(opening: Promise<Link>, work: (link: Link) => Promise<T>): Promise<T> {
  const link = await opening;
  try {
    return await work(link);
  } finally {
    await link.end();
  }
}

/** The document's objects, empty, and the proposals' objects that it lacks. @param base As the superuser. */
function createObjects(
  { document, options: { proposals, names, inPlace }, base: database, linkTo, hide }: Making,
  base: Link,
  role: Partial<ConnectionSettings>,
): Promise<Proposed> {
  return closing(linkTo(role), async owner => {
    await owner.batch([...QUIET, 'SET check_function_bodies = off']);
    hide(...(await runSteps(base, schemaSteps(document, [names.schema], database))));
    hide(...(await makeExtensions(base, document)));
    hide(...(await makeCollations(base, document)));
    hide(...(await runSteps(owner, objectSteps(document), document.searchPath)));
    await renameInherited(owner, document);
    return buildProposed(owner, document, proposals, names, inPlace);
  });
}

/** The document's statistics, and what the reading role may see of them. */
async function fillStatistics({ server, document, options, lens, major, hide }: Making, base: Link) {
  const { sizes, hidden } = await fillCatalog(base, document, major);
  hide(...hidden, ...unsupported(document));
  const ends = await endsOf(base, path =>
    asAccount(server.account, () => readFileSync(join(server.dataDirectory, path))),
  );
  await grantReading(base, document, lens, options.names.schema);
  return { sizes, ends };
}

/** The lens is a copy of its base that the owner of the tables cannot reach. */
async function copyBase({ document, options, holder, lens, base, major, hide }: Making): Promise<void> {
  // Database and role have the same name.
  const [copy, owner] = [identifier(lens), identifier(base)];
  await holder.query(`CREATE DATABASE ${copy} TEMPLATE ${owner}${major >= 15 ? ' STRATEGY FILE_COPY' : ''}`);
  await holder.query(`REVOKE ALL ON DATABASE ${copy} FROM PUBLIC`);
  await holder.query(`GRANT CONNECT ON DATABASE ${copy} TO ${copy}`);
  await holder.query(`ALTER ROLE ${owner} NOLOGIN`);
  hide(...(await setSettings(holder, lens, document, options.names.schema)));
}

/** Files as long as in production; for proposals that were never built, as their estimates say. */
async function extendFiles(
  { server, document, options: { proposals, names, shares = new Map() }, hide }: Making,
  superuser: Link,
  sizes: Awaited<ReturnType<typeof fillStatistics>>['sizes'],
  ends: Ends,
  openReader: () => Promise<Link>,
): Promise<void> {
  const stored = await storedIn(superuser);
  const extend = (relations: readonly Relation[]) =>
    asAccount(server.account, () => {
      for (const relation of relations) extendRelation(server.dataDirectory, relation);
    });
  extend(sizedRelations(stored, sizes, ends));
  const unsized = stored.filter(({ oid }) => !sizes.has(oid));
  if (unsized.length === 0) return;
  await closing(openReader(), async reader => {
    // A function from the file that runs as the owner must not write to its tables.
    await reader.query('BEGIN READ ONLY');
    const counts = { ...(await countsOf(document)), shares: sharesByName(proposals, names, shares) };
    hide(...(await sizeProposed({ reader, superuser }, unsized, counts, ends, extend)));
  });
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
  holder: Link,
  base: string,
  { source }: LensDocument,
): Promise<readonly Omission[]> {
  const wanted = await chooseCollation(holder, source);
  for (const [position, { clause, hidden }] of wanted.entries())
    try {
      await holder.query(`CREATE DATABASE ${identifier(base)} TEMPLATE template0 ENCODING 'UTF8' ${clause}`);
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
