/** The search for suggestions on a database or in a lens file: for `suggest`, and for the explorer, which keeps what it found. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PgoptError } from '../base/errors.ts';
import { visibleSql } from '../base/visibleSql.ts';
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import type { LensDocument } from '../lens/document.ts';
import type { ExplorerSession, SessionEvent, StartupEvent } from '../session/events.ts';
import type { Timeouts } from '../session/options.ts';
import type { LensGrounds, Suggested, Suggestion, SuggestOptions } from '../suggestion/suggested.ts';
import type { SuggestPart } from '../tui/suggestWith.ts';
import type { Workload } from '../workload/workload.ts';
import { addFiles } from '../workload/write.ts';
import type { Io } from './io.ts';
import { openLensFile, productionWith } from './lensFile.ts';
import { atHome } from './migrating.ts';
import { now } from './target.ts';

type Searching = Omit<SuggestOptions, 'open' | 'production' | 'now'>;

/** How the search opens its sessions. */
interface SearchTarget {
  readonly settings: ConnectionSettings;
  readonly timeouts: Timeouts;
  readonly role: string | undefined;
  readonly writeCost: boolean;
}

/**
 * In sessions of its own, which are rolled back and closed when it ends, however it ends.
 * @throws PgoptError 'connection-lost', 'cancelled', or why a session could not be opened
 */
export async function searchDatabase(
  target: SearchTarget,
  searching: Searching,
  io: Io,
  onEvent: (event: SessionEvent) => void = () => undefined,
): Promise<Suggested> {
  const { openSession } = await import('../session/opening.ts');
  const lost = new AbortController();
  const signal = AbortSignal.any([searching.signal, lost.signal]);
  const open = async (workload: Workload): Promise<ExplorerSession> => {
    const session = await openSession({
      ...target,
      // What an index costs writers is not part of the choice, and would take time and leave dead rows.
      writeCost: target.writeCost && 'queries',
      workload,
      eager: false,
      unattended: true,
      now,
      signal,
    });
    session.subscribe(event => {
      if (event.type === 'session:lost')
        lost.abort(new PgoptError('connection-lost', `connection lost (${event.reason})`));
      onEvent(event);
    });
    return session;
  };
  const production = (seen: ExplorerSession, workload: Workload, { until, shares }: LensGrounds) =>
    productionWith(io, now)(seen, {
      workload,
      shares,
      signal: until,
      onStep: searching.onStep,
    });
  const given = { ...searching, now, signal, open, production };
  // An answer that lacks what the lost session knew is none.
  const checked = <T>(outcome: T): T => {
    if (lost.signal.aborted && !searching.signal.aborted) throw lost.signal.reason;
    return outcome;
  };
  const { suggest } = await import('../suggestion/suggest.ts');
  return suggest(given).then(checked, error => {
    throw checked(error);
  });
}

/** In a lens that a file holds: planned, never run. @throws PgoptError */
export async function searchLens(
  lens: LensDocument,
  searching: Searching,
  io: Io,
  report: (event: StartupEvent) => void,
): Promise<Suggested> {
  const open = (workload: Workload) => openLensFile(lens, workload, io, report, searching.signal);
  const { suggest } = await import('../suggestion/suggest.ts');
  return suggest({ ...searching, now, open, production: undefined });
}

const nameOf = (file: string): string => file.replace(/^.*[\\/]/, '');

/** Proposals and rewrites, by their paths in a workload's folder. */
export function filesOf(suggestions: readonly Suggestion[]): ReadonlyMap<string, string> {
  return new Map(
    suggestions.flatMap(({ proposal: { id, ddl }, rewrites }) => [
      [`schema/proposals/${id}.sql`, visibleSql(ddl)] as const,
      ...rewrites.map(({ file, text }) => [`queries/${nameOf(file)}`, visibleSql(text)] as const),
    ]),
  );
}

/** A new workload: the queries and limits of the one in `from` as they are, and these suggestions. */
export async function writeSuggested(
  { folder: from, queries }: Pick<Workload, 'folder' | 'queries'>,
  suggestions: readonly Suggestion[],
  folder: string,
  named: string,
): Promise<readonly string[]> {
  const limits = await readFile(join(from, 'schema', 'workload.json'), 'utf8').catch(() => undefined);
  const files = new Map([
    ...queries.map(({ file, text, sql }) => [`queries/${nameOf(file)}`, text ?? `${sql};\n`] as const),
    ...(limits === undefined ? [] : [['schema/workload.json', limits] as const]),
    ...filesOf(suggestions),
  ]);
  const { writeFolder } = await import('../init/writeFolder.ts');
  await writeFolder(folder, files, named, ['queries', 'schema/proposals']);
  return [...files.keys()];
}

/** The explorer's: on the database of its session, with the workload that is on the screen. */
interface ExplorerSearch {
  readonly lens: LensDocument | undefined;
  /** The session's own; undefined while there is none. */
  readonly target: () => SearchTarget | undefined;
  readonly budgetMs: number;
  /** The person's own workload; undefined for the demo, whose files are the program's. */
  readonly folder: string | undefined;
}

export function suggesting({ lens, target, budgetMs, folder }: ExplorerSearch, io: Io): SuggestPart {
  return {
    search: async searching => {
      const given = { ...searching, budgetMs };
      if (lens !== undefined)
        return searchLens(lens, given, io, event => {
          if (event.type === 'startup:step') searching.onStep(event.message);
        });
      const open = target();
      if (open === undefined) throw new PgoptError('connection-lost', 'there is no connection');
      return searchDatabase(open, given, io);
    },
    save: async (workload, suggestions, named) => {
      if (named !== undefined) {
        const from = { ...workload, folder: resolve(io.cwd(), workload.folder) };
        return writeSuggested(from, suggestions, resolve(io.cwd(), atHome(named)), named);
      }
      if (folder === undefined)
        throw new PgoptError('workload-unwritable', 'the demo’s files are the program’s own', {
          next: 'S, then w writes a new folder',
        });
      return addFiles(folder, filesOf(suggestions));
    },
  };
}
