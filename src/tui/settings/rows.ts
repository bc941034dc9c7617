/** The settings as rows of a list: what each is on the server, and what was made of it. */

import type { SettingFact } from '../../session/events.ts';
import { stopsOf } from '../../session/settingFacts.ts';
import { PLANNER_SETTINGS, type PlannerSetting, plannerSetting } from '../../workload/plannerSettings.ts';
import type { SettingsState } from './types.ts';

export interface SettingRow {
  readonly setting: PlannerSetting;
  readonly fact: SettingFact;
  readonly changed: SettingsState['changed'][number] | undefined;
  /** Values to step through: the table's, and the server's own among them. */
  readonly stops: readonly string[];
}

const UNKNOWN = '?';

/** Empty while the server is being asked. A server that says nothing has all settings, at values unknown. */
export function settingRows({ facts, changed }: SettingsState): readonly SettingRow[] {
  if (facts === undefined) return [];
  const silent = PLANNER_SETTINGS.map(({ name }) => ({
    name,
    value: UNKNOWN,
    delivered: UNKNOWN,
    source: 'the server does not say',
  }));
  return (facts.length === 0 ? silent : facts).flatMap((fact): SettingRow[] => {
    const setting = plannerSetting(fact.name);
    if (setting === undefined) return [];
    return [
      {
        setting,
        fact,
        changed: changed.find(({ name }) => name === fact.name),
        stops: stopsOf(setting.steps, fact.value),
      },
    ];
  });
}

/** The value a row has now, on or off. */
export const presentValue = ({ fact, changed }: SettingRow): string => changed?.value ?? fact.value;
