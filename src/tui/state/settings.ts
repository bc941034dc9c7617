/** Settings in the whole of the state: the server's answers, and the desired state that follows. */
import type { SessionEvent, SettingChoice } from '../../session/events.ts';
import { type SettingsState, settingsOn, withValue } from '../settings/settings.ts';
import type { State } from './state.ts';

const text = (choices: readonly SettingChoice[]): string => JSON.stringify(choices);

/** A change of the settings that are on changes the desired state. */
export function withSettings(state: State, settings: SettingsState): State {
  if (settings === state.settings) return state;
  const same = text(settingsOn(settings)) === text(settingsOn(state.settings));
  return same ? { ...state, settings } : { ...state, settings, idle: false, revision: state.revision + 1 };
}

type SettingsEvent = Extract<
  SessionEvent,
  { type: 'settings:read' | 'setting:accepted' | 'setting:refused' }
>;

export function reduceSettings(state: State, event: SettingsEvent): State {
  const { settings } = state;
  const { typing } = settings;
  if (event.type === 'settings:read') {
    const read = { ...settings, facts: event.settings ?? [] };
    // A value from the command line may be the server's own.
    const changed = read.changed.filter(
      ({ name, value }) => !read.facts.some(fact => fact.name === name && fact.value === value),
    );
    return withSettings(state, { ...read, changed });
  }
  // An answer to a text that is no longer typed.
  if (typing?.busy !== true || typing.name !== event.name) return state;
  if (event.type === 'setting:refused')
    return { ...state, settings: { ...settings, typing: { ...typing, busy: false, refused: event.reason } } };
  return withSettings(state, withValue({ ...settings, typing: undefined }, event.name, event.value));
}
