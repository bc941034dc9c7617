/** How choices of settings reach the server. */
import { DatabaseError } from '../base/databaseError.ts';
import { literal } from '../base/sql.ts';
import { objectionTo, type SettingChoice } from '../workload/plannerSettings.ts';
import type { Control } from './control.ts';
import type { SessionEvent } from './events.ts';

/**
 * To be sent inside a transaction's savepoint; the roll-back to it undoes them.
 * @throws DatabaseError 22023 for a name that is not in the table or a value that cannot be one: nothing is sent.
 */
export function setStatements(choices: readonly SettingChoice[]): string[] {
  return choices.map(choice => {
    const objection = objectionTo(choice);
    if (objection !== undefined) throw new DatabaseError(objection, '22023');
    return `SET LOCAL ${choice.name} = ${literal(choice.value)}`;
  });
}

/** Answers what the value is to the server, in its own spelling; ends with the statement, outside a transaction too. */
export const tryingSql = ({ name, value }: SettingChoice): string =>
  `SELECT pg_catalog.set_config(${literal(name)}, ${literal(value)}, true) AS value`;

/** Whether the server would take a setting: asked beside the transaction, so that no run delays the answer. */
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
