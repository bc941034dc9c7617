/**
 * Finds the proposed objects that the database has already, as after a migration. PostgreSQL itself describes what a
 * statement would create, on an empty temporary copy of the table or as a temporary view; all of it is rolled back.
 */
import { DatabaseError } from '../base/databaseError.ts';
import type { PgoptError } from '../base/errors.ts';
import { identifier } from '../base/sql.ts';
import { SCHEMAS_ON_PATH, schemasOf } from '../database/functions.ts';
import { asUser } from '../database/guard.ts';
import type { Link, Row } from '../database/link.ts';
import { resolveRelation } from '../database/resolve.ts';
import { readCreateIndex } from '../workload/createIndex.ts';
import { parseStatements, statementAs, stringOf } from '../workload/grammar.ts';
import { refuse } from '../workload/problems.ts';
import { factsOf } from '../workload/proposalKinds.ts';
import type { Proposal, Statement } from '../workload/workload.ts';

/** An index, a materialized view or a statistics object, as the catalog describes it. */
export interface ObjectFacts {
  readonly kind: 'index' | 'materialized view' | 'statistics';
  /** oid of the table; 0 for a view. */
  readonly table: number;
  /** PostgreSQL's canonical definition, without the object's name and table. */
  readonly definition: string;
  /** False: a CREATE INDEX CONCURRENTLY failed or still runs. */
  readonly valid: boolean;
}

/** 'in place': the same object. 'taken': another object has the name. 'skipped': likewise, but IF NOT EXISTS creates nothing. */
type Standing = 'free' | 'in place' | 'taken' | 'skipped';

/**
 * @param proposed The object that the statement would create.
 * @param existing The object that has its name.
 */
export function standingOf(
  proposed: ObjectFacts | undefined,
  existing: ObjectFacts | undefined,
  ifNotExists = false,
): Standing {
  if (existing === undefined) return 'free';
  if (proposed !== undefined && existing.valid && isSameObject(proposed, existing)) return 'in place';
  return ifNotExists ? 'skipped' : 'taken';
}

/** The same except for the name, as a copy of an existing index is. */
export const isSameObject = (a: ObjectFacts, b: ObjectFacts): boolean =>
  a.kind === b.kind && a.table === b.table && a.definition === b.definition;

/** The object that has the name a statement would give. */
interface ExistingObject extends ObjectFacts {
  readonly name: string;
  readonly tableName: string;
}

export interface Found {
  readonly standing: Exclude<Standing, 'free'>;
  readonly existing: ExistingObject;
}

/** Statement → the object that has its name; statements with a free name are left out. */
export type FoundObjects = ReadonlyMap<Statement, Found>;

/** The part of a transaction that findObjects() needs. */
interface Scratch {
  /** Undoes everything that `work` did. */
  undone<T>(work: (link: Link) => Promise<T>): Promise<T>;
}

/** Name of the objects on a temporary copy. */
export const SCRATCH_NAME = 'pgopt_in_place';

/** @throws DatabaseError only when the connection is lost. */
export async function findObjects(
  scratch: Scratch,
  proposals: readonly Proposal[],
): Promise<Map<Statement, Found>> {
  const statements = proposals.flatMap(proposal => proposal.statements).filter(({ creates }) => creates);
  const found = new Map<Statement, Found>();
  if (statements.length === 0) return found;
  const objects = await scratch
    .undone(async link => {
      const path = schemasOf(await link.query(SCHEMAS_ON_PATH));
      const existing = [];
      for (const statement of statements) existing.push(await existingObject(link, statement, path));
      return existing;
    })
    .catch(nothing);
  for (const [position, statement] of statements.entries()) {
    const existing = objects?.[position];
    if (existing === undefined) continue;
    const proposed =
      existing.definition === ''
        ? undefined
        : await scratch.undone(link => proposedObject(link, statement, existing)).catch(nothing);
    const standing = standingOf(proposed, existing, statement.ifNotExists);
    if (standing !== 'free') found.set(statement, { standing, existing });
  }
  return found;
}

/** PostgreSQL's message for each statement whose name belongs to another object. */
export function takenNames(proposals: readonly Proposal[], found: FoundObjects): PgoptError[] {
  return proposals.flatMap(({ file, ddl, statements }) =>
    statements.flatMap(statement => {
      const { standing, existing } = found.get(statement) ?? {};
      if (standing !== 'taken' || existing === undefined || statement.kind === 'create-materialized-view')
        return [];
      const offset = ddl.indexOf(statement.sql) + (statement.createsAt?.[0] ?? 0);
      return [refuse(file, ddl, offset, takenText(statement, existing), 'give it another name')];
    }),
  );
}

const takenText = ({ kind, creates }: Statement, { tableName }: ExistingObject): string =>
  kind === 'create-statistics'
    ? `statistics object "${creates}" already exists`
    : `relation "${creates}" already exists, on ${tableName}`;

