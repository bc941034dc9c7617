/** Proposals written in the explorer: from a text to a proposal, and from a proposal to its file. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PgoptError } from '../errors.ts';
import type { TrustedFunctions } from './functions.ts';
import { readProposalText } from './proposalFile.ts';
import type { Proposal, Statement } from './types.ts';

/** What a proposal that has no file yet is called in errors. */
const UNSAVED = 'new proposal';
/** Stands for the name of an index that has none. */
const UNNAMED = 'unnamed proposal';

/**
 * @param edited What it is to replace: keeps its id, its file and the comments above its statements.
 * @param taken Ids that are there already.
 * @throws PgoptError 'workload-invalid' with line and caret.
 */
export async function proposalFromText(
  text: string,
  edited: Proposal | undefined,
  taken: ReadonlySet<string>,
  trusted?: TrustedFunctions,
): Promise<Proposal> {
  const file = edited?.file ?? UNSAVED;
  const statements = `${text.trim().replace(/;\s*$/, '')};\n`;
  const ddl = edited === undefined ? statements : `${commentsOf(edited.ddl)}${statements}`;
  const first = await readProposalText(file, ddl, edited?.id ?? UNNAMED, trusted);
  const [statement] = first.statements;
  const id = edited?.id ?? freeId(nameOf(statement), taken);
  // An index without a name gets the file's.
  return edited === undefined ? readProposalText(file, ddl, id, trusted) : first;
}

/** As PostgreSQL calls an index without a name, but for the columns. */
function nameOf(statement: Statement | undefined): string {
  if (statement === undefined) return 'proposal';
  const { creates, on } = statement;
  if (creates !== undefined && creates !== UNNAMED) return creates;
  return on === undefined ? 'proposal' : `${on}_idx`;
}

/** An id is a file's name as well. */
function freeId(name: string, taken: ReadonlySet<string>): string {
  const plain = name.replace(/[^\p{L}\p{N}_-]+/gu, '_').slice(0, 60) || 'proposal';
  let id = plain;
  for (let n = 2; taken.has(id); n++) id = `${plain}_${n}`;
  return id;
}

/** The comment lines that a file begins with. */
function commentsOf(ddl: string): string {
  return /^(?:\s*--[^\n]*\n|\s*\n)*/.exec(ddl)?.[0] ?? '';
}

/**
 * Writes it to schema/proposals/ID.sql: whole or not at all.
 * @param replace There is a file of that name, and it is this proposal's own.
 * @returns The file's path.
 * @throws PgoptError 'workload-unwritable'
 */
export async function saveProposal(folder: string, { id, ddl }: Proposal, replace: boolean): Promise<string> {
  const path = join(folder, 'schema', 'proposals', `${id}.sql`);
  const written = `${path}.${process.pid}.new`;
  try {
    await mkdir(dirname(path), { recursive: true });
    // A file that another process put there meanwhile is not overwritten.
    if (!replace) await (await open(path, 'wx')).close();
    const handle = await open(written, 'wx');
    await handle.writeFile(ddl);
    await handle.sync();
    await handle.close();
    await rename(written, path);
    return path;
  } catch (error) {
    await rm(written, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'there is a file of that name' : (code ?? String(error));
    throw new PgoptError('workload-unwritable', `cannot write ${path}: ${why}`);
  }
}
