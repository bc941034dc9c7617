/** The planner settings as the person has them: read from the server, listed as rows, changed, switched, typed. */
import type { SettingChoice, SettingFact } from '../../session/events.ts';
import { stepFrom, stopsOf } from '../../session/settingFacts.ts';
import {
  lastOfEach,
  PLANNER_SETTINGS,
  type PlannerSetting,
  plannerSetting,
} from '../../workload/plannerSettings.ts';
import type { EditedText } from '../editor/text.ts';

export interface SettingsState {
  /** What they are without us; undefined until the server was asked. */
  readonly facts: readonly SettingFact[] | undefined;
  /** The changed ones, in the table's order; one that is switched off keeps its value. */
  readonly changed: readonly (SettingChoice & { readonly on: boolean })[];
  /** A value being typed. */
  readonly typing: TypedValue | undefined;
}

export interface TypedValue extends EditedText {
  readonly name: string;
  /** The server is checking the value. */
  readonly busy: boolean;
  /** What the server said to the last one. */
  readonly refused: string | undefined;
}

/** @param chosen Those that are on from the start. */
export function settingsState(chosen: readonly SettingChoice[]): SettingsState {
  return {
    facts: undefined,
    changed: lastOfEach(chosen).map(choice => ({ ...choice, on: true })),
    typing: undefined,
  };
}

/** What is desired. */
export function settingsOn({ changed }: SettingsState): readonly SettingChoice[] {
  return changed.filter(({ on }) => on).map(({ name, value }) => ({ name, value }));
}

export interface SettingRow {
  readonly setting: PlannerSetting;
  readonly fact: SettingFact;
  readonly changed: SettingsState['changed'][number] | undefined;
  /** Values to step through: the table's, and the server's own among them. */
  readonly stops: readonly string[];
}

const UNKNOWN = '?';

/** Empty until the server answers. A server that reports nothing has all settings, at unknown values. */
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
const presentValue = ({ fact, changed }: SettingRow): string => changed?.value ?? fact.value;

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
