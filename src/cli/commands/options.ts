/** Options that several commands have, and how each reads its value. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { PgoptError } from '../../base/errors.ts';
import type { Io } from '../io.ts';

export interface CommandContext {
  readonly io: Io;
  /** Takes the exit code of the command that ran. */
  ends(code: Promise<number>): Promise<void>;
  /** Takes the help or the version. */
  print(text: string): void;
}

export interface TargetOptions {
  readonly url?: string;
  readonly service?: string;
  /** Ask for it. */
  readonly password?: boolean;
  readonly demo?: boolean;
  readonly scale?: number;
  /** A file that `pgopt-explore lens` printed. */
  readonly lens?: string;
  readonly fresh?: boolean;
  /** The preflight needs no asking. */
  readonly yes?: boolean;
  /** As written: `5s`. */
  readonly writeCost?: boolean;
  /** Functions that are called although they would be refused. */
  readonly trustFunctions?: readonly string[];
  /** Whom queries run as. */
  readonly role?: string;
  readonly lockTimeout?: string;
  readonly statementTimeout?: string;
  readonly idleTimeout?: string;
  /** As written; `0` or `off` is never. */
  readonly ageLimit?: string;
  /** Planner settings. */
  readonly set?: readonly { readonly name: string; readonly value: string }[];
}

export interface SizesOptions extends TargetOptions {
  /** Sizes of the demo, ascending: production is projected from all of them, and everything else is of the last. */
  readonly scales?: readonly number[];
  /** Smaller copies of the database that is named, as --url: production is projected from them and from it. */
  readonly sample?: readonly string[];
  /** Plans and bytes of production, without any other size. */
  readonly production?: boolean;
}

export function withTarget(command: Command): Command {
  return command
    .argument(
      '[folder]',
      'a workload: queries/, schema/proposals/, schema/workload.json (default: the demo)',
      folderName,
    )
    .option(
      '--url <url>',
      'the database to work on, postgresql://user@host:port/name (default: an embedded one)',
    )
    .option('--service <name>', 'the database of that name in ~/.pg_service.conf')
    .option('-W, --password', 'ask for the password first')
    .option('--demo', 'the embedded database; PG* variables are ignored')
    .addOption(
      new Option(
        '--scale <number>',
        'size of the demo shop (default: 0.01; 1 is production: 50 M orders, 20 GB)',
      ).argParser(parseScale),
    )
    .option('--fresh', 'rebuild the embedded database and its demo')
    .option(
      '--lens <file>',
      'plan in a lens, a statistics-only clone that `pgopt-explore lens` wrote to this file: plans and sizes, no times',
    )
    .option(
      '--write-cost',
      'measure INSERT and UPDATE without and with each index, each REFRESH, and the queries that write: writes real rows, rolls back, leaves dead rows',
    )
    .option('-y, --yes', 'do not ask before working on a database that is not the embedded one')
    .option(
      '--trust-functions <names>',
      'allow queries and proposals to call these functions, which would be refused; separated by commas, with or without a schema',
      names,
    )
    .option(
      '--role <name>',
      'run the queries as this role, with its settings, as the application would; proposals are built as the role that connects',
    )
    .option('--lock-timeout <time>', 'how long to wait for a lock (default: 5s)')
    .option('--statement-timeout <time>', 'how long a build may take (default: 0, no limit)')
    .option(
      '--idle-timeout <time>',
      'the server ends an idle session after this (default: 30min; embedded: 0, never)',
    );
}

/** `--scales` and `--sample`: sizes from which production's times are projected. */
export function withSizes(command: Command, about: Readonly<Record<'scales' | 'sample', string>>): Command {
  return command
    .addOption(new Option('--scales <numbers>', about.scales).argParser(parseScales))
    .addOption(
      new Option('--sample <url>', about.sample).argParser((text: string, before: readonly string[] = []) => [
        ...before,
        text,
      ]),
    );
}

export const setOption = (what: string): Option =>
  new Option('--set <name=value>', `${what}: work_mem=64MB; may be given several times`).argParser(parseSet);

export const htmlOption = (): Option =>
  new Option(
    '--html <file>',
    'write one self-contained page for reviewers: answer, plans before and after, sizes, requirements, method',
  ).argParser(folderName);

/** A URL would become a folder of that name, with the password in it. */
export function folderName(text: string): string {
  if (!/^[a-z+]*:?\/\/.*@/i.test(text)) return text;
  throw new PgoptError('usage', `${text} is a URL, not a folder`, { next: 'name the database with --url' });
}

/** Which names there are and what is a value is the session's business. */
function parseSet(text: string, before: TargetOptions['set'] = []): NonNullable<TargetOptions['set']> {
  const [, name, value] = /^\s*([\w.]+)\s*=\s*(.*?)\s*$/s.exec(text) ?? [];
  if (name === undefined || value === undefined || value === '')
    throw new InvalidArgumentError('It must be NAME=VALUE.');
  return [...before, { name: name.toLowerCase(), value }];
}

/** Repeated options add up. */
export function names(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').filter(name => name !== '')];
}

/** Two sizes at least: one says nothing of how times grow. */
function parseScales(text: string): readonly number[] {
  const scales = text.split(',').map(one => (one.trim() === '' ? Number.NaN : Number(one)));
  const inOrder = scales.every((scale, at) => at === 0 || scale > (scales[at - 1] ?? 0));
  if (scales.length < 2 || !inOrder || !scales.every(scale => scale >= 0.0001 && scale <= 1))
    throw new InvalidArgumentError(
      'It must be two or more numbers from 0.0001 to 1, ascending, with commas between them.',
    );
  return scales;
}

export function parseScale(text: string): number {
  const scale = Number(text);
  if (!(scale >= 0.0001 && scale <= 10))
    throw new InvalidArgumentError('It must be a number from 0.0001 to 10.');
  return scale;
}

export const ASKS_NOTHING = 'asks nothing';
/** @param reasons Option of the explorer's → what the command does, for which it means nothing. @throws PgoptError 'usage' */
export function refuseOptions(
  program: Command,
  command: string,
  reasons: Readonly<Record<string, string>>,
): void {
  for (const [name, does] of Object.entries(reasons)) {
    if (program.opts()[name] === undefined) continue;
    throw new PgoptError('usage', `${flagOf(program, name)} means nothing to ${command}, which ${does}`);
  }
}

/** As it is typed: `--lock-timeout` for `lockTimeout`. */
export const flagOf = (program: Command, name: string): string =>
  program.options.find(option => option.attributeName() === name)?.long ?? `--${name}`;
