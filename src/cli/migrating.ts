/** Writes the migration of a configuration from the explorer to a folder that the user names. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { maskOf } from '../advisor/survey.ts';
import { PgoptError } from '../base/errors.ts';
import type { ChangePart } from '../tui/surveyEffects.ts';
import type { Io } from './io.ts';
import type { Target } from './target.ts';

/** @param target The session's current target. */
export function changing(target: () => Target | undefined, io: Pick<Io, 'cwd'>): ChangePart {
  return {
    write: async (named, { workload, survey, kept, facts, tried }) => {
      const where = target();
      if (where === undefined) throw new PgoptError('connection-lost', 'there is no connection');
      // Load these late, so that the first frame does not wait for the reports' code.
      const [{ changeFiles, readChangeFacts, surveyedChange }, { refuseTaken, writeFolder }] =
        await Promise.all([import('./writtenMigration.ts'), import('../init/writeFolder.ts')]);
      const folder = resolve(io.cwd(), atHome(named));
      await refuseTaken(folder, named);
      const { tables, serverVersion } = facts;
      const change = surveyedChange(
        { workload, survey, kept: maskOf(survey, kept), tables, serverVersion },
        where,
      );
      const files = await changeFiles({ ...change, tried }, await readChangeFacts(where.settings, change));
      await writeFolder(folder, files, named);
      return [...files.keys()];
    },
  };
}

/** Expands `~/` like a shell. */
export const atHome = (folder: string): string =>
  folder === '~' || folder.startsWith('~/') ? join(homedir(), folder.slice(1)) : folder;
