/** Planner settings on the server: sets them, asks whether it accepts them, and reads them. */
import { DatabaseError } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import { literal } from '../base/sql.ts';
import type { Link, Row } from '../database/link.ts';
import {
  objectionTo,
  PLANNER_SETTINGS,
  plannerSetting,
  type SettingChoice,
} from '../workload/plannerSettings.ts';
import type { Control } from './control.ts';
import type { SessionEvent, SessionSetting } from './events.ts';
import type { WorkTransaction } from './transaction.ts';

/**
 * Statements to send inside a savepoint, whose rollback undoes them.
 * @throws DatabaseError 22023 for an unknown setting or an impossible value: nothing is sent.
 */
export function setStatements(choices: readonly SettingChoice[]): string[] {
  return choices.map(choice => {
    const objection = objectionTo(choice);
    if (objection !== undefined) throw new DatabaseError(objection, '22023');
    return `SET LOCAL ${choice.name} = ${literal(choice.value)}`;
  });
}

/** Returns the value in the server's spelling; its effect ends with the statement, outside a transaction, too. */
export const tryingSql = ({ name, value }: SettingChoice): string =>
  `SELECT pg_catalog.set_config(${literal(name)}, ${literal(value)}, true) AS value`;

/** Asks the server beside the transaction whether it accepts a setting, so that no run delays the answer. */
export async function tried(
  control: Control,
  choice: SettingChoice,
): Promise<Extract<SessionEvent, { type: 'setting:accepted' | 'setting:refused' }>> {
  const refused = (reason: string) => ({ type: 'setting:refused', ...choice, reason }) as const;
  const objection = objectionTo(choice);
  if (objection !== undefined) return refused(objection);
  try {
    const [row] = await control.ask(tryingSql(choice));
    return { type: 'setting:accepted', name: choice.name, value: String(row?.value) };
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}

/** Checks choices before anything starts. @throws PgoptError 'usage' for a choice that no server accepts. */
export function requireKnown(choices: readonly SettingChoice[]): void {
  for (const choice of choices) {
    const objection = objectionTo(choice);
    if (objection === undefined) continue;
    const known = plannerSetting(choice.name) !== undefined;
    throw new PgoptError('usage', `--set ${choice.name}=${choice.value} is refused: ${objection}`, {
      next: known ? GIVE_ANOTHER : 'press `o` in the explorer for the settings that it can set',
    });
  }
}

const GIVE_ANOTHER = 'give a value that the server accepts';

/** Sets them for the whole transaction: for every query, and for the queries of views. @throws PgoptError 'usage' */
export async function applySettings(link: Link, choices: readonly SessionSetting[]): Promise<void> {
  for (const choice of choices)
    await orUsage(choice, async () => {
      for (const statement of setStatements([choice])) await link.query(statement);
    });
}

/** Asks the server whether it accepts them, without setting any. @throws PgoptError 'usage' */
export async function requireAccepted(
  transaction: WorkTransaction,
  choices: readonly SettingChoice[],
): Promise<void> {
  for (const choice of choices)
    await orUsage(choice, async () => {
      const objection = objectionTo(choice);
      if (objection !== undefined) throw new DatabaseError(objection, '22023');
      await transaction.probe([tryingSql(choice)]);
    });
}

async function orUsage(
  { name, value, source = '--set' }: SettingChoice & { readonly source?: string },
  attempt: () => Promise<void>,
): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    if (!(error instanceof DatabaseError) || !/^(22|42)/.test(error.code)) throw error;
    throw new PgoptError('usage', `${source} ${name}=${value} is refused: ${error.message}`, {
      next: GIVE_ANOTHER,
    });
  }
}

export interface SettingFact {
  readonly name: string;
  /** As SHOW prints it: the value under which this session's queries are planned and run. */
  readonly value: string;
  /** PostgreSQL's default, in the same spelling. */
  readonly delivered: string;
  /** As in pg_settings, or our own source if this session sets it. */
  readonly source: string;
  /** Why it has no effect here, a clause. */
  readonly useless?: string;
}

const NAMES = PLANNER_SETTINGS.map(({ name }) => literal(name)).join(', ');

export const READ_SETTINGS = `SELECT name, pg_catalog.current_setting(name) AS value, boot_val AS boot, unit, source,
    name = 'jit' AND setting = 'on' AND NOT pg_catalog.pg_jit_available() AS useless
  FROM pg_catalog.pg_settings WHERE name IN (${NAMES})`;

/**
 * In the order of the table.
 * @param rows The answer to READ_SETTINGS, on a connection without changed settings.
 * @param own Settings that the session's transaction applies to all queries, with their sources.
 */
export function settingFacts(
  rows: readonly Row[],
  own: readonly (SettingChoice & { readonly source: string })[],
): readonly SettingFact[] {
  return PLANNER_SETTINGS.flatMap(({ name }) => {
    const row = rows.find(one => one.name === name);
    if (row === undefined) return [];
    const { value, source } = own.findLast(one => one.name === name) ?? {
      value: String(row.value),
      source: String(row.source),
    };
    return [
      {
        name,
        value,
        delivered: delivered(String(row.boot), row.unit),
        source,
        ...(row.useless === true ? { useless: 'this server cannot compile queries' } : {}),
      },
    ];
  });
}

/** `131072` of `8kB` are `1GB`: the largest unit without a fraction, as SHOW chooses it. */
function delivered(boot: string, unit: unknown): string {
  const kilobytes = unit === 'kB' ? Number(boot) : unit === '8kB' ? Number(boot) * 8 : undefined;
  if (kilobytes === undefined || kilobytes <= 0) return boot;
  return sizeSetting(kilobytes);
}

/** A size as SHOW prints it. @param kilobytes A whole number. */
export function sizeSetting(kilobytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB'];
  let amount = kilobytes;
  let unit = 0;
  while (amount % 1024 === 0 && unit < units.length - 1 && amount > 0) {
    amount /= 1024;
    unit++;
  }
  return `${amount}${units[unit]}`;
}

/** The values to step through, in order: the table's, and the server's own. */
export function stopsOf(steps: readonly string[], own: string): readonly string[] {
  if (steps.includes(own)) return steps;
  const at = steps.findIndex(step => amountOf(step) > amountOf(own));
  if (Number.isNaN(amountOf(own))) return steps;
  return at === -1 ? [...steps, own] : steps.toSpliced(at, 0, own);
}

/** The stop after (1) or before (-1) a value, or the nearest in that direction; undefined at the last one. */
export function stepFrom(stops: readonly string[], value: string, step: 1 | -1): string | undefined {
  const at = stops.indexOf(value);
  if (at !== -1) return stops[at + step];
  const here = amountOf(value);
  const beyond = stops.filter(one => (amountOf(one) - here) * step > 0);
  return step === 1 ? beyond[0] : beyond.at(-1);
}

const FACTORS: Readonly<Record<string, number>> = { kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };

/** The amount of `64MB`, `1.1`, `on`, comparable within one setting. */
function amountOf(value: string): number {
  const [, number = '', unit = ''] = /^(-?[\d.]+)([kMGT]B)?$/.exec(value) ?? [];
  return number === '' ? Number.NaN : Number(number) * (FACTORS[unit] ?? 1);
}
