/** Composition root: the command line → a command. Takes the process as an argument; loads a command only when it runs. */
import { setImmediate } from 'node:timers/promises';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { reportCrash, watchCrashes } from '../base/crash.ts';
import { EXIT, formatError, PgoptError } from '../base/errors.ts';
import { rememberSecrets } from '../base/secrets.ts';
import { tell, write } from './output.ts';
import { packageVersion } from './packageFile.ts';

/** The part of `process` that the program uses. */
export type Io = Pick<
  NodeJS.Process,
  'env' | 'stdin' | 'stdout' | 'stderr' | 'platform' | 'cwd' | 'on' | 'off'
> & {
  kill(pid: number, signal?: string | number): true;
  readonly pid: number;
};

const EPILOGUE = `
Unless a database is named it starts a PostgreSQL 15 of its own with a demo shop; the data is kept in your cache folder
(PGOPT_EXPLORE_CACHE chooses another). Everything happens in one transaction that is always rolled back.

A database is named by --url, --service, or as for psql: PGSERVICE, PGHOST, PGHOSTADDR or PGDATABASE; the other PG*
variables, ~/.pgpass, ~/.pg_service.conf and ~/.postgresql/ are honoured. Passwords: --password asks for one; PGPASSWORD
or ~/.pgpass; never an argument.

A folder's errors are reported all at once; the sound rest is measured all the same, and check exits 2.

Exit codes: 0 done, 1 something failed, got worse, returns something else or misses a requirement, 2 wrong arguments or files, 3 no database,
128 + n after signal n (130 for Ctrl-C).

Examples:
  pgopt-explore                              the demo: six queries, five proposals
  pgopt-explore --scale 0.1                  with ten times the rows
  pgopt-explore --url postgresql://me@db.example/shop?sslmode=verify-full
  pgopt-explore --service shop --password
  pgopt-explore check                        the same session without a screen
  pgopt-explore check --json > plans.json
  pgopt-explore check --baseline plans.json  exit 1 when a plan got worse
  pgopt-explore check --only idx_order_items_product
  pgopt-explore check --scales 0.002,0.01,0.05   and what production would take
  pgopt-explore check my-workload --url service=shop --sample service=shop_tenth
  pgopt-explore suggest                      what would be better: found, measured, rolled back
  pgopt-explore suggest my-workload --url service=shop --write better
  pgopt-explore advise --write change        which proposals to keep, and the migration
  pgopt-explore plan before.json after.json  two saved plans, and what changed
  pgopt-explore lens --url postgresql://me@host/shop > shop.json
  pgopt-explore --lens shop.json my-workload what-if on production, without touching it
  pgopt-explore check --lens shop.json my-workload   the same without a screen
  pgopt-explore init my-workload --url postgresql://me@host/shop
  pgopt-explore lens --url postgresql://me@host/shop > shop.lens.json
  psql -XqAt -c 'EXPLAIN ANALYZE …' | pgopt-explore plan -
`;

