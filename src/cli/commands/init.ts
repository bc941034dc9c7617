/** The options of `pgopt-explore init`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { PgoptError } from '../../base/errors.ts';
import { type CommandContext, flagOf, folderName, type TargetOptions, withConnection } from './options.ts';

export interface InitOptions extends Pick<TargetOptions, 'url' | 'service' | 'password'> {
  readonly top?: number;
  readonly log?: string;
}

export function defineInit(program: Command, { io, ends }: CommandContext): void {
  const subcommand = program
    .command('init')
    .description(
      'Start a workload: from a template, or with --url from the most expensive statements of pg_stat_statements, indexes that the planner would use for them, and foreign keys without an index.',
    )
    .argument('<folder>', 'the new folder; must not exist, or be empty', folderName);
  withConnection(subcommand, 'the database to read; without it, init writes a template')
    .addOption(
      new Option('--top <number>', 'how many of the most expensive statements (default: 20)').argParser(
        parseTop,
      ),
    )
    .option(
      '--log <file>',
      'take the queries and their parameters from this log (log_min_duration_statement, auto_explain; stderr, csvlog or jsonlog); needs no database',
    )
    .action(async (folder: string, _own: unknown, command: Command) => {
      const ignored = Object.keys(program.opts()).find(
        name => !['url', 'service', 'password'].includes(name),
      );
      if (ignored !== undefined)
        throw new PgoptError(
          'usage',
          `${flagOf(program, ignored)} does not apply to init, which starts no database`,
        );
      const options = command.optsWithGlobals();
      const { init } = await import('../init.ts');
      await ends(init(folder, options, io));
    });
}

function parseTop(text: string): number {
  const top = Number(text);
  if (!(Number.isInteger(top) && top >= 1 && top <= 500))
    throw new InvalidArgumentError('It must be a whole number from 1 to 500.');
  return top;
}
