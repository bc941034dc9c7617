/** The planner settings of this server, before a change. */
import { literal } from '../base/sql.ts';
import type { Row } from '../database/link.ts';
import { PLANNER_SETTINGS, type SettingChoice } from '../workload/plannerSettings.ts';

export interface SettingFact {
  readonly name: string;
  /** As SHOW says it: what a query of this session is planned and run with. */
  readonly value: string;
  /** What PostgreSQL is delivered with, in the same spelling. */
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
 * @param own What the session's transaction sets for all its queries, with who wants it.
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
