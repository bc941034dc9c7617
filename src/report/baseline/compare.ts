/** Compares an earlier `check --json` with a new one: the `comparison` of docs/check-json.md. */

import { formatBytes, formatCount, formatMs, round } from '../../base/format.ts';
import { append } from '../../base/lists.ts';
import { PROPOSAL_KINDS, type ProposalKind } from '../../workload/proposalKinds.ts';
import type {
  Comparable,
  ComparableQuery,
  ComparableRequirement,
  ComparableSide,
  ComparableTable,
  QueryName,
} from './baseline.ts';
import { planDifference } from './planLines.ts';
import { type Grade, type Remark, remarksOnAnswers, remarksOnSide } from './remarks.ts';

interface Match<Then, Now> {
  /** undefined: a new query. */
  readonly was: Then | undefined;
  /** undefined: a removed query. */
  readonly now: Now | undefined;
}

/**
 * Pairs queries by id, otherwise by title, because files may be renumbered. New order first, then removed queries.
 */
export function matchQueries<Then extends QueryName, Now extends QueryName>(
  then: readonly Then[],
  now: readonly Now[],
): readonly Match<Then, Now>[] {
  const old = new Map(then.map(query => [query.id, query]));
  const ids = new Set(now.map(({ id }) => id));
  const gone = byTitle(then.filter(({ id }) => !ids.has(id)));
  const fresh = byTitle(now.filter(({ id }) => !old.has(id)));
  const found = now.map(query => {
    // Two queries with one title cannot be distinguished.
    const alone = fresh.get(query.title)?.length === 1 && gone.get(query.title)?.length === 1;
    return { now: query, was: old.get(query.id) ?? (alone ? gone.get(query.title)?.[0] : undefined) };
  });
  const used = new Set(found.map(pair => pair.was));
  return [...found, ...then.filter(query => !used.has(query)).map(query => ({ was: query, now: undefined }))];
}

function byTitle<Q extends QueryName>(queries: readonly Q[]): ReadonlyMap<string, readonly Q[]> {
  const titles = new Map<string, Q[]>();
  for (const query of queries) append(titles, query.title, query);
  return titles;
}

interface StillFailing {
  readonly id: string;
  readonly title: string;
  /** With the new figure. */
  readonly text: string;
}

/**
 * Requirements that fail now and failed in the baseline: reported, but not as worse. Numbers shift with the queries,
 * so requirements are matched by title, which contains their limit; by title and number if a title is not unique.
 */
function stillFailing(then: Comparable, now: Comparable): readonly StillFailing[] {
  const isOne = ({ title }: ComparableRequirement) =>
    [then, now].every(({ requirements }) => requirements.filter(other => other.title === title).length === 1);
  return now.requirements
    .filter(one => one.after.state === 'fail')
    .filter(one =>
      then.requirements.some(
        was => was.title === one.title && (was.id === one.id || isOne(one)) && was.after.state === 'fail',
      ),
    )
    .map(({ id, title, after }) => ({ id, title, text: after.text }));
}

/** Beyond this change in size a different plan is legitimate. */
const OTHER_SIZE = 0.2;
/** At most this many tables are named. */
const MOST_TABLES = 5;

/**
 * Differences between the checks that explain different plans and times; none fails a check.
 * @returns Sentences without a full stop; not sanitized.
 */
function circumstances(then: Comparable, now: Comparable): readonly string[] {
  return [
    ...configuration(then, now),
    ...server(then, now),
    ...changed('the demo’s scale', then.target.scale, now.target.scale, String),
    ...changed(
      'budgets.work_mem',
      then.workload.budgets.workMemBytes,
      now.workload.budgets.workMemBytes,
      bytes => round(formatBytes(bytes)),
    ),
    ...changed('the timeout', then.workload.budgets.timeoutMs, now.workload.budgets.timeoutMs, ms =>
      round(formatMs(ms)),
    ),
    ...changed('planner settings', settingsOf(then), settingsOf(now), text => text || 'the server’s own'),
    ...tables(then, now),
  ];
}

const settingsOf = ({ settings = [] }: Comparable): string =>
  settings.map(({ name, value }) => `${name} = ${value}`).join(', ');

