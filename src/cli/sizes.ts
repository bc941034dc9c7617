/** Which sizes production is projected from, and with what that cannot go together. */
import { PgoptError } from '../base/errors.ts';
import type { Workload } from '../workload/types.ts';
import type { SizesOptions } from './commands/options.ts';
import type { Choice } from './target.ts';

/** @throws PgoptError 'usage' */
export function refuseSizes(
  { scales, scale, sample, production, lens, role, set = [] }: SizesOptions,
  choice: Choice,
  { budgets }: Pick<Workload, 'budgets'>,
): void {
  const refuse = (message: string, next?: string) =>
    new PgoptError('usage', message, next === undefined ? {} : { next });
  if (scales !== undefined && sample !== undefined)
    throw refuse('--scales and --sample exclude each other', 'leave one of them out');
  const option = scales !== undefined ? '--scales' : sample !== undefined ? '--sample' : '--production';
  if ((scales ?? sample ?? production) !== undefined && lens !== undefined)
    throw refuse(
      `${option} and --lens exclude each other`,
      'a lens is as large as its database: leave one of them out',
    );
  if ((scales ?? sample) !== undefined && role !== undefined)
    throw refuse(`${option} rehearses as the roles that connect`, 'leave --role out');
  if ((scales ?? sample) !== undefined && set.length > 0)
    throw refuse(`${option} rehearses with settings of its own`, 'leave --set out');
  if (scales !== undefined && scale !== undefined)
    throw refuse('--scale is one size of the demo, --scales are several', 'name one of them');
  if (scales !== undefined && choice !== undefined)
    throw refuse('--scales are sizes of the demo, and a database is named', 'name copies with --sample');
  if (sample !== undefined && choice === undefined)
    throw refuse(
      '--sample is a smaller copy of a database of your own, and this is the demo',
      'name the database with --url, --service or PG* variables; sizes of the demo are --scales',
    );
  if ((sample ?? scales ?? production) !== undefined && Object.keys(budgets.productionRows).length === 0)
    throw refuse(
      `${option} needs production_rows in schema/workload.json, and there are none`,
      'write how many rows each table has in production: "production_rows": { "orders": 50000000 }',
    );
}
