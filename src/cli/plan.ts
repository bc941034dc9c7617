/** `pgopt-explore plan FILE [FILE]`: shows a saved plan or compares two, without a database. */
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ReadStream } from 'node:tty';
import { EXIT, PgoptError } from '../base/errors.ts';
import { fileProblem } from '../base/fileErrors.ts';
import { jsonText } from '../base/format.ts';
import { inSteps } from '../base/steps.ts';
import { readPlansSteps } from '../plan/input/read.ts';
import { planSteps } from '../plan/parse.ts';
import type { Plan } from '../plan/plan.ts';
import { PIPE_WIDTH } from '../report/columns.ts';
import { differenceLines } from '../report/differenceText.ts';
import { planDocument, type Statement } from '../report/planModel.ts';
import { planLines } from '../report/planText.ts';
import type { PlanOptions } from './commands/plan.ts';
import type { Io } from './io.ts';
import { print, printJson } from './output.ts';
import { packageVersion } from './packageFile.ts';
import { decode } from './textFile.ts';

const STDIN = '-';

/**
 * @param files One plan, or before and after; `-` is standard input.
 * @returns The exit code.
 * @throws PgoptError
 */
export async function plan(files: readonly string[], options: PlanOptions, io: Io): Promise<number> {
  const keyboard = options.json !== true && io.stdout.isTTY ? keyboardOf(files, io) : undefined;
  if (keyboard !== undefined) return await onScreen(files, io, keyboard);
  const plans = await readAll(files, io);
  const statements = paired(plans);
  if (options.json === true) {
    const document = planDocument(packageVersion(), files, statements);
    await printJson(io, `${jsonText(document, 1)}\n`);
    return EXIT.ok;
  }
  const counts = plans.map(({ length }) => length);
  const width = io.stdout.isTTY && io.stdout.columns > 0 ? io.stdout.columns : PIPE_WIDTH;
  await print(io, `${textOf(statements, counts, width)}\n`);
  return EXIT.ok;
}

async function onScreen(files: readonly string[], io: Io, keyboard: NodeJS.ReadStream): Promise<number> {
  const { runViewer } = await import('../tui/viewer/viewer.ts');
  const read = async () => paired(await readAll(files, io));
  try {
    return await runViewer(files, read, { ...terminalParts(io), stdin: keyboard });
  } finally {
    if (keyboard !== io.stdin) keyboard.destroy();
  }
}

async function readAll(files: readonly string[], io: Io): Promise<readonly (readonly Plan[])[]> {
  const plans: (readonly Plan[])[] = [];
  for (const file of files) plans.push(await read(file, io));
  return plans;
}

async function read(file: string, io: Io): Promise<readonly Plan[]> {
  const text = file === STDIN ? await readStream(io.stdin) : await readNamed(file, io.cwd());
  const plans: Plan[] = [];
  for (const statement of await inSteps(readPlansSteps(text, file)))
    plans.push(await inSteps(planSteps(statement)));
  return plans;
}

async function readNamed(file: string, folder: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(resolve(folder, file));
  } catch (error) {
    throw new PgoptError('plan-unreadable', `cannot read ${file}: ${fileProblem(error, 'read')}`);
  }
  return textOrRefuse(bytes, file);
}

async function readStream(stream: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return textOrRefuse(Buffer.concat(chunks), STDIN);
}

function textOrRefuse(bytes: Buffer, file: string): string {
  const text = decode(bytes);
  if (text === undefined)
    throw new PgoptError('plan-invalid', `${file === STDIN ? 'standard input' : file} is not text`);
  return text;
}

/** Pairs the nth statements of both files. */
function paired([before = [], after]: readonly (readonly Plan[])[]): readonly Statement[] {
  const count = Math.max(before.length, after?.length ?? 0);
  return Array.from({ length: count }, (_, index) => ({ before: before[index], after: after?.[index] }));
}

function textOf(statements: readonly Statement[], counts: readonly number[], width: number): string {
  const [first, second = first] = counts;
  const note =
    first === second
      ? ''
      : `The files hold ${first} and ${second} statements: the first is compared with the first, and so on.\n\n`;
  const text = statements
    .map(({ before, after }, index) => {
      const heading = statements.length > 1 ? [`Statement ${index + 1} of ${statements.length}`] : [];
      const only = before ?? after;
      if (before !== undefined && after !== undefined)
        return [...heading, ...differenceLines(before, after, width)];
      return [...heading, ...(only === undefined ? [] : planLines(only, width))];
    })
    .map(lines => lines.map(line => line.trimEnd()).join('\n'))
    .join('\n\n');
  return note + text;
}

/** Reads keys from /dev/tty if standard input is a plan, as `less` does. */
function keyboardOf(files: readonly string[], io: Io): NodeJS.ReadStream | undefined {
  if (!files.includes(STDIN)) return io.stdin.isTTY ? io.stdin : undefined;
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return undefined;
  }
}

/** Spreading would detach the methods of `process`. */
function terminalParts(io: Io) {
  return {
    env: io.env,
    stdout: io.stdout,
    stderr: io.stderr,
    pid: io.pid,
    on: io.on.bind(io),
    off: io.off.bind(io),
    kill: (pid: number, signal: NodeJS.Signals) => io.kill(pid, signal),
  };
}
