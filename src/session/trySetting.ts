/** Whether the server would take a setting: asked beside the transaction, so that nothing that runs there delays it. */

import { objectionTo, type SettingChoice } from '../workload/plannerSettings.ts';
import type { Control } from './control.ts';
import type { SessionEvent } from './events.ts';
import { tryingSql } from './setSettings.ts';

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