/** Why a proposal cannot be built under its names; undefined where it can. */
export const takenReason = (proposal: Proposal, found: FoundObjects): string | undefined =>
  takenNames([proposal], found)[0]?.message;

const isInPlace = (statement: Statement, found: FoundObjects): boolean =>
  ['in place', 'skipped'].includes(found.get(statement)?.standing ?? '');

/** The proposal without the statements whose objects exist; undefined where all exist. */
export function lacking(proposal: Proposal, found: FoundObjects): Proposal | undefined {
  const statements = proposal.statements.filter(statement => !isInPlace(statement, found));
  const isWhole = statements.length === proposal.statements.length;
  return isWhole || statements.some(({ creates }) => creates !== undefined)
    ? { ...proposal, statements }
    : undefined;
}

/** Proposal → its existing objects, for proposals whose objects all exist. */
export const inPlaceAmong = (
  proposals: readonly Proposal[],
  found: FoundObjects,
): ReadonlyMap<string, string> =>
  new Map(
    proposals
      .filter(proposal => !factsOf(proposal).drops && lacking(proposal, found) === undefined)
      .map(proposal => [proposal.id, describe(proposal, found)]),
  );

/** All of the proposal's views exist, so its rewrites can be planned without it. */
export function hasItsViews({ statements }: Proposal, found: FoundObjects): boolean {
  const views = statements.filter(({ kind }) => kind === 'create-materialized-view');
  return views.length > 0 && views.every(view => isInPlace(view, found));
}

/** For a proposal in place: `index big_k is there already with this definition`. */
export function describe({ statements }: Proposal, found: FoundObjects): string {
  const named = (standing: Standing) =>
    statements.flatMap(statement => {
      const { existing, standing: own } = found.get(statement) ?? {};
      return existing === undefined || own !== standing ? [] : [`${existing.kind} ${existing.name}`];
    });
  const are = (names: readonly string[]) => `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'}`;
  const [inPlace, skipped] = [named('in place'), named('skipped')];
  return [
    ...(inPlace.length === 0 ? [] : [`${are(inPlace)} there already with this definition`]),
    ...(skipped.length === 0
      ? []
      : [`${are(skipped)} there with another definition: IF NOT EXISTS creates nothing`]),
  ].join('; ');
}

/** Ignores the server's refusal, which the build will report. */
function nothing(error: unknown): undefined {
  if (!(error instanceof DatabaseError)) throw error;
  return undefined;
}

/** @param path Schemas in which an unqualified name is looked up. */
async function existingObject(
  link: Link,
  statement: Statement,
  path: readonly string[],
): Promise<ExistingObject | undefined> {
  const { kind, creates, createsSchema, createsAt = [0, 0], on, onSchema } = statement;
  const schemas = createsSchema === undefined ? path : [createsSchema];
  switch (kind) {
    case 'create-index': {
      const table =
        on === undefined ? undefined : await resolveRelation(link, { schema: onSchema, name: on });
      // PostgreSQL gives an unnamed index a free name.
      if (table === undefined || createsAt[0] === createsAt[1]) return undefined;
      const named =
        'c.relname = $1 AND c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = $2)';
      for (const kindOfRelation of [INDEX, RELATION]) {
        const found = objectOf(await link.query(`${kindOfRelation} WHERE ${named}`, [creates, table]));
        if (found !== undefined) return found;
      }
      return undefined;
    }
    case 'create-materialized-view':
      return objectOf(await link.query(`${VIEW} WHERE c.relname = $1 AND ${ON_PATH}`, [creates, schemas]));
    case 'create-statistics':
      return objectOf(
        await link.query(`${STATISTICS} WHERE s.stxname = $1 AND ${ON_PATH}`, [creates, schemas]),
      );
    default:
      return undefined;
  }
}

/** The statement's object on a temporary, empty copy of its table. */
async function proposedObject(
  link: Link,
  statement: Statement,
  { table }: ExistingObject,
): Promise<ObjectFacts | undefined> {
  const { kind, sql } = statement;
  if (kind === 'create-materialized-view') {
    await link.query(asUser(await asTemporaryView(sql)));
    return objectOf(
      await link.query(`${VIEW} WHERE c.oid = $1::pg_catalog.regclass`, [`pg_temp.${SCRATCH_NAME}`]),
    );
  }
  const [row] = await link.query(
    `SELECT c.oid::pg_catalog.regclass::text AS source, c.relname AS name FROM pg_catalog.pg_class c WHERE c.oid = $1`,
    [table],
  );
  // The copy keeps the table's name, because an expression may name the whole row.
  const copy = copyOf(String(row?.name));
  await link.query(`CREATE TEMPORARY TABLE ${identifier(String(row?.name))} (LIKE ${String(row?.source)})`);
  await link.query(
    asUser(kind === 'create-index' ? await indexOn(copy, sql) : await statisticsOn(copy, statement)),
  );
  const facts = objectOf(
    kind === 'create-index'
      ? await link.query(`${INDEX} WHERE i.indrelid = $1::pg_catalog.regclass`, [copy])
      : await link.query(`${STATISTICS} WHERE s.stxrelid = $1::pg_catalog.regclass`, [copy]),
  );
  return facts && { ...facts, table };
}

