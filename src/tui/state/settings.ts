/** Settings in the whole of the state: keys in their overlay, the server's answers, and the desired state that follows. */
import type { SessionEvent, SettingChoice } from '../../session/events.ts';
import type { CommandId } from '../keymap.ts';
import { allOffOrOn, reset, startTyping, stepped, switched, withValue } from '../settings/reduce.ts';
import { settingRows } from '../settings/rows.ts';
import { type SettingsState, settingsOn } from '../settings/types.ts';
import { reduceTyping } from '../settings/typing.ts';
import type { State } from './types.ts';

const text = (choices: readonly SettingChoice[]): string => JSON.stringify(choices);

/** Other settings on are another desired state. */
function withSettings(state: State, settings: SettingsState): State {
  if (settings === state.settings) return state;
  const same = text(settingsOn(settings)) === text(settingsOn(state.settings));
  return same ? { ...state, settings } : { ...state, settings, idle: false, revision: state.revision + 1 };
}

/** A key in the overlay of the settings; undefined when it is none of its own. */
export function reduceSettingKey(state: State, command: CommandId): State | undefined {
  const { settings, overlay } = state;
  const rows = settingRows(settings);
  const row = rows[Math.min(overlay?.scroll ?? 0, rows.length - 1)];
  if (row === undefined) return command.startsWith('setting-') ? state : undefined;
  switch (command) {
    case 'setting-more':
      return withSettings(state, stepped(settings, row, 1));
    case 'setting-less':
      return withSettings(state, stepped(settings, row, -1));
    case 'setting-switch':
      return withSettings(state, switched(settings, row));
    case 'setting-own':
      return withSettings(state, reset(settings, row));
    case 'setting-all':
      return withSettings(state, allOffOrOn(settings));
    case 'setting-type':
      return withSettings(state, startTyping(settings, row));
    default:
      return undefined;
  }
}

/** A key while a value is typed: all of them are. */
export function reduceTypingKey(state: State, command: CommandId, key: string): State {
  const { settings } = state;
  if (settings.typing === undefined) return state;
  return { ...state, settings: { ...settings, typing: reduceTyping(settings.typing, command, key) } };
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
    // What was asked for on the command line may be what the server has anyway.
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
