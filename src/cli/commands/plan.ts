/** The options of `pgopt-explore plan`. */
import type { Command } from 'commander';
import { PgoptError } from '../../base/errors.ts';
import { type CommandContext, flagOf } from './options.ts';

export interface PlanOptions {
  readonly json?: boolean;
}

export function definePlan(program: Command, { io, ends }: CommandContext): void {
  program
    .command('plan')
    .description(
      'Show a saved plan, or compare two: EXPLAIN output as text, JSON, XML or YAML; needs no database.',
    )
    .argument('<file>', 'the plan, or - for standard input; printed when there is no terminal')
    .argument('[after]', 'a later plan of the same query, to compare')
    .option('--json', 'print the model as one JSON document on stdout')
    .action(async (file: string, after: string | undefined, _own: unknown, command: Command) => {
      const [ignored] = Object.keys(program.opts());
      if (ignored !== undefined)
        throw new PgoptError(
          'usage',
          `${flagOf(program, ignored)} does not apply to plan, which needs no database`,
        );
      const { plan } = await import('../plan.ts');
      const files = after === undefined ? [file] : [file, after];
      if (files.filter(name => name === '-').length > 1)
        throw new PgoptError('usage', 'standard input can be read once only');
      await ends(plan(files, command.opts(), io));
    });
}
