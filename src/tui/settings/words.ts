/** The settings that are on, in a few words: in headings and legends. */
import { plural, sanitize } from '../../base/format.ts';
import { type SettingsState, settingsOn } from './settings.ts';

/** From the most to the least: `work_mem 64MB, jit off`, `work_mem 64MB and 1 more`, `2 settings`; empty when none is on. */
export function settingsWordings(state: SettingsState): readonly string[] {
  const on = settingsOn(state).map(({ name, value }) => sanitize(`${name} ${value}`));
  const [first] = on;
  if (first === undefined) return [];
  const short = plural(on.length, 'setting');
  return on.length === 1
    ? [first, short]
    : [
        on.join(', '),
        `${on.slice(0, 2).join(', ')}${on.length > 2 ? ` and ${on.length - 2} more` : ''}`,
        `${first} and ${on.length - 1} more`,
        short,
      ];
}

/** The longest of them that fits; the shortest where none does, and '' when none is on. */
export function settingsWords(state: SettingsState, room: number): string {
  const wordings = settingsWordings(state);
  return wordings.find(text => [...text].length <= room) ?? wordings.at(-1) ?? '';
}

export function settingsTitle(state: SettingsState): string {
  const count = settingsOn(state).length;
  return `Planner settings · ${count === 0 ? 'all as the server has them' : `${count} changed and on`}`;
}
