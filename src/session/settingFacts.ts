/** How choices of settings reach the server. */
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
import type { SessionEvent, SetForAll } from './events.ts';
import type { WorkTransaction } from './transaction.ts';

/**
 * To be sent inside a transaction's savepoint; the roll-back to it undoes them.
 * @throws DatabaseError 22023 for a name that is not in the table or a value that cannot be one: nothing is sent.
 */
export function setStatements(choices: readonly SettingChoice[]): string[] {
  return choices.map(choice => {
    const objection = objectionTo(choice);
    if (objection !== undefined) throw new DatabaseError(objection, '22023');
    return `SET LOCAL ${choice.name} = ${literal(choice.value)}`;
  });
}

/** Answers what the value is to the server, in its own spelling; ends with the statement, outside a transaction too. */
export const tryingSql = ({ name, value }: SettingChoice): string =>
  `SELECT pg_catalog.set_config(${literal(name)}, ${literal(value)}, true) AS value`;

/** Whether the server would take a setting: asked beside the transaction, so that no run delays the answer. */
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

/** Settings that were asked for on the command line: taken when the session opens, or refused in one line. */

/** Before anything is started for them. @throws PgoptError 'usage' for what no server would be asked. */
export function requireKnown(choices: readonly SettingChoice[]): void {
  for (const choice of choices) {
    const objection = objectionTo(choice);
    if (objection === undefined) continue;
    const known = plannerSetting(choice.name) !== undefined;
    throw new PgoptError('usage', `--set ${choice.name}=${choice.value} is refused: ${objection}`, {
      next: known ? GIVE_ANOTHER : 'see `o` in the explorer for those that can be',
    });
  }
}

const GIVE_ANOTHER = 'give a value that the server takes';

/** Sets them for the whole transaction: for every query, and for the queries of views. @throws PgoptError 'usage' */
export async function setForAll(link: Link, choices: readonly SetForAll[]): Promise<void> {
  for (const choice of choices)
    await orUsage(choice, async () => {
      for (const statement of setStatements([choice])) await link.query(statement);
    });
}

/** Asks the server whether it would take them, and sets none. @throws PgoptError 'usage' */
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

/** The planner settings of this server, before a change. */

export interface SettingFact {
  readonly name: string;
  /** As SHOW says it: what a query of this session is planned and run with. */
  readonly value: string;
  /** PostgreSQL's default, in the same spelling. */
  readonly delivered: string;
  /** Where the value comes from, in pg_settings' words, or ours where this session sets it. */
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
 * @param rows READ_SETTINGS' answer, of a connection where nothing is set.
 * @param own What the session's transaction sets for all its queries, with its source.
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
        ...(row.useless === true ? { useless: 'this server has no compiler' } : {}),
      },
    ];
  });
}

/** `131072` of `8kB` are `1GB`: the largest unit that has no fraction, as SHOW chooses it. */
function delivered(boot: string, unit: unknown): string {
  const kilobytes = unit === 'kB' ? Number(boot) : unit === '8kB' ? Number(boot) * 8 : undefined;
  if (kilobytes === undefined || kilobytes <= 0) return boot;
  return sizeSetting(kilobytes);
}

/** A size as SHOW says it. @param kilobytes A whole number. */
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

/** The values to step through, in their order: the table's, and the server's own where it is none of them. */
export function stopsOf(steps: readonly string[], own: string): readonly string[] {
  if (steps.includes(own)) return steps;
  const at = steps.findIndex(step => amountOf(step) > amountOf(own));
  if (Number.isNaN(amountOf(own))) return steps;
  return at === -1 ? [...steps, own] : steps.toSpliced(at, 0, own);
}

/** The stop after (1) or before (-1) a value, of any value the nearest in that direction; undefined at the last one. */
export function stepFrom(stops: readonly string[], value: string, step: 1 | -1): string | undefined {
  const at = stops.indexOf(value);
  if (at !== -1) return stops[at + step];
  const here = amountOf(value);
  const beyond = stops.filter(one => (amountOf(one) - here) * step > 0);
  return step === 1 ? beyond[0] : beyond.at(-1);
}

const FACTORS: Readonly<Record<string, number>> = { kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };

/** Of `64MB`, `1.1`, `on`; only to be compared with others of the same setting. */
function amountOf(value: string): number {
  const [, number = '', unit = ''] = /^(-?[\d.]+)([kMGT]B)?$/.exec(value) ?? [];
  return number === '' ? Number.NaN : Number(number) * (FACTORS[unit] ?? 1);
}