/** A baseline of another version may have unknown kinds. */
const standsForExisting = ({ kind }: { readonly kind: string }): boolean =>
  kind in PROPOSAL_KINDS && PROPOSAL_KINDS[kind as ProposalKind].standsForExisting;

/** The differences from the baseline: proposals that are on, existing indexes that are off. */
function changedBy({ proposals }: Pick<Comparable, 'proposals'>): readonly string[] {
  return proposals
    .filter(one => one.on !== standsForExisting(one))
    .map(one => (standsForExisting(one) ? `without ${one.id}` : one.id))
    .sort();
}

function configuration(then: Comparable, now: Comparable): string[] {
  const [before, after] = [changedBy(then), changedBy(now)];
  const said = [
    list(
      'on now and not in the baseline',
      after.filter(id => !before.includes(id)),
    ),
    list(
      'on in the baseline and not now',
      before.filter(id => !after.includes(id)),
    ),
  ].filter(text => text !== '');
  return said.length === 0 ? [] : [`another configuration: ${said.join('; ')}`];
}

const list = (what: string, ids: readonly string[]) => (ids.length === 0 ? '' : `${what}: ${ids.join(', ')}`);

function server(then: Comparable, now: Comparable): string[] {
  const [before, after] = [major(then.target.serverVersion), major(now.target.serverVersion)];
  const said =
    before === undefined || after === undefined || before === after
      ? []
      : [`PostgreSQL ${after} (${before} in the baseline)`];
  const kind = (embedded: boolean) => (embedded ? 'the embedded database' : 'a database of your own');
  return [...said, ...changed('looked at', then.target.embedded, now.target.embedded, kind)];
}

const major = (version: string | null) => /^\d+/.exec(version ?? '')?.[0];

function changed<T>(what: string, before: T | null, after: T | null, say: (value: T) => string): string[] {
  if (before === null || after === null || before === after) return [];
  return [`${what}: ${say(after)} (${say(before)} in the baseline)`];
}

function tables(then: Comparable, now: Comparable): string[] {
  const before = new Map(then.target.tables.map(table => [keyOf(table), table]));
  const other = now.target.tables.flatMap(table => {
    const was = before.get(keyOf(table));
    if (was === undefined || was.counted === false || table.counted === false) return [];
    if (isAbout(table.rows, was.rows)) return [];
    const text = `${table.name} ${formatCount(table.rows)} (${formatCount(was.rows)} in the baseline)`;
    return [{ text, isRecounted: isAsLarge(table, was) }];
  });
  const named = (what: string, isRecounted: boolean): string[] => {
    const names = other.filter(one => one.isRecounted === isRecounted).map(({ text }) => text);
    if (names.length === 0) return [];
    const more = names.length > MOST_TABLES ? `, and ${names.length - MOST_TABLES} more tables` : '';
    return [`${what}: ${names.slice(0, MOST_TABLES).join(', ')}${more}`];
  };
  return [
    ...named('rows, as the server last counted them', false),
    ...named(
      'rows that the planner expects in tables as large as they were (VACUUM guesses, ANALYZE counts)',
      true,
    ),
  ];
}

const isAbout = (value: number, was: number) => Math.abs(value - was) <= Math.max(was, 1) * OTHER_SIZE;

/**
 * A row count may be a third too low: VACUUM counts changed pages and extrapolates the rest from the last count,
 * which rolled-back writes distort. The size in bytes is exact.
 */
const isAsLarge = ({ bytes }: ComparableTable, was: ComparableTable): boolean =>
  bytes !== undefined && was.bytes !== undefined && isAbout(bytes, was.bytes);

/** Older documents have no schema. */
const keyOf = ({ schema, name }: ComparableTable) => `${schema ?? 'public'}.${name}`;

/** `before`: the baseline; `after`: the chosen configuration. */
export type SideName = 'before' | 'after';

export type Status = 'worse' | 'slower' | 'changed' | 'better' | 'same' | 'new' | 'gone';

