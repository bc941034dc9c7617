/** Parses the command line and runs a command. Loads a command's work only when it runs. */
import { setImmediate } from 'node:timers/promises';
import { Command, CommanderError } from 'commander';
import { reportCrash, watchCrashes } from '../base/crash.ts';
import { EXIT, formatError, PgoptError } from '../base/errors.ts';
import { rememberSecrets } from '../base/secrets.ts';
import { defineAdvise } from './commands/advise.ts';
import { defineCheck } from './commands/check.ts';
import { defineExplore } from './commands/explore.ts';
import { defineInit } from './commands/init.ts';
import { defineLens } from './commands/lens.ts';
import type { CommandContext } from './commands/options.ts';
import { definePlan } from './commands/plan.ts';
import { defineSuggest } from './commands/suggest.ts';
import type { Io } from './io.ts';
import { notify, write } from './output.ts';
import { packageVersion } from './packageFile.ts';

const EPILOGUE = `
Unless you name a database, pgopt-explore starts its own PostgreSQL 15 with a demo shop. The data stays in your cache folder
(PGOPT_EXPLORE_CACHE chooses another). Everything happens in one transaction that is always rolled back.

Name a database with --url, --service, or as for psql: PGSERVICE, PGHOST, PGHOSTADDR or PGDATABASE. The other PG* variables,
~/.pgpass, ~/.pg_service.conf and ~/.postgresql/ work as in psql. Passwords come from --password (which asks), PGPASSWORD or
~/.pgpass, never from an argument.

A workload's errors are reported all at once. check still measures the valid files, and exits 2.

Exit codes: 0 done, 1 something failed, got worse, returns other rows or misses a requirement, 2 wrong arguments or files, 3 no database,
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
  pgopt-explore suggest                      finds better indexes and views, and measures them
  pgopt-explore suggest my-workload --url service=shop --write better
  pgopt-explore advise --write change        which proposals to keep, and the migration
  pgopt-explore plan before.json after.json  two saved plans, and what changed
  pgopt-explore lens --url postgresql://me@host/shop > shop.json
  pgopt-explore --lens shop.json my-workload what-if on production, without touching it
  pgopt-explore check --lens shop.json my-workload   the same without a screen
  pgopt-explore init my-workload --url postgresql://me@host/shop
  psql -XqAt -c 'EXPLAIN ANALYZE …' | pgopt-explore plan -
`;

/** In the order of the help; the explorer is the program itself. */
const COMMANDS = [defineCheck, defineAdvise, defineSuggest, definePlan, defineInit, defineLens] as const;

function defineProgram(context: CommandContext): Command {
  const program = defineExplore(new Command('pgopt-explore'), context)
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', EPILOGUE)
    .exitOverride()
    .configureOutput({
      writeOut: context.print,
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(context.io.stdout.columns ?? 100, 110),
    });
  for (const define of COMMANDS) define(program, context);
  for (const command of program.commands)
    command.copyInheritedSettings(program).helpOption('-h, --help', 'print this help');
  return program;
}

/** @returns The exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = EXIT.ok;
  rememberSecrets(argv, io.env);
  /** The output of the help or the version. */
  let printed: Promise<void> = Promise.resolve();
  // write() handles stream errors; an unhandled 'error' event after the last write must not end the process.
  const ignore = (): void => undefined;
  for (const stream of [io.stdout, io.stderr]) stream.on('error', ignore);
  const program = defineProgram({
    io,
    ends: async code => {
      exitCode = await code;
    },
    print: text => {
      printed = Promise.race([write(io.stdout, text), setImmediate()]);
    },
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
      notify(io, formatError(new PgoptError('usage', message, next)));
      return EXIT.usage;
    }
    if (error instanceof PgoptError) {
      notify(io, formatError(error));
      return error.exitCode;
    }
    const report = reportCrash(error, argv, io.env);
    notify(io, formatError(report));
    return report.exitCode;
  } finally {
    unwatch();
    for (const stream of [io.stdout, io.stderr]) stream.off('error', ignore);
  }
}
