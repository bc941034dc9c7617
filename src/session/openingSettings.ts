/** Settings that were asked for on the command line: taken when the session opens, or refused in one line. */
import { DatabaseError, type Link } from '../database/link.ts';
import { PgoptError } from '../errors.ts';
import type { SettingChoice } from './plannerSettings.ts';
import { objectionTo, setStatements, tryingSql } from './setSettings.ts';
import type { WorkTransaction } from './transaction.ts';

/** Sets them for the whole transaction: for every query, and for the queries of views. @throws PgoptError 'usage' */
export async function setForAll(link: Link, choices: readonly SettingChoice[]): Promise<void> {
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

async function orUsage({ name, value }: SettingChoice, attempt: () => Promise<void>): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    if (!(error instanceof DatabaseError) || !/^(22|42)/.test(error.code)) throw error;
    throw new PgoptError('usage', `--set ${name}=${value} is refused: ${error.message}`, {
      next: 'give a value that the server takes',
    });
  }
}
