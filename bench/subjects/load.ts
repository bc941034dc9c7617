/** The demo's load against copying the same rows, and against copying them and making the same keys and statistics. */
import { join } from 'node:path';
import { packageFolder } from '../../src/cli/packageFile.ts';
import { TABLES } from '../../src/database/demo/demo.ts';
import { readScript } from '../../src/database/demo/script.ts';
import { connectTrusted as connect, type Link } from '../../src/database/link.ts';
import { figuresOf, inTurns, timed } from '../rounds.ts';
import type { Stage } from '../stage.ts';
import type { Comparison } from '../table.ts';

const ROUNDS = 3;
/** Any that no shop has. */
const FIRST_SEED = 1000;

export async function load(stage: Stage, wanted: number | undefined): Promise<Comparison[]> {
  const schemaFolder = join(packageFolder(), 'schema');
  const tables = (await readScript(schemaFolder, 'tables.sql'))({});
  const keys = (await readScript(schemaFolder, 'constraints.sql'))({});
  return await stage.withCopy(async settings => {
    const link = await connect(settings, 'bench copy');
    try {
      const rounds = await inTurns<'ours' | 'copy' | 'complete'>(
        [
          async round => ({ ours: await stage.loadShop(FIRST_SEED + round, timed) }),
          () => copied(link, tables, keys),
        ],
        // The stage has loaded a shop already: that was the warm-up.
        { count: wanted ?? ROUNDS, warmUp: 0 },
      );
      const ours = { name: 'load of the demo', ms: figuresOf(rounds, 'ours') };
      return [
        {
          title: 'loading the demo, against the bare rows',
          ours,
          against: { name: 'INSERT … SELECT', ms: figuresOf(rounds, 'copy') },
        },
        {
          title: 'loading the demo, against rows, keys and statistics',
          ours,
          against: { name: 'INSERT … SELECT, VACUUM (ANALYZE), keys', ms: figuresOf(rounds, 'complete') },
        },
      ];
    } finally {
      await link.end();
    }
  });
}

/** `copy`: ms of the six INSERTs into empty tables without keys; `complete`: with VACUUM and all keys after them. */
async function copied(
  link: Link,
  tables: readonly string[],
  keys: readonly string[],
): Promise<{ copy: number; complete: number }> {
  await link.query('CREATE SCHEMA copy');
  await link.query('SET search_path = copy');
  for (const statement of tables) await link.query(statement);
  const copy = await timed(async () => {
    for (const table of TABLES) await link.query(`INSERT INTO ${table} SELECT * FROM public.${table}`);
  });
  const rest = await timed(async () => {
    for (const table of TABLES) await link.query(`VACUUM (ANALYZE) ${table}`);
    for (const statement of keys) await link.query(statement);
  });
  await link.query('RESET search_path');
  await link.query('DROP SCHEMA copy CASCADE');
  return { copy, complete: copy + rest };
}
