/** The change of a configuration, written from the explorer into a folder that a person names there. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { maskOf } from '../advisor/survey.ts';
import { PgoptError } from '../base/errors.ts';
import type { ChangePart } from '../tui/surveyEffects.ts';
import type { Io } from './io.ts';
import type { Target } from './target.ts';

/** @param target Where the session is now. */
export function changing(target: () => Target | undefined, io: Pick<Io, 'cwd'>): ChangePart {
  return {
    write: async (named, { workload, survey, kept, facts, tried }) => {
      const where = target();
      if (where === undefined) throw new PgoptError('connection-lost', 'there is no connection');
      // Loaded here only: the first frame need not wait for what writes reports.
      const [{ surveyedChange }, { changeFiles, readChangeFacts }, { refuseTaken, writeFolder }] =
        await Promise.all([
          import('./surveyedMigration.ts'),
          import('./writtenMigration.ts'),
          import('../init/writeFolder.ts'),
        ]);
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

/** What a shell would have done with `~/`. */
export const atHome = (folder: string): string =>
  folder === '~' || folder.startsWith('~/') ? join(homedir(), folder.slice(1)) : folder;
