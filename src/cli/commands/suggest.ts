/** The options of `pgopt-explore suggest`. */
import { type Command, Option } from 'commander';
import {
  ASKS_NOTHING,
  type CommandContext,
  folderName,
  refuseOptions,
  type TargetOptions,
  withTarget,
} from './options.ts';

export interface SuggestCommandOptions extends TargetOptions {
  readonly json?: boolean;
  readonly budget?: string;
  readonly prefer?: 'fresh' | 'fast';
  /** A new folder for the workload with the suggestions. */
  readonly write?: string;
}

export function defineSuggest(program: Command, { io, ends }: CommandContext): void {
  withTarget(program.command('suggest'))
    .description(
      'Find indexes and materialized views for the queries: screened at production size, built and measured here, rolled back.',
    )
    .option('--budget <time>', 'time for all of it: then whatever runs is stopped (default: 5min)')
    .addOption(
      new Option(
        '--prefer <what>',
        'once targets are met: few queries that read views, or the storage limit used for speed (default: fresh)',
      ).choices(['fresh', 'fast']),
    )
    .option('--json', 'print one JSON document on stdout')
    .option(
      '--write <folder>',
      'write a new workload there: the queries with what is recommended',
      folderName,
    )
    .action(async (folder: string | undefined, _own: unknown, command: Command) => {
      refuseOptions(program, 'suggest', {
        ageLimit: ASKS_NOTHING,
        set: 'uses the server’s settings',
      });
      const { suggestCommand } = await import('../suggest.ts');
      await ends(suggestCommand(folder, command.optsWithGlobals(), io));
    });
}
