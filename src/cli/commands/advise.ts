/** The options of `pgopt-explore advise`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  ASKS_NOTHING,
  type CommandContext,
  folderName,
  htmlOption,
  names,
  refuseOptions,
  type SizesOptions,
  withSizes,
  withTarget,
} from './options.ts';

export interface AdviseOptions extends SizesOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly html?: string;
  readonly verify?: boolean;
  readonly budget?: string;
  /** Percent. */
  readonly within?: number;
  readonly write?: string;
  readonly keep?: readonly string[];
}

export function defineAdvise(program: Command, { io, ends }: CommandContext): void {
  withSizes(withTarget(program.command('advise')), {
    scales:
      'also times: run production’s plans on the demo at these sizes, as 0.002,0.01,0.05, and project them',
    sample: 'the same on a smaller copy of the database that --url names; may be given several times',
  })
    .description(
      'Examine every configuration: which proposals to keep, what each one does, and how sure that is; --write makes a migration.',
    )
    .option(
      '--budget <time>',
      'time for measuring, including warm-up runs and comparisons of answers; 0 runs nothing (default: 5min; with --production or --lens 0; rehearsals for production 20min)',
    )
    .addOption(
      new Option(
        '--within <percent>',
        "share of the fastest set's savings that a smaller set may lose, in each query (default: 5)",
      ).argParser(parsePercent),
    )
    .option('--verify', 'plan every configuration, also where the plan could be inferred')
    .option(
      '--production',
      'plans and bytes of every configuration at production size, from a lens; runs no query unless --budget allows it',
    )
    .option('--verbose', 'print all: the evidence, the matrix, the frontier, and how sure it is')
    .option('--json', 'print one JSON document on stdout')
    .addOption(htmlOption())
    .option(
      '--write <folder>',
      'write migration.sql, rollback.sql, report.md and report.html of the kept proposals',
      folderName,
    )
    .option('--keep <names>', 'with --write: keep these proposals, not those that are recommended', names)
    .action(async (folder: string | undefined, _own: unknown, command: Command) => {
      refuseOptions(program, 'advise', {
        ageLimit: ASKS_NOTHING,
        set: 'uses the server’s settings',
      });
      const { advise } = await import('../advise.ts');
      await ends(advise(folder, command.optsWithGlobals(), io));
    });
}

function parsePercent(text: string): number {
  const percent = Number(text);
  if (text.trim() === '' || !(percent >= 0 && percent <= 1000))
    throw new InvalidArgumentError('It must be a number from 0 to 1000.');
  return percent;
}
