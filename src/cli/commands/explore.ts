/** The options of the explorer, which is the program itself. */
import type { Command } from 'commander';
import { type CommandContext, setOption, type TargetOptions, withTarget } from './options.ts';

export function defineExplore(program: Command, { io, ends }: CommandContext): Command {
  return withTarget(program)
    .description(
      'Try proposed indexes and materialized views for real, inside one transaction that is always rolled back.',
    )
    .option(
      '--age-limit <time>',
      'ask whether to start afresh once the transaction is this old (default: 15min; embedded: 0 or off, never)',
    )
    .addOption(setOption('the explorer starts with this planner setting changed and on'))
    .action(async (folder: string | undefined, options: TargetOptions) => {
      const { explore } = await import('../explore.ts');
      await ends(explore(folder, options, io));
    });
}
