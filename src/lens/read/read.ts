/** Reads a database's catalogs into a LensDocument, in one READ ONLY transaction that is rolled back. */

import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../../base/databaseError.ts';
import { PgoptError } from '../../base/errors.ts';
import type { Sql } from '../../database/guard.ts';
import type { Answer, Link, Row } from '../../database/link.ts';
import { requireLensable } from '../../session/engines/engines.ts';
import type { LensDocument } from '../document.ts';
import { lensDocument } from './assemble.ts';
import {
  FIRST_STATEMENTS,
  LENS_PREPARATION,
  lastStatement,
  lensStatements,
  type Reader,
} from './catalogQueries.ts';
import type { LensAnswers } from './rows.ts';

const BEGIN = [
  'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  // Locked relations are skipped; this covers locks that come later.
  "SET LOCAL lock_timeout = '2s'",
  "SET LOCAL statement_timeout = '5min'",
];
/** Tries, as objects may be left out because of short locks. */
const TRIES = 3;
/** A lock came in between or a relation was dropped: trying again helps. */
const PASSING = /^(55P03|XX000|42P01|42704|40001|40P01)$/;

interface ReadOptions {
  /** Pause between tries. */
  readonly pauseMs?: number;
}

/**
 * @param link Outside a transaction, and not used by others meanwhile.
 * @throws PgoptError 'server-unsupported' or 'session-refused'
 */
export async function readLens(link: Link, { pauseMs = 500 }: ReadOptions = {}): Promise<LensDocument> {
  for (let tries = TRIES; ; tries--) {
    try {
      const answers = await inTransaction(link);
      if (tries === 1 || answers.tables?.every(row => row.locked !== true) !== false)
        return lensDocument(answers);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      if (tries === 1 || !PASSING.test(error.code))
        throw new PgoptError('session-refused', `the server refused to be read: ${error.message}`);
    }
    await sleep(pauseMs);
  }
}

async function inTransaction(link: Link): Promise<LensAnswers> {
  try {
    for (const answer of await link.batch(BEGIN)) rowsOf(answer);
    const first = await askAll(link, FIRST_STATEMENTS);
    const reader = readerOf(first.source);
    for (const answer of await link.batch(LENS_PREPARATION)) rowsOf(answer);
    const answers = { ...first, ...(await askAll(link, lensStatements(reader))) };
    const last = lastStatement(reader);
    if (last === undefined) return answers;
    const [savepoint, expressions] = await link.batch(['SAVEPOINT expressions', last]);
    if (savepoint !== undefined) rowsOf(savepoint);
    return { ...answers, ...(expressions && 'rows' in expressions ? { expressions: expressions.rows } : {}) };
  } finally {
    await link.batch(['ROLLBACK']);
  }
}

/** @throws PgoptError 'server-unsupported' */
export function readerOf([source]: readonly Row[]): Reader {
  const major = Math.floor(Number(source?.number) / 10_000);
  if (!(major >= 13)) throw new PgoptError('server-unsupported', `the server is PostgreSQL ${major}`);
  requireLensable(source?.storing);
  return { major, exact: source?.exact === true };
}

async function askAll<Name extends string>(
  link: Link,
  statements: Readonly<Record<Name, Sql>>,
): Promise<Record<Name, readonly Row[]>> {
  const names = Object.keys(statements) as Name[];
  const answers = await link.batch(names.map(name => statements[name]));
  return Object.fromEntries(names.map((name, at) => [name, rowsOf(answers[at])])) as Record<
    Name,
    readonly Row[]
  >;
}

/** @throws DatabaseError */
function rowsOf(answer: Answer | undefined): readonly Row[] {
  if (answer === undefined) return [];
  if ('error' in answer) throw answer.error;
  return answer.rows;
}
