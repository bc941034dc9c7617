/** Proposals from the explorer's editor: text → proposal → file. */
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PgoptError } from '../base/errors.ts';
import type { TrustedFunctions } from './functions.ts';
import { endedBody, headOf } from './proposalBody.ts';
import { readProposalText } from './proposals.ts';
import type { Proposal, Statement } from './workload.ts';

/** The file name in errors for a proposal without a file. */
const UNSAVED = 'new proposal';
/** Placeholder for the name of an unnamed index. */
const UNNAMED = 'unnamed proposal';

/**
 * @param edited The proposal to replace: its id, file and leading comments stay.
 * @param taken Existing ids.
 * @throws PgoptError 'workload-invalid' with line and caret
 */
export async function proposalFromText(
  text: string,
  edited: Proposal | undefined,
  taken: ReadonlySet<string>,
  trusted?: TrustedFunctions,
): Promise<Proposal> {
  const file = edited?.file ?? UNSAVED;
  const statements = endedBody(text);
  const ddl = edited === undefined ? statements : `${headOf(edited.ddl)}${statements}`;
  const first = await readProposalText(file, ddl, edited?.id ?? UNNAMED, trusted);
  const [statement] = first.statements;
  const id = edited?.id ?? freeId(nameOf(statement), taken);
  // An unnamed index gets the file's name.
  return edited === undefined ? readProposalText(file, ddl, id, trusted) : first;
}

/** PostgreSQL's default name without the columns. */
function nameOf(statement: Statement | undefined): string {
  if (statement === undefined) return 'proposal';
  const { creates, on } = statement;
  if (creates !== undefined && creates !== UNNAMED) return creates;
  return on === undefined ? 'proposal' : `${on}_idx`;
}

/** An id must be a valid file name. */
function freeId(name: string, taken: ReadonlySet<string>): string {
  const plain = name.replace(/[^\p{L}\p{N}_-]+/gu, '_').slice(0, 60) || 'proposal';
  let id = plain;
  for (let n = 2; taken.has(id); n++) id = `${plain}_${n}`;
  return id;
}

/**
 * Writes schema/proposals/ID.sql atomically.
 * @param replace The file exists and belongs to this proposal.
 * @returns The file's path.
 * @throws PgoptError 'workload-unwritable'
 */
export async function saveProposal(folder: string, { id, ddl }: Proposal, replace: boolean): Promise<string> {
  const path = join(folder, 'schema', 'proposals', `${id}.sql`);
  const written = `${path}.${process.pid}.new`;
  let reserved = false;
  try {
    await mkdir(dirname(path), { recursive: true });
    // Fails if another process has created the file.
    if (!replace) {
      await (await open(path, 'wx')).close();
      reserved = true;
    }
    const handle = await open(written, 'wx');
    await handle.writeFile(ddl);
    await handle.sync();
    await handle.close();
    await rename(written, path);
    return path;
  } catch (error) {
    await rm(written, { force: true });
    if (reserved) await rm(path, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'there is a file of that name' : (code ?? String(error));
    throw new PgoptError('workload-unwritable', `cannot write ${path}: ${why}`);
  }
}

/**
 * Adds all files to a folder, or none if one exists.
 * @param files Path inside the folder → text.
 * @returns The paths inside the folder.
 * @throws PgoptError 'workload-unwritable'
 */
export async function addFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const paths = [...files.keys()];
  const there = paths.filter(path => existsSync(join(folder, path)));
  if (there.length > 0)
    throw new PgoptError(
      'workload-unwritable',
      `nothing was written: ${there.join(', ')} ${there.length === 1 ? 'is' : 'are'} in ${folder} already`,
      { next: 'rename or remove those files; nothing is overwritten' },
    );
  const written: string[] = [];
  try {
    for (const [path, text] of files) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      // Fails if another process has created the file, which then stays.
      const handle = await open(file, 'wx');
      written.push(file);
      await writeFile(handle, text);
      await handle.close();
    }
    return paths;
  } catch (error) {
    for (const file of written) await rm(file, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new PgoptError(
      'workload-unwritable',
      `cannot write into ${folder}, and nothing was written: ${code ?? String(error)}`,
    );
  }
}
