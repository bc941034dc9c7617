/** The options of `pgopt-explore lens`. */
import { type Command, Option } from 'commander';
import { PgoptError } from '../../base/errors.ts';
import { type CommandContext, flagOf, parseScale, type TargetOptions, withConnection } from './options.ts';

export interface LensOptions
  extends Pick<TargetOptions, 'url' | 'service' | 'password' | 'demo' | 'scale' | 'fresh'> {
  readonly redact?: boolean;
}

export function defineLens(program: Command, { io, ends }: CommandContext): void {
  const subcommand = program
    .command('lens')
    .description(
      'Print a lens: schema, statistics, sizes and settings of a database, but none of its rows, as one JSON document. Reads catalogs only; redirect it to a file.',
    );
  withConnection(subcommand, 'the database to read, postgresql://user@host:port/name')
    .option('--demo', 'the embedded database; PG* variables are ignored')
    .addOption(new Option('--scale <number>', 'size of the demo shop (default: 0.01)').argParser(parseScale))
    .option('--fresh', 'rebuild the embedded database and its demo')
    .option('--redact', 'omit text values from the statistics, keep the numbers')
    .action(async (_own: unknown, command: Command) => {
      const options: Readonly<Record<string, unknown>> = command.optsWithGlobals();
      const known = command.options.map(option => option.attributeName());
      const ignored = Object.keys(options).find(name => !known.includes(name));
      if (ignored !== undefined)
        throw new PgoptError('usage', `${flagOf(program, ignored)} does not apply to lens, which only reads`);
      const { lens } = await import('../lens.ts');
      await ends(lens(options, io));
    });
}
