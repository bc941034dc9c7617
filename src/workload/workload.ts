/** A workload: the queries, the proposals and the budgets one session is about. */
import type { PgoptError } from '../base/errors.ts';
import type { TrustedFunctions } from './functions.ts';
import type { SettingChoice } from './plannerSettings.ts';
import type { ProposalKind } from './proposalKinds.ts';

/**
 * One query with one set of values for its parameters. Each set is a query of its own here, planned and measured by
 * itself, because its plan and its run time are its own; `number` and `file` are what they have in common.
 */
export interface Query {
  /** File name without `.sql`: `01-daily-revenue-trend`; with `#` and the set's label from the second set on. Unique. */
  readonly id: string;
  /** 1-based position of its file in the workload; the key that chooses it. */
  readonly number: number;
  /** With the set's label where there are several sets. */
  readonly title: string;
  /** The run time it must stay under, ms. */
  readonly targetMs: number;
  /** Exactly one statement, no trailing semicolon; parsed with PostgreSQL's grammar. */
  readonly sql: string;
  /** The command that changes or locks rows (`UPDATE`): the query is planned, and runs only with `--write-cost`. undefined: it only reads. */
  readonly writes?: string;
  readonly file: string;
  /** The file's text, as a person wrote it: errors are shown in it. */
  readonly text?: string;
  /** The values that `sql` was made with; undefined for a query without parameters. */
  readonly values: ValuesOfQuery | undefined;
  /** Texts that read a proposed view, used while that proposal is on. */
  readonly rewrites: readonly Rewrite[];
}

/** Query → why a session does not run it, or undefined where the session runs it and rolls it back. Only statements that write. */
export type Writing = ReadonlyMap<string, string | undefined>;

export const NOT_ASKED = 'statements that write run only with --write-cost';

type AnyQuery = Partial<Pick<Query, 'id' | 'writes'>>;

/**
 * @param writing undefined without `--write-cost`.
 * @returns A clause; undefined for a query that is run.
 */
export function whyNeverRun({ id = '', writes }: AnyQuery, writing: Writing | undefined): string | undefined {
  if (writes === undefined) return undefined;
  return writing?.has(id) === true ? writing.get(id) : NOT_ASKED;
}

/** The same with the command that writes, for the screen. */
export function neverRunBecause(query: AnyQuery, writing: Writing | undefined): string | undefined {
  const why = whyNeverRun(query, writing);
  if (why === undefined) return undefined;
  return `it writes (${query.writes}): planned, never run${why === NOT_ASKED ? '' : `: ${why}`}`;
}

export interface ValuesOfQuery {
  /** As the header calls the set, else `1`, `2` … */
  readonly label: string;
  /** As they are written there: `:customer = 17, :since = '2026-01-01'`. */
  readonly text: string;
}

export interface Rewrite {
  /** What stands behind `@` in the file's name: `view`, or `view+other`. Unique within its query. */
  readonly id: string;
  /** Ids of the proposals that must all be on for it. */
  readonly needs: readonly string[];
  /** With the values in its parameters' places. */
  readonly sql: string;
  readonly file: string;
  /** The file's text, as a person wrote it. */
  readonly text: string;
}

export type StatementKind =
  | 'create-index'
  | 'create-materialized-view'
  | 'create-statistics'
  | 'analyze'
  | 'drop-index';

/** An index as DROP INDEX names it. */
export interface IndexName {
  readonly schema: string | undefined;
  readonly name: string;
}

/** One statement of a proposal, as PostgreSQL's grammar read it. */
export interface Statement {
  readonly kind: StatementKind;
  /** The statement's own text, no trailing semicolon. */
  readonly sql: string;
  /** 1-based line of its first character in the file. */
  readonly line: number;
  /** The index, view or statistics object it creates (an unnamed index gets a name); undefined for ANALYZE. */
  readonly creates: string | undefined;
  /** Offsets into `sql` of the created name's token, quotes included: [start, end); empty where a name may be put in. */
  readonly createsAt: readonly [number, number] | undefined;
  /** Schema written in front of the created name, if any. */
  readonly createsSchema: string | undefined;
  /** The table or view it is on (CREATE INDEX, CREATE STATISTICS, ANALYZE); undefined for a view. */
  readonly on: string | undefined;
  /** Schema written in front of it, if any. */
  readonly onSchema?: string | undefined;
  /** IF NOT EXISTS: where the name is taken, PostgreSQL makes nothing of it. */
  readonly ifNotExists?: true;
  /** What DROP INDEX names; never sent, the session looks them up. */
  readonly drops?: readonly IndexName[];
}

export interface Proposal {
  /** File name without `.sql`. Unique; what `--only` and `--without` name. */
  readonly id: string;
  readonly title: string;
  readonly kind: ProposalKind;
  readonly statements: readonly Statement[];
  /** The file's text, as a person wrote it. */
  readonly ddl: string;
  readonly file: string;
}

/** schema/workload.json, validated. Bytes and ms are plain numbers here. */
export interface Budgets {
  readonly storageBytes: number;
  readonly largeTableRows: number;
  /** A limit to judge what queries hold by; the session does not set it. */
  readonly workMemBytes: number;
  readonly queryTargetMs: number;
  /** A run longer than this is stopped and reported as `> 30 s`. */
  readonly timeoutMs: number;
  /** A comparison of a rewrite with its query is stopped after this; twice `timeoutMs` where it is left out. */
  readonly comparisonMs?: number;
  /** Rows per table in production; projections multiply by these over the rows really here. */
  readonly productionRows: Readonly<Record<string, number>>;
  /** `table.column` → distinct values there, if the workload's author knows better than the projection; negative a share of the rows. */
  readonly productionDistinct: Readonly<Record<string, number>>;
}

export interface Workload {
  readonly title: string;
  readonly folder: string;
  readonly queries: readonly Query[];
  readonly proposals: readonly Proposal[];
  readonly budgets: Budgets;
  /** What the session sets for every query, before as well as after; all else is as the server has it. */
  readonly settings?: readonly SettingChoice[];
  /** Query id → calls a day, for those that schema/workload.json gives a number for; empty where it gives none. */
  readonly callsADay: Readonly<Record<string, number>>;
  /** Functions that may be called although they would be refused: `--trust-functions`. */
  readonly trusted?: TrustedFunctions;
  /** What is wrong with its files; everything else here is sound, and works without them. */
  readonly problems: readonly PgoptError[];
}