/** The name of a table's copy in the session's temporary schema. */
export const copyOf = (table: string): string => `pg_temp.${identifier(table)}`;

/** The CREATE INDEX on the copy of its table. */
export async function indexOn(copy: string, sql: string): Promise<string> {
  const { name, target, ifNotExists } = await readCreateIndex(sql);
  const start = ifNotExists?.[0] ?? name[0];
  return `${sql.slice(0, start)}${identifier(SCRATCH_NAME)} ON ${copy}${sql.slice(target[1])}`;
}

/** The table is the last part of CREATE STATISTICS. */
async function statisticsOn(copy: string, { sql, createsAt = [0, 0] }: Statement): Promise<string> {
  const [parsed] = await parseStatements('', sql);
  const from = parsed?.tokens.findLast(({ text }) => text.toUpperCase() === 'FROM');
  const [, end] = createsAt;
  return `CREATE STATISTICS pg_temp.${identifier(SCRATCH_NAME)}${sql.slice(end, from?.start)}FROM ${copy}`;
}

/** A temporary view with the column list and the query of a CREATE MATERIALIZED VIEW. */
async function asTemporaryView(sql: string): Promise<string> {
  const [parsed] = await parseStatements('', sql);
  const { tokens = [] } = parsed ?? {};
  const word = (at: number) => tokens[at]?.text.toUpperCase();
  const as = tokens[tokens.findIndex(({ text }) => text.toUpperCase() === 'AS')];
  const { colNames = [] } = statementAs(parsed, 'CreateTableAsStmt')?.into ?? {};
  const columns = colNames.map(name => identifier(stringOf(name) ?? ''));
  const last = tokens.length - 1;
  const withData = word(last) === 'DATA' && word(last - 1) === 'WITH' ? tokens[last - 1]?.start : undefined;
  const list = columns.length === 0 ? '' : ` (${columns.join(', ')})`;
  return `CREATE TEMPORARY VIEW ${SCRATCH_NAME}${list} ${sql.slice(as?.start, withData)}`;
}

/** Any other object with the name: a table, a sequence, a view. */
const RELATION = `
  SELECT 'index' AS kind, c.relname AS name, '0' AS "table", c.relname AS "tableName", true AS valid, '' AS definition
  FROM pg_catalog.pg_class c`;

/** Without attribute numbers, because a copy of a table has no dropped columns. */
const INDEX = `
  SELECT 'index' AS kind, c.relname AS name, i.indrelid::text AS "table", t.relname AS "tableName", i.indisvalid AS valid,
         pg_catalog.jsonb_build_array(
           m.amname, i.indisunique, pg_catalog.to_jsonb(i) -> 'indnullsnotdistinct', i.indnkeyatts,
           (SELECT pg_catalog.jsonb_agg(pg_catalog.pg_get_indexdef(c.oid, position, true) ORDER BY position)
            FROM pg_catalog.generate_series(1, i.indnatts::int) position),
           i.indclass::text, i.indcollation::text, i.indoption::text,
           pg_catalog.pg_get_expr(i.indpred, i.indrelid, true), c.reloptions)::text AS definition
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_am m ON m.oid = c.relam`;

const VIEW = `
  SELECT 'materialized view' AS kind, c.relname AS name, '0' AS "table", c.relname AS "tableName",
         c.relkind = 'm' AND c.relispopulated AS valid,
         coalesce(pg_catalog.pg_get_viewdef(c.oid, true), '') AS definition
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;

const ON_PATH = 'n.nspname = ANY ($2) ORDER BY pg_catalog.array_position($2::text[], n.nspname::text)';

const STATISTICS = `
  SELECT 'statistics' AS kind, s.stxname AS name, s.stxrelid::text AS "table", t.relname AS "tableName", true AS valid,
         pg_catalog.jsonb_build_array(
           (SELECT pg_catalog.array_agg(kind ORDER BY kind) FROM pg_catalog.unnest(s.stxkind) kind),
           pg_catalog.substring(pg_catalog.pg_get_statisticsobjdef(s.oid), ' ON (.*) FROM '))::text AS definition
  FROM pg_catalog.pg_statistic_ext s
  JOIN pg_catalog.pg_class t ON t.oid = s.stxrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace`;

function objectOf([row]: readonly Row[]): ExistingObject | undefined {
  if (row === undefined) return undefined;
  return {
    kind: row.kind as ObjectFacts['kind'],
    name: String(row.name),
    table: Number(row.table),
    tableName: String(row.tableName),
    definition: String(row.definition),
    valid: row.valid === true,
  };
}