/** @returns The exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = EXIT.ok;
  rememberSecrets(argv, io.env);
  /** The help, or the version. */
  let printed: Promise<void> = Promise.resolve();
  // A stream that fails is noticed where it is written to; after the last word it must not end the process.
  const ignore = (): void => undefined;
  for (const stream of [io.stdout, io.stderr]) stream.on('error', ignore);
  const program = withTarget(new Command('pgopt-explore'))
    .description(
      'Try proposed indexes and materialized views for real, inside one transaction, before anybody commits them.',
    )
    .option(
      '--age-limit <time>',
      'the explorer asks whether to start afresh once its transaction is this old (default: 15min; embedded: 0 or off, never)',
    )
    .addOption(setOption('the explorer starts with this planner setting changed and on'))
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', EPILOGUE)
    .exitOverride()
    .configureOutput({
      writeOut: text => {
        printed = Promise.race([write(io.stdout, text), setImmediate()]);
      },
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(io.stdout.columns ?? 100, 110),
    })
    .action(async (folder: string | undefined, options: TargetOptions) => {
      const { explore } = await import('./explore.ts');
      exitCode = await explore(folder, options, io);
    });
  withTarget(program.command('check'))
    .description(
      'Measure every query with nothing on and with the proposals on, compare rewrites with their queries, and print a table.',
    )
    .helpOption('-h, --help', 'print this help')
    .addOption(
      new Option('--only <names>', 'switch on only these proposals, separated by commas')
        .conflicts('without')
        .argParser(names),
    )
    .option('--without <names>', 'switch on all but these; an existing index named here is taken away', names)
    .addOption(setOption('a planner setting, set before as well as after'))
    .option('--json', 'print one JSON document on stdout')
    .option(
      '--baseline <file>',
      'compare with an earlier `check --json`: exit 1 when a plan got worse, with notes and a summary in GitHub Actions',
    )
    .addOption(
      new Option(
        '--scales <numbers>',
        'sizes of the demo, as 0.002,0.01,0.05: run production’s plans on each, and project its times',
      ).argParser(parseScales),
    )
    .addOption(
      new Option(
        '--sample <url>',
        'a smaller copy of the database that --url names, several times if need be: run production’s plans on each, and project its times',
      ).argParser(urls),
    )
    .action(async (folder: string | undefined, _own: unknown, command: Command) => {
      refuseOptions(program, 'check', { ageLimit: ASKS_NOTHING });
      const { check } = await import('./check.ts');
      // Given before the command's name they mean the same.
      const set = [...(program.opts().set ?? []), ...(command.opts().set ?? [])];
      exitCode = await check(folder, { ...command.optsWithGlobals(), set }, io);
    });
  withTarget(program.command('advise'))
    .description(
      'Look at every configuration: which proposals to keep, what each does, and how sure that is; --write makes a migration of it.',
    )
    .helpOption('-h, --help', 'print this help')
    .option(
      '--budget <time>',
      'time for measuring, warm-up runs and comparisons of answers too; 0 runs nothing (default: 5min, with --production or --lens 0; of rehearsing for production: 20min)',
    )
    .addOption(
      new Option(
        '--within <percent>',
        "share of the fastest set's savings that a smaller set may lose, in each query (default: 5)",
      ).argParser(parsePercent),
    )
    .option('--verify', 'ask the planner for every configuration, also where its answer was inferred')
    .option(
      '--production',
      'plans and bytes of every configuration at production size, from a lens; no query is run unless --budget allows it',
    )
    .addOption(
      new Option(
        '--scales <numbers>',
        'and times, for the demo at these sizes, as 0.002,0.01,0.05: run production’s plans on each, and project them',
      ).argParser(parseScales),
    )
    .addOption(
      new Option(
        '--sample <url>',
        'the same from smaller copies of the database that --url names, several times if need be',
      ).argParser(urls),
    )
    .option('--json', 'print one JSON document on stdout')
    .option(
      '--write <folder>',
      'write migration.sql, rollback.sql and report.md of the kept proposals',
      folderName,
    )
    .option('--keep <names>', 'with --write: keep these proposals, not those that are recommended', names)
    .action(async (folder: string | undefined, _own: unknown, command: Command) => {
      refuseOptions(program, 'advise', {
        ageLimit: ASKS_NOTHING,
        set: 'keeps the server’s own settings',
      });
      const { advise } = await import('./advise.ts');
      exitCode = await advise(folder, command.optsWithGlobals(), io);
    });
  withTarget(program.command('suggest'))
    .description(
      'Find indexes and materialized views for the queries: screened at production size, built and measured here, rolled back.',
    )
    .helpOption('-h, --help', 'print this help')
    .option('--budget <time>', 'time for building and running (default: 5min)')
    .option('--json', 'print one JSON document on stdout')
    .option(
      '--write <folder>',
      'write a new workload there: the queries with what is recommended',
      folderName,
    )
    .action(async (folder: string | undefined, _own: unknown, command: Command) => {
      refuseOptions(program, 'suggest', {
        ageLimit: ASKS_NOTHING,
        set: 'keeps the server’s own settings',
        writeCost: 'measures reading',
      });
      const { suggestCommand } = await import('./suggest.ts');
      exitCode = await suggestCommand(folder, command.optsWithGlobals(), io);
    });
  program
    .command('plan')
    .description(
      'Look at a saved plan, or compare two: EXPLAIN output as JSON or as text, no database needed.',
    )
    .helpOption('-h, --help', 'print this help')
    .argument('<file>', 'the plan, - for standard input; not on a terminal it is printed')
    .argument('[after]', 'another plan of the query, to see the difference')
    .option('--json', 'print the model as one JSON document on stdout')
    .action(async (file: string, after: string | undefined, _own: unknown, command: Command) => {
      const [ignored] = Object.keys(program.opts());
      if (ignored !== undefined)
        throw new PgoptError(
          'usage',
          `${flagOf(program, ignored)} means nothing to plan, which needs no database`,
        );
      const { plan } = await import('./plan.ts');
      const files = after === undefined ? [file] : [file, after];
      if (files.filter(name => name === '-').length > 1)
        throw new PgoptError('usage', 'standard input can be read once only');
      exitCode = await plan(files, command.opts(), io);
    });
  program
    .command('init')
    .description(
      'Start a workload: from a template, or with --url from the costliest statements of pg_stat_statements and from foreign keys without an index.',
    )
    .helpOption('-h, --help', 'print this help')
    .argument('<folder>', 'where to write it: must not exist yet, or be empty', folderName)
    .option('--url <url>', 'the database to look at, read only; without one a template is written')
    .option('--service <name>', 'the database of that name in ~/.pg_service.conf')
    .option('-W, --password', 'ask for the password first')
    .addOption(
      new Option('--top <number>', 'how many of the costliest statements (default: 20)').argParser(parseTop),
    )
    .action(async (folder: string, _own: unknown, command: Command) => {
      const ignored = Object.keys(program.opts()).find(
        name => !['url', 'service', 'password'].includes(name),
      );
      if (ignored !== undefined)
        throw new PgoptError(
          'usage',
          `${flagOf(program, ignored)} means nothing to init, which starts no database`,
        );
      const options = command.optsWithGlobals();
      const { init } = await import('./init.ts');
      exitCode = await init(folder, options, io);
    });
  program
    .command('lens')
    .description(
      'Print a lens: schema, statistics, sizes and settings of a database, and no row of it, as one JSON document. Reads catalogs only; redirect it to a file.',
    )
    .helpOption('-h, --help', 'print this help')
    .option('--url <url>', 'the database to read, postgresql://user@host:port/name')
    .option('--service <name>', 'the database of that name in ~/.pg_service.conf')
    .option('-W, --password', 'ask for the password first')
    .option('--demo', 'the embedded database, whatever the PG* variables say')
    .addOption(new Option('--scale <number>', 'size of the demo shop (default: 0.01)').argParser(parseScale))
    .option('--fresh', 'make the embedded database and its demo anew')
    .option('--redact', 'drop values that are text from the statistics, keep all numbers')
    .action(async (_own: unknown, command: Command) => {
      const options: Readonly<Record<string, unknown>> = command.optsWithGlobals();
      const known = command.options.map(option => option.attributeName());
      const ignored = Object.keys(options).find(name => !known.includes(name));
      if (ignored !== undefined)
        throw new PgoptError('usage', `${flagOf(program, ignored)} means nothing to lens, which only reads`);
      const { lens } = await import('./lens.ts');
      exitCode = await lens(options, io);
    });
  let crashed: (error: unknown) => void = () => undefined;
  const crash = new Promise<never>((_, reject) => {
    crashed = reject;
  });
  const helpPrinted = async (error: unknown): Promise<void> => {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
    await printed;
  };
  const unwatch = watchCrashes(io, error => crashed(error));
  try {
    await Promise.race([program.parseAsync(argv, { from: 'user' }).catch(helpPrinted), crash]);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      const message = error.message
        .replace(/\.$/, '')
        .replace(/^error: /, '')
        .replace(/\.?\n\(Did you mean (.*)\?\)$/, ' (did you mean $1?)');
      const command = program.commands.find(one => argv.includes(one.name()));
      const next = command && { next: `see \`pgopt-explore ${command.name()} --help\`` };
      tell(io, formatError(new PgoptError('usage', message, next)));
      return EXIT.usage;
    }
    if (error instanceof PgoptError) {
      tell(io, formatError(error));
      return error.exitCode;
    }
    const report = reportCrash(error, argv, io.env);
    tell(io, formatError(report));
    return report.exitCode;
  } finally {
    unwatch();
    for (const stream of [io.stdout, io.stderr]) stream.off('error', ignore);
  }
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

