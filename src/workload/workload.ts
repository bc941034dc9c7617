/** A workload: the queries, proposals and budgets of a session. */
import type { PgoptError } from '../base/errors.ts';
import type { TrustedFunctions } from './functions.ts';
import type { SettingChoice } from './plannerSettings.ts';
import type { ProposalKind } from './proposalKinds.ts';
import type { StatementKind } from './statementKinds.ts';

/**
 * A query with one set of values for its parameters. Each set has its own plan and run time, so each is a query; the
 * sets of a file share `number` and `file`.
 */
export interface Query {
  /** Unique: the file name without `.sql`; from the second set of values on with `#` and the set's label. */
  readonly id: string;
  /** 1-based position of its file; the key that selects it. */
  readonly number: number;
  /** Ends with the set's label if there are several sets. */
  readonly title: string;
  readonly targetMs: number;
  /** One statement without a semicolon, parsed with PostgreSQL's grammar. */
  readonly sql: string;
  /**
   * The command that changes or locks rows (`UPDATE`); undefined: it only reads. Such a query is planned, and runs
   * only with `--write-cost`.
   */
  readonly writes?: string;
  readonly file: string;
  /** The file's text, for errors. */
  readonly text?: string;
  /** undefined: the query has no parameters. */
  readonly values: ValuesOfQuery | undefined;
  /** Texts that read proposed views; used while these proposals are on. */
  readonly rewrites: readonly Rewrite[];
}

/** Query → why a session does not run it, or undefined where the session runs it and rolls it back. Only statements that write. */
export type WriteReasons = ReadonlyMap<string, string | undefined>;

export const NOT_ASKED = 'statements that write run only with --write-cost';

type AnyQuery = Partial<Pick<Query, 'id' | 'writes'>>;

/**
 * @param writing undefined without `--write-cost`.
 * @returns A clause; undefined for a query that is run.
 */
export function whyNeverRun(
  { id = '', writes }: AnyQuery,
  writing: WriteReasons | undefined,
): string | undefined {
  if (writes === undefined) return undefined;
  return writing?.has(id) === true ? writing.get(id) : NOT_ASKED;
}

/** The same with the command that writes, for the screen. */
export function neverRunBecause(query: AnyQuery, writing: WriteReasons | undefined): string | undefined {
  const why = whyNeverRun(query, writing);
  if (why === undefined) return undefined;
  return `it writes (${query.writes}): planned, never run${why === NOT_ASKED ? '' : `: ${why}`}`;
}

export interface ValuesOfQuery {
  /** From the header, otherwise `1`, `2` … */
  readonly label: string;
  /** As written: `:customer = 17, :since = '2026-01-01'`. */
  readonly text: string;
}

export interface Rewrite {
  /** The part after `@` in the file's name: `view`, or `view+other`. Unique within its query. */
  readonly id: string;
  /** Ids of the proposals that must all be on. */
  readonly needs: readonly string[];
  /** With values instead of parameters. */
  readonly sql: string;
  readonly file: string;
  readonly text: string;
}

export interface IndexName {
  readonly schema: string | undefined;
  readonly name: string;
}

export interface Statement {
  readonly kind: StatementKind;
  /** Without a semicolon. */
  readonly sql: string;
  /** 1-based line in the file. */
  readonly line: number;
  /** The created object's name (an unnamed index gets one); undefined: it creates none. */
  readonly creates: string | undefined;
  /** Offsets into `sql` of the created name including quotes: [start, end); empty where a name may be inserted. */
  readonly createsAt: readonly [number, number] | undefined;
  readonly createsSchema: string | undefined;
  /** The table or view of CREATE INDEX, CREATE STATISTICS and ANALYZE. */
  readonly on: string | undefined;
  readonly onSchema?: string | undefined;
  /** IF NOT EXISTS: if the name is taken, PostgreSQL creates nothing. */
  readonly ifNotExists?: true;
  /** The indexes of DROP INDEX; the session looks them up and does not send the statement. */
  readonly drops?: readonly IndexName[];
}

export interface Proposal {
  /** Unique: the file name without `.sql`, which `--only` and `--without` take. */
  readonly id: string;
  readonly title: string;
  readonly kind: ProposalKind;
  readonly statements: readonly Statement[];
  readonly ddl: string;
  readonly file: string;
}

/** schema/workload.json, validated. */
export interface Budgets {
  readonly storageBytes: number;
  readonly largeTableRows: number;
  /** A limit for the memory that queries hold; the session does not set it. */
  readonly workMemBytes: number;
  readonly queryTargetMs: number;
  /** A longer run is stopped and reported as `> 30 s`. */
  readonly timeoutMs: number;
  /** A longer comparison of a rewrite with its query is stopped; by default twice `timeoutMs`. */
  readonly comparisonMs?: number;
  /** Table → rows in production. */
  readonly productionRows: Readonly<Record<string, number>>;
  /**
   * `table.column` → distinct values in production, where the author knows better than the projection; negative: a
   * share of the rows.
   */
  readonly productionDistinct: Readonly<Record<string, number>>;
}

export interface Workload {
  readonly title: string;
  readonly folder: string;
  readonly queries: readonly Query[];
  readonly proposals: readonly Proposal[];
  readonly budgets: Budgets;
  /** Settings for every query, before and after; the rest comes from the server. */
  readonly settings?: readonly SettingChoice[];
  /** Query id → calls per day; only queries with a number. */
  readonly callsADay: Readonly<Record<string, number>>;
  /** Functions that `--trust-functions` allows. */
  readonly trusted?: TrustedFunctions;
  /** Errors in its files; everything else is valid and works without them. */
  readonly problems: readonly PgoptError[];
}
