/**
 * What a session's database would plan at production size: its catalog is read in the session's own transaction, with all that is
 * built there; grown to production's rows; and made a lens.
 */

import { PgoptError } from '../base/errors.ts';
import type { Sql } from '../database/guard.ts';
import type { Row } from '../database/link.ts';
import type { Hidden, LensDocument } from '../lens/document.ts';
import type { LensServer } from '../lens/make/make.ts';
import { jitNote, type LensSession, openLens } from '../lens/open.ts';
import { lensDocument } from '../lens/read/assemble.ts';
import { readerOf } from '../lens/read/read.ts';
import {
  FIRST_STATEMENTS,
  LENS_PREPARATION,
  lastStatement,
  lensStatements,
} from '../lens/read/statements.ts';
import { type ExplorerSession, openedBy } from '../session/events.ts';
import type { SessionNames } from '../session/names.ts';
import { loadGrammar } from '../workload/grammar.ts';
import type { Workload } from '../workload/workload.ts';
import { type Draw, drawsFor, type Seen, seenIn } from './analyzed.ts';
import { type Growth, growingOf, growthOf } from './growth.ts';
import { scaleDocument } from './scale.ts';

export interface ReadThrough {
  readonly document: LensDocument;
  /** What the session calls what it has built. */
  readonly names: SessionNames;
}

/**
 * Asked when no desired state has anything left to do, like any background task. @throws PgoptError 'lens-failed' with the server's words,
 * 'cancelled' when the session ended.
 */
export async function readThrough(session: ExplorerSession, signal?: AbortSignal): Promise<ReadThrough> {
  const { first, reader } = await readFirst(session, signal);
  const { rows, names } = await ask(session, lensStatements(reader), LENS_PREPARATION, signal);
  const last = lastStatement(reader);
  // Its expressions may need a lock that another session holds: a lens does without.
  const expressions =
    last === undefined
      ? {}
      : await ask(session, { expressions: last }, LENS_PREPARATION, signal).then(
          answer => answer.rows,
          () => ({}),
        );
  return { document: lensDocument({ ...first.rows, ...rows, ...expressions }), names };
}

/** @throws PgoptError 'server-unsupported' also where no lens can be made of the database. */
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
  /** What it was made of, grown. */
  readonly document: LensDocument;
  /** What the session calls what it has built, in the document too. */
  readonly names: SessionNames;
  /** Tables, by `schema.name`, with production's rows over those here. */
  readonly factors: ReadonlyMap<string, number>;
  /** Columns that are taken to have more distinct values there. */
  readonly growths: readonly Growth[];
}

export interface ProductionOptions {
  readonly workload: Workload;
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
  /** What readThrough() gave, if it was called before. */
  readonly read?: ReadThrough | undefined;
  /** The same database at another size, to learn from how it grows. */
  readonly other?: LensDocument | undefined;
  /** Proposal → the part of its table's rows that its partial index has, where that is known. */
  readonly shares?: ReadonlyMap<string, number> | undefined;
}

/** A role that may not read the rows does without. */
async function draw(
  session: ExplorerSession,
  draws: readonly Draw[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Seen> | undefined> {
  const answer = await session.background({ kind: 'read', statements: draws.map(({ sql }) => sql) }, signal);
  return answer.kind === 'read' ? seenIn(draws, answer.answers) : undefined;
}

/** The embedded servers have no compiler: their plans never show JIT. */
async function compilation(session: ExplorerSession, signal: AbortSignal | undefined): Promise<Hidden[]> {
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
  // The session's own schema would only puzzle a reader.
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
