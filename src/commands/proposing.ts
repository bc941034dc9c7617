/** Proposals written in the explorer: parsed, edited in $EDITOR, saved to the workload's folder. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PgoptError } from '../errors.ts';
import { visibleSql } from '../format/index.ts';
import type { Io } from '../run.ts';
import type { ProposalPart } from '../tui/run.ts';
import type { TrustedFunctions } from '../workload/functions.ts';
import { proposalFromText, saveProposal } from '../workload/write.ts';

/** @param folder The person's own workload; undefined for the demo, whose files are the program's. */
export function proposing(
  folder: string | undefined,
  trusted: TrustedFunctions | undefined,
  io: Io,
): ProposalPart {
  return {
    parse: (text, edited, taken) => proposalFromText(text, edited, taken, trusted),
    save: async (proposal, replace) => {
      if (folder === undefined)
        throw new PgoptError('workload-unwritable', 'the demo’s files are the program’s own', {
          next: 'start with a folder of your own to keep it',
        });
      return saveProposal(folder, { ...proposal, ddl: visibleSql(proposal.ddl) }, replace);
    },
    editor: text => inEditor(text, io.env),
  };
}

/** What the person left in the file. @throws PgoptError 'usage' without an editor that runs */
async function inEditor(text: string, env: NodeJS.ProcessEnv): Promise<string> {
  const editor = env.VISUAL || env.EDITOR;
  if (!editor) throw new PgoptError('usage', 'neither VISUAL nor EDITOR is set', { next: 'set one of them' });
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-'));
  try {
    const file = join(folder, 'proposal.sql');
    await writeFile(file, `${text}\n`, { mode: 0o600 });
    // As git does: EDITOR may hold arguments of its own.
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit', env });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', resolve);
    });
    if (code !== 0)
      throw new PgoptError('usage', `${editor} ended with ${code ?? 'a signal'}`, {
        next: 'the text is as it was',
      });
    return (await readFile(file, 'utf8')).trimEnd();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
