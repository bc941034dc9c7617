/** Settings that were asked for on the command line: taken when the session opens, or refused in one line. */
import { DatabaseError } from '../base/databaseError.ts';
import { PgoptError } from '../base/errors.ts';
import type { Link } from '../database/link.ts';
import { objectionTo, plannerSetting, type SettingChoice } from '../workload/plannerSettings.ts';
import type { SetForAll } from './events.ts';
import { setStatements, tryingSql } from './setSettings.ts';
import type { WorkTransaction } from './transaction.ts';

/** Before anything is started for them. @throws PgoptError 'usage' for what no server would be asked. */
export function requireKnown(choices: readonly SettingChoice[]): void {
  for (const choice of choices) {
    const objection = objectionTo(choice);
    if (objection === undefined) continue;
    const known = plannerSetting(choice.name) !== undefined;
    throw new PgoptError('usage', `--set ${choice.name}=${choice.value} is refused: ${objection}`, {
      next: known ? GIVE_ANOTHER : 'see `o` in the explorer for those that can be',
    });
  }
}

const GIVE_ANOTHER = 'give a value that the server takes';

/** Sets them for the whole transaction: for every query, and for the queries of views. @throws PgoptError 'usage' */
export async function setForAll(link: Link, choices: readonly SetForAll[]): Promise<void> {
  for (const choice of choices)
    await orUsage(choice, async () => {
      for (const statement of setStatements([choice])) await link.query(statement);
    });
}

/** Asks the server whether it would take them, and sets none. @throws PgoptError 'usage' */
export async function requireAccepted(
  transaction: WorkTransaction,
  choices: readonly SettingChoice[],
): Promise<void> {
  for (const choice of choices)
    await orUsage(choice, async () => {
      const objection = objectionTo(choice);
      if (objection !== undefined) throw new DatabaseError(objection, '22023');
      await transaction.probe([tryingSql(choice)]);
    });
}

async function orUsage(
  { name, value, source = '--set' }: SettingChoice & { readonly source?: string },
  attempt: () => Promise<void>,
): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    if (!(error instanceof DatabaseError) || !/^(22|42)/.test(error.code)) throw error;
    throw new PgoptError('usage', `${source} ${name}=${value} is refused: ${error.message}`, {
      next: GIVE_ANOTHER,
    });
  }
}
