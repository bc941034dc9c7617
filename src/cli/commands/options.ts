/** Options of several commands, and the parsers of their values. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { PgoptError } from '../../base/errors.ts';
import type { Io } from '../io.ts';

export interface CommandContext {
  readonly io: Io;
  /** Receives the exit code of the command. */
  ends(code: Promise<number>): Promise<void>;
  /** Receives the help or the version. */
  print(text: string): void;
}

export interface TargetOptions {
  readonly url?: string;
  readonly service?: string;
  readonly password?: boolean;
  readonly demo?: boolean;
  readonly scale?: number;
  /** A file from `pgopt-explore lens`. */
  readonly lens?: string;
  readonly fresh?: boolean;
  /** Consent without a question. */
  readonly yes?: boolean;
  readonly writeCost?: boolean;
  readonly trustFunctions?: readonly string[];
  readonly role?: string;
  /** As written: `5s`. */
  readonly lockTimeout?: string;
  readonly statementTimeout?: string;
  readonly idleTimeout?: string;
  /** As written; `0` or `off`: never. */
  readonly ageLimit?: string;
  readonly set?: readonly { readonly name: string; readonly value: string }[];
}

export interface SizesOptions extends TargetOptions {
  /**
   * Sizes of the demo, ascending: all of them serve the projection of production, and all other figures come from the
   * last.
   */
  readonly scales?: readonly number[];
  /** URLs of smaller copies of the database: they and the database serve the projection of production. */
  readonly sample?: readonly string[];
  /** Production's plans and bytes, without other sizes. */
  readonly production?: boolean;
}

/** @param url What `--url` is for. */
export const withConnection = (command: Command, url: string): Command =>
  command
    .option('--url <url>', url)
    .option('--service <name>', 'the database of that name in ~/.pg_service.conf')
    .option('-W, --password', 'ask for the password first');

export function withTarget(command: Command): Command {
  command.argument(
    '[folder]',
    'a workload: queries/, schema/proposals/, schema/workload.json (default: the demo)',
    folderName,
  );
  return withConnection(
    command,
    'the database to work on, postgresql://user@host:port/name (default: an embedded one)',
  )
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

/** Refuses a URL, which would become the name of a folder, with the password in it. */
export function folderName(text: string): string {
  if (!/^[a-z+]*:?\/\/.*@/i.test(text)) return text;
  throw new PgoptError('usage', `${text} is a URL, not a folder`, { next: 'name the database with --url' });
}

/** The session validates names and values. */
function parseSet(text: string, before: TargetOptions['set'] = []): NonNullable<TargetOptions['set']> {
  const [, name, value] = /^\s*([\w.]+)\s*=\s*(.*?)\s*$/s.exec(text) ?? [];
  if (name === undefined || value === undefined || value === '')
    throw new InvalidArgumentError('It must be NAME=VALUE.');
  return [...before, { name: name.toLowerCase(), value }];
}

/** Repeated options accumulate. */
export function names(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').filter(name => name !== '')];
}

/** At least two sizes, because one shows no growth. */
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

export const ASKS_NOTHING = 'asks no question';
/**
 * Refuses options of the explorer that a command ignores.
 * @param reasons Option → what the command does instead.
 * @throws PgoptError 'usage'
 */
export function refuseOptions(
  program: Command,
  command: string,
  reasons: Readonly<Record<string, string>>,
): void {
  for (const [name, does] of Object.entries(reasons)) {
    if (program.opts()[name] === undefined) continue;
    throw new PgoptError('usage', `${flagOf(program, name)} does not apply to ${command}, which ${does}`);
  }
}

/** `--lock-timeout` for `lockTimeout`. */
export const flagOf = (program: Command, name: string): string =>
  program.options.find(option => option.attributeName() === name)?.long ?? `--${name}`;
