/** What keys and the server's answers do to the settings; state/settings.ts makes a desired state of a change. */

import { stepFrom } from '../../session/settingFacts.ts';
import { PLANNER_SETTINGS } from '../../workload/plannerSettings.ts';
import { presentValue, type SettingRow } from './rows.ts';
import type { SettingsState } from './types.ts';

const ORDER = new Map(PLANNER_SETTINGS.map(({ name }, at) => [name, at]));

/** To a value, switched on; the server's own value is no change. */
export function withValue(state: SettingsState, name: string, value: string): SettingsState {
  const others = state.changed.filter(one => one.name !== name);
  const own = state.facts?.find(fact => fact.name === name)?.value;
  if (value === own) return { ...state, changed: others };
  const changed = [...others, { name, value, on: true }].sort(
    (a, b) => (ORDER.get(a.name) ?? 0) - (ORDER.get(b.name) ?? 0),
  );
  return { ...state, changed };
}

/** To the next value up (1) or down (-1); at the last one it stays. */
export function stepped(state: SettingsState, row: SettingRow, step: 1 | -1): SettingsState {
  const next = stepFrom(row.stops, presentValue(row), step);
  return next === undefined ? state : withValue(state, row.setting.name, next);
}

/** A changed one off and on again, keeping its value; one that is just on or off the other way round. */
export function switched(state: SettingsState, row: SettingRow): SettingsState {
  const { name } = row.setting;
  if (row.changed === undefined) {
    const other = row.stops.length === 2 ? row.stops.find(stop => stop !== row.fact.value) : undefined;
    return other === undefined ? state : withValue(state, name, other);
  }
  return {
    ...state,
    changed: state.changed.map(one => (one.name === name ? { ...one, on: !one.on } : one)),
  };
}

/** Back to the server's own value. */
export function reset(state: SettingsState, row: SettingRow): SettingsState {
  return { ...state, changed: state.changed.filter(({ name }) => name !== row.setting.name) };
}

/** All changed ones off; when they are, all on. */
export function allOffOrOn(state: SettingsState): SettingsState {
  const on = state.changed.every(one => !one.on);
  return { ...state, changed: state.changed.map(one => ({ ...one, on })) };
}

/** @param row Whose value is to be typed; the text begins with the present one. */
export function startTyping(state: SettingsState, row: SettingRow): SettingsState {
  const text = presentValue(row);
  const typing = { name: row.setting.name, text, at: [...text].length, busy: false, refused: undefined };
  return { ...state, typing };
}
