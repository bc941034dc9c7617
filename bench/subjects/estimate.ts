/** Key press to estimated plan, through the session: from `desired state()` to `plan:estimated` of the query in view. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BareExplain } from '../bare.ts';
import { at, freshConfigurations } from '../configurations.ts';
import { Driver } from '../driver.ts';
import { figuresOf, inTurns } from '../rounds.ts';
import type { Stage } from '../stage.ts';
import type { Comparison } from '../table.ts';

const ROUNDS = 20;
const BUSY_ROUNDS = 12;
const WARM_UP = 3;
/** Long enough that the query is surely being run, short enough that it has not ended. */
const INTO_THE_RUN_MS = 40;

export async function estimate(stage: Stage, rounds: number | undefined): Promise<Comparison[]> {
  return [
    await compare(stage, rounds ?? ROUNDS, false, 'key press → estimated plan, the session idle before'),
    await compare(
      stage,
      rounds ?? BUSY_ROUNDS,
      true,
      'key press → estimated plan, while a query is measured',
    ),
  ];
}

async function compare(stage: Stage, count: number, busy: boolean, title: string): Promise<Comparison> {
  const { shop, workload } = stage;
  const { proposals, queries } = workload;
  // Built in the workload's order, the session has looked at each beginning of it on the way to all.
  const fresh = freshConfigurations(proposals).filter(({ on }) =>
    on.some((id, position) => id !== proposals[position]?.id),
  );
  const bare = await BareExplain.open(shop, workload);
  let driver = await Driver.open(shop, workload, !busy);
  try {
    const session = async (round: number) => {
      if (round > 0 && round % fresh.length === 0) {
        await driver.close();
        driver = await Driver.open(shop, workload, !busy);
      }
      if (busy) {
        // The last query is long enough; the switch cancels it.
        await driver.measure(at(queries, queries.length - 1).id);
        await sleep(INTO_THE_RUN_MS);
      }
      return { ours: await driver.switchTo(at(fresh, round).on, at(queries, round).id) };
    };
    const explain = async (round: number) => ({
      bare: await bare.explain(at(queries, round), at(fresh, round).on),
    });
    const rounds = await inTurns<'ours' | 'bare'>([session, explain], { count, warmUp: WARM_UP });
    return {
      title,
      ours: { name: 'setDesired() to plan:estimated', ms: figuresOf(rounds, 'ours') },
      against: { name: 'bare EXPLAIN', ms: figuresOf(rounds, 'bare') },
    };
  } finally {
    await driver.close();
    await bare.close();
  }
}