const setOption = (what: string): Option =>
  new Option('--set <name=value>', `${what}: work_mem=64MB; may be given several times`).argParser(parseSet);

/** A URL would become a folder of that name, with the password in it. */
function folderName(text: string): string {
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

function withTarget(command: Command): Command {
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
    .option('--demo', 'the embedded database, whatever the PG* variables say')
    .addOption(
      new Option(
        '--scale <number>',
        'size of the demo shop (default: 0.01; 1 is production: 50 M orders, 20 GB)',
      ).argParser(parseScale),
    )
    .option('--fresh', 'make the embedded database and its demo anew')
    .option(
      '--lens <file>',
      'plan in a lens, a database that is only known from this file (made by `pgopt-explore lens`): plans and sizes, no times',
    )
    .option(
      '--write-cost',
      'measure INSERT and UPDATE without and with each index, and REFRESH of each view: writes real rows, rolls back, leaves dead rows',
    )
    .option(
      '-y, --yes',
      'go on without showing first what is about to happen on a database that is not the embedded one',
    )
    .option(
      '--trust-functions <names>',
      'functions that queries and proposals may call although they are refused, separated by commas, with or without a schema',
      names,
    )
    .option(
      '--role <name>',
      'run the queries as this role, with its settings, as the application would; proposals are built as the role that connects',
    )
    .option('--lock-timeout <time>', 'how long to wait for a lock (default: 5s)')
    .option('--statement-timeout <time>', 'how long a build may take (default: 0, any time)')
    .option(
      '--idle-timeout <time>',
      'the server ends an idle session after this (default: 30min; embedded: 0, never)',
    );
}

const ASKS_NOTHING = 'asks nothing';
/** @param reasons Option of the explorer's → what the command does, for which it means nothing. @throws PgoptError 'usage' */
function refuseOptions(program: Command, command: string, reasons: Readonly<Record<string, string>>): void {
  for (const [name, does] of Object.entries(reasons)) {
    if (program.opts()[name] === undefined) continue;
    throw new PgoptError('usage', `${flagOf(program, name)} means nothing to ${command}, which ${does}`);
  }
}

/** As it is typed: `--lock-timeout` for `lockTimeout`. */
const flagOf = (program: Command, name: string): string =>
  program.options.find(option => option.attributeName() === name)?.long ?? `--${name}`;

function parsePercent(text: string): number {
  const percent = Number(text);
  if (text.trim() === '' || !(percent >= 0 && percent <= 1000))
    throw new InvalidArgumentError('It must be a number from 0 to 1000.');
  return percent;
}

const urls = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** Repeated options add up. */
function names(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').filter(name => name !== '')];
}

function parseTop(text: string): number {
  const top = Number(text);
  if (!(Number.isInteger(top) && top >= 1 && top <= 500))
    throw new InvalidArgumentError('It must be a whole number from 1 to 500.');
  return top;
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

function parseScale(text: string): number {
  const scale = Number(text);
  if (!(scale >= 0.0001 && scale <= 10))
    throw new InvalidArgumentError('It must be a number from 0.0001 to 10.');
  return scale;
}
