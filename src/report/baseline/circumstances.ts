/** What else differs between two checks: reasons why plans and times may differ that are no query's fault. Pure. */
import { formatBytes, formatCount, formatMs, round } from '../../format/index.ts';
import type { Comparable, ComparableTable } from './types.ts';

/** A table that grew or shrank by more than this may get another plan with every right. */
const OTHER_SIZE = 0.2;
/** Tables named; a database may have a thousand. */
const MOST_TABLES = 5;

/** @returns Sentences without a full stop; names in them are data. None fails a check. */
export function circumstances(then: Comparable, now: Comparable): readonly string[] {
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

/** What is switched away from the database as it is: proposals that are on, existing indexes that are off. */
export function changedBy({ proposals }: Pick<Comparable, 'proposals'>): readonly string[] {
  return proposals
    .filter(({ on, kind }) => on !== (kind === 'drop'))
    .map(({ id, kind }) => (kind === 'drop' ? `without ${id}` : id))
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
 * VACUUM counts the pages that it reads, those where something was changed, and takes the others to be as full as the count
 * before said: rows that were written and rolled back in a part of a table may leave a count that is a third too low. What
 * a table takes is exact.
 */
const isAsLarge = ({ bytes }: ComparableTable, was: ComparableTable): boolean =>
  bytes !== undefined && was.bytes !== undefined && isAbout(bytes, was.bytes);

/** Older programs did not say the schema. */
const keyOf = ({ schema, name }: ComparableTable) => `${schema ?? 'public'}.${name}`;
