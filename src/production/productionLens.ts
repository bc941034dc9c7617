/**
 * Opens a lens of a session's database at production size: reads the catalog within the session's transaction, with
 * all built objects, and scales it to production's rows.
 */
import { PgoptError } from '../base/errors.ts';
import type { Sql } from '../database/guard.ts';
import type { Row } from '../database/link.ts';
import type { LensDocument, Omission } from '../lens/document.ts';
import type { LensServer } from '../lens/make/make.ts';
import { jitNote, type LensSession, openLens } from '../lens/open.ts';
import { lensDocument } from '../lens/read/assemble.ts';
import {
  FIRST_STATEMENTS,
  LENS_PREPARATION,
  lastStatement,
  lensStatements,
} from '../lens/read/catalogQueries.ts';
import { readerOf } from '../lens/read/read.ts';
import { type ExplorerSession, openedBy } from '../session/events.ts';
import type { SessionNames } from '../session/names.ts';
import { loadGrammar } from '../workload/grammar.ts';
import type { Workload } from '../workload/workload.ts';
import { type Draw, drawsFor, type Seen, seenIn } from './analyzed.ts';
import { type Growth, growingOf, growthOf } from './growth.ts';
import { scaleDocument } from './scale.ts';

export interface ReadThrough {
  readonly document: LensDocument;
  /** The session's names for its objects. */
  readonly names: SessionNames;
}

/**
 * Reads the catalog as a background request. @throws PgoptError 'lens-failed' with the server's message, 'cancelled' if
 * the session ended.
 */
export async function readThrough(session: ExplorerSession, signal?: AbortSignal): Promise<ReadThrough> {
  const { first, reader } = await readFirst(session, signal);
  const { rows, names } = await ask(session, lensStatements(reader), LENS_PREPARATION, signal);
  const last = lastStatement(reader);
  // This statement may need a lock that another session holds; the lens works without its answer.
  const expressions =
    last === undefined
      ? {}
      : await ask(session, { expressions: last }, LENS_PREPARATION, signal).then(
          answer => answer.rows,
          () => ({}),
        );
  return { document: lensDocument({ ...first.rows, ...rows, ...expressions }), names };
}

/** @throws PgoptError 'server-unsupported', also if the database cannot become a lens. */
export async function readFirst(session: ExplorerSession, signal?: AbortSignal) {
  const first = await ask(session, FIRST_STATEMENTS, [], signal);
  return { first, reader: readerOf(first.rows.source) };
}

async function ask<Name extends string>(
  session: ExplorerSession,
  statements: Readonly<Record<Name, Sql>>,
  before: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly rows: Record<Name, readonly Row[]>; readonly names: SessionNames }> {
  const names = Object.keys(statements) as Name[];
  const answer = await session.background(
    { kind: 'read', statements: [...before, ...names.map(name => statements[name])] },
    signal,
  );
  if (answer.kind === 'failed')
    throw new PgoptError('lens-failed', `the catalog could not be read: ${answer.reason}`);
  if (answer.kind !== 'read') throw new PgoptError('cancelled', 'cancelled');
  const rows = Object.fromEntries(
    names.map((name, at) => [name, answer.answers[before.length + at] ?? []]),
  ) as unknown as Record<Name, readonly Row[]>;
  return { rows, names: answer.names };
}

export interface Production extends LensSession {
  /** The scaled document. */
  readonly document: LensDocument;
  /** The session's names for its objects, also in the document. */
  readonly names: SessionNames;
  /** Production's rows divided by the rows here, by `schema.name`. */
  readonly factors: ReadonlyMap<string, number>;
  /** Columns that are assumed to have more distinct values in production. */
  readonly growths: readonly Growth[];
}

export interface ProductionOptions {
  readonly workload: Workload;
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
  /** Result of an earlier readThrough(). */
  readonly read?: ReadThrough | undefined;
  /** The same database at another size, which shows how it grows. */
  readonly other?: LensDocument | undefined;
  /** Proposal → share of the table's rows in its partial index, if known. */
  readonly shares?: ReadonlyMap<string, number> | undefined;
}

/** undefined if the role may not read the rows. */
async function draw(
  session: ExplorerSession,
  draws: readonly Draw[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Seen> | undefined> {
  const answer = await session.background({ kind: 'read', statements: draws.map(({ sql }) => sql) }, signal);
  return answer.kind === 'read' ? seenIn(draws, answer.answers) : undefined;
}

/** The embedded servers have no JIT, so a note says if the session's server has it. */
async function compilation(session: ExplorerSession, signal: AbortSignal | undefined): Promise<Omission[]> {
  const answer = await session.background(
    {
      kind: 'read',
      statements: [
        "SELECT pg_catalog.current_setting('jit_above_cost')::float8 AS cost WHERE pg_catalog.pg_jit_available()",
      ],
    },
    signal,
  );
  const [row] = answer.kind === 'read' ? (answer.answers[0] ?? []) : [];
  const cost = Number(row?.cost ?? -1);
  return cost < 0 ? [] : [jitNote(cost)];
}

/** @throws PgoptError 'lens-failed', 'cancelled', and what a session throws. */
export async function openProduction(
  session: ExplorerSession,
  server: LensServer,
  { workload, now, signal, read, other, shares }: ProductionOptions,
): Promise<Production> {
  const { document, names } = read ?? (await readThrough(session, signal));
  await loadGrammar();
  const { productionRows, productionDistinct } = workload.budgets;
  const grown = { rows: productionRows, distinct: productionDistinct, other };
  const draws = drawsFor(growingOf(document, growthOf(document, grown).growths));
  const seen = draws.length === 0 ? undefined : await draw(session, draws, signal);
  const scaled = scaleDocument(document, { ...grown, seen });
  const compiled = await compilation(session, signal);
  const opened = await openLens(server, scaled.document, {
    workload,
    names,
    inPlace: openedBy(session)?.inPlace,
    now,
    signal,
    shares,
  });
  const { factors, growths } = scaled;
  // Hides the session's own schema, which means nothing to a reader.
  const own = (name: string) => name.replace(`${names.schema}.`, '');
  return {
    ...opened,
    document: scaled.document,
    names,
    hidden: [...scaled.document.hidden, ...opened.hidden, ...compiled].map(({ what, why }) => ({
      what: own(what),
      why,
    })),
    factors,
    growths: growths.map(growth => ({ ...growth, column: own(growth.column) })),
  };
}
