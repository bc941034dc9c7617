/**
 * The planner's world made smaller: what is absolute in its cost model, divided by production's rows over the rows here. Costs
 * of a sample are then nearly production's divided by the same, and so are the limits that sorts and hashes
 * spill at: the planner mostly chooses production's plan by itself, and what would spill there spills here. Pure.
 */

import { sizeSetting } from '../session/settingFacts.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';

const KILO: Readonly<Record<string, number>> = { kB: 1, MB: 1024, GB: 1024 ** 2, TB: 1024 ** 3 };
/** PostgreSQL takes no less. */
const LEAST_WORK_MEM = 64;
const BLOCK = 8;

const SIZES = [
  ['effective_cache_size', BLOCK],
  ['min_parallel_table_scan_size', 0],
  ['min_parallel_index_scan_size', 0],
] as const;

/**
 * @param factor Production's rows over the rows here, at least 1.
 * @param workMemBytes What a node may hold in production.
 * @param shown What SHOW says of a setting on this server.
 */
export function scaledSettings(
  factor: number,
  workMemBytes: number,
  shown: (name: string) => string | undefined,
): readonly SettingChoice[] {
  const sizes = SIZES.flatMap(([name, least]): SettingChoice[] => {
    const kilobytes = kilobytesOf(shown(name));
    if (kilobytes === undefined) return [];
    const blocks = Math.round(kilobytes / factor / BLOCK);
    return [{ name, value: sizeSetting(Math.max(least, blocks * BLOCK)) }];
  });
  const setup = Number(shown('parallel_setup_cost'));
  return [
    {
      name: 'work_mem',
      value: sizeSetting(Math.max(LEAST_WORK_MEM, Math.round(workMemBytes / 1024 / factor))),
    },
    ...sizes,
    ...(setup >= 0 ? [{ name: 'parallel_setup_cost', value: short(setup / factor) }] : []),
    // Compiling takes as long whatever the size: on a sample it would drown what grows.
    { name: 'jit', value: 'off' },
  ];
}

/** Whether work_mem could not be made as small as the sample is: what spills there may not spill here. */
export function isWorkMemTooLarge(factor: number, workMemBytes: number): boolean {
  return workMemBytes / 1024 / factor < LEAST_WORK_MEM;
}

export const short = (value: number): string => String(Number(value.toPrecision(4)));

/** `8kB`, `4GB`, `16384` (of 8 kB: SHOW never says it). */
function kilobytesOf(value: string | undefined): number | undefined {
  const [, amount = '', unit = ''] = /^(\d+)(kB|MB|GB|TB)$/.exec(value ?? '') ?? [];
  const kilo = KILO[unit];
  return amount === '' || kilo === undefined ? undefined : Number(amount) * kilo;
}