export interface Comparison {
  readonly baseline: { readonly file: string; readonly program: string | null; readonly at: string | null };
  /** A query got worse: exit code 1. */
  readonly worse: boolean;
  /** The changes in `after`: proposals that are on, `without …` for existing indexes that are off. */
  readonly configuration: { readonly baseline: readonly string[]; readonly now: readonly string[] };
  /** Causes of different plans that are not a query's fault. */
  readonly circumstances: readonly string[];
  readonly queries: readonly ComparedQuery[];
  /** Requirements that fail in both checks and therefore fail nothing here. */
  readonly stillFailing: readonly StillFailing[];
}

export interface ComparedQuery {
  readonly id: string;
  readonly number: number | null;
  readonly title: string;
  /** Its id in the baseline, if different. */
  readonly renamedFrom: string | null;
  readonly status: Status;
  readonly remarks: readonly SidedRemark[];
  readonly sides: readonly ComparedSide[];
}

export type SidedRemark = Remark & {
  /** Empty: the remark is about the whole query. */
  readonly sides: readonly SideName[];
};

export interface ComparedSide {
  readonly side: SideName;
  readonly baseline: SideFigures;
  readonly now: SideFigures;
  /** Lines of a diff; empty: the same steps. */
  readonly difference: readonly string[];
}

export type SideFigures = Pick<ComparableSide, 'medianMs' | 'timedOutAfterMs' | 'fingerprint'>;

/** @param file The baseline's file, as the user named it. */
export function compareWithBaseline(file: string, then: Comparable, now: Comparable): Comparison {
  const configuration = { baseline: changedBy(then), now: changedBy(now) };
  // Without changes then and now, both sides are the baseline.
  const names: readonly SideName[] =
    configuration.baseline.length + configuration.now.length === 0 ? ['after'] : ['before', 'after'];
  const queries = matchQueries(then.queries, now.queries).map(pair => compared(pair, names));
  return {
    baseline: { file, program: then.program, at: then.at },
    worse: queries.some(({ status }) => status === 'worse'),
    configuration,
    circumstances: circumstances(then, now),
    queries,
    stillFailing: stillFailing(then, now),
  };
}

function compared(
  { was, now }: Match<ComparableQuery, ComparableQuery>,
  names: readonly SideName[],
): ComparedQuery {
  const query = now ?? was;
  if (query === undefined) throw new Error('a match has a query');
  const { id, number, title } = query;
  const compared = { id, number, title, renamedFrom: null, remarks: [], sides: [] };
  if (was === undefined) return { ...compared, status: 'new' };
  if (now === undefined) return { ...compared, status: 'gone' };
  const targets = { was: was.targetMs, now: now.targetMs };
  const remarks = [
    ...merged(
      names.flatMap(side =>
        remarksOnSide(was[side], now[side], side === 'after' ? targets : undefined).map(remark => ({
          ...remark,
          sides: [side],
        })),
      ),
    ),
    ...remarksOnAnswers(was, now).map(remark => ({ ...remark, sides: [] })),
  ].sort((a, b) => RANK.indexOf(a.grade) - RANK.indexOf(b.grade));
  const sides = names.map(
    (side): ComparedSide => ({
      side,
      baseline: figures(was[side]),
      now: figures(now[side]),
      difference: planDifference(was[side].plan, now[side].plan),
    }),
  );
  const renamedFrom = was.id === id ? null : was.id;
  return { ...compared, renamedFrom, remarks, sides, status: statusOf(remarks) };
}

const RANK: readonly Grade[] = ['worse', 'slower', 'noted', 'better'];

/** The gravest remark. A note next to an improvement only explains it. */
function statusOf(remarks: readonly Remark[]): Status {
  const has = (grade: Grade) => remarks.some(remark => remark.grade === grade);
  if (has('worse')) return 'worse';
  if (has('slower')) return 'slower';
  if (has('better')) return 'better';
  return has('noted') ? 'changed' : 'same';
}

/** Merges equal remarks of both sides. */
function merged(remarks: readonly SidedRemark[]): readonly SidedRemark[] {
  const byText = new Map<string, SidedRemark>();
  for (const remark of remarks) {
    const known = byText.get(remark.text);
    byText.set(
      remark.text,
      known === undefined ? remark : { ...known, sides: [...known.sides, ...remark.sides] },
    );
  }
  return [...byText.values()];
}

function figures({ medianMs, timedOutAfterMs, fingerprint }: ComparableSide): SideFigures {
  return { medianMs, timedOutAfterMs, fingerprint };
}
