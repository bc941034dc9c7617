/** Keys of the planner settings: step, switch, type, take back. */
import {
  allOffOrOn,
  reset,
  type SettingRow,
  type SettingsState,
  settingRows,
  startTyping,
  stepped,
  switched,
} from '../settings/settings.ts';
import { withSettings } from '../state/settings.ts';
import type { State } from '../state/state.ts';
import type { Changes } from './changes.ts';

const ofRow =
  (change: (settings: SettingsState, row: SettingRow) => SettingsState) =>
  (state: State): State => {
    const { settings, overlay } = state;
    const rows = settingRows(settings);
    const row = rows[Math.min(overlay?.scroll ?? 0, rows.length - 1)];
    return row === undefined ? state : withSettings(state, change(settings, row));
  };

function submitted(state: State): State {
  const { settings } = state;
  const { typing } = settings;
  if (typing === undefined || typing.busy) return state;
  const next = typing.text.trim() === '' ? undefined : { ...typing, refused: undefined, busy: true };
  return { ...state, settings: { ...settings, typing: next } };
}

export const settingKeys = {
  'setting-more': ofRow((settings, row) => stepped(settings, row, 1)),
  'setting-less': ofRow((settings, row) => stepped(settings, row, -1)),
  'setting-switch': ofRow(switched),
  'setting-own': ofRow(reset),
  'setting-type': ofRow(startTyping),
  'setting-all': state => withSettings(state, allOffOrOn(state.settings)),
  'value-submit': submitted,
  'value-cancel': state => ({ ...state, settings: { ...state.settings, typing: undefined } }),
} satisfies Changes;
