/** The options of `pgopt-explore check`. */
import { type Command, Option } from 'commander';
import {
  ASKS_NOTHING,
  type CommandContext,
  htmlOption,
  names,
  refuseOptions,
  type SizesOptions,
  setOption,
  withSizes,
  withTarget,
} from './options.ts';

export interface CheckOptions extends SizesOptions {
  readonly only?: readonly string[];
  readonly without?: readonly string[];
  readonly json?: boolean;
  readonly html?: string;
  /** A file with an earlier `check --json`. */
  readonly baseline?: string;
  readonly writeCost?: boolean;
}

export function defineCheck(program: Command, { io, ends }: CommandContext): void {
  withSizes(withTarget(program.command('check')), {
    scales: 'run production’s plans on the demo at these sizes, as 0.002,0.01,0.05, and project its times',
    sample: 'the same on a smaller copy of the database that --url names; may be given several times',
  })
    .description(
      'Measure every query in the baseline and with the proposals, compare rewrites with their queries, and print a table.',
    )
    .addOption(
      new Option('--only <names>', 'switch on only these proposals, separated by commas')
        .conflicts('without')
        .argParser(names),
    )
    .option(
      '--without <names>',
      'switch on all but these; an existing index named here is switched off',
      names,
    )
    .addOption(setOption('a planner setting for both sides'))
    .option('--json', 'print one JSON document on stdout')
    .addOption(htmlOption())
    .option(
      '--baseline <file>',
      'compare with an earlier `check --json`: exit 1 when a plan got worse, with notes and a summary in GitHub Actions',
    )
    .action(async (folder: string | undefined, _own: unknown, command: Command) => {
      refuseOptions(program, 'check', { ageLimit: ASKS_NOTHING });
      const { check } = await import('../check.ts');
      // Options before the command's name count, too.
      const set = [...(program.opts().set ?? []), ...(command.opts().set ?? [])];
      await ends(check(folder, { ...command.optsWithGlobals(), set }, io));
    });
}
