/** Key press to the plan on the screen: the built program in a pseudo-terminal, from the key sent to the plan shown; and the CPU time of a key and of rest. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { formatMs } from '../../src/base/format.ts';
import { BareExplain } from '../bare.ts';
import { at, freshConfigurations } from '../configurations.ts';
import { PROGRAM, programEnv } from '../program.ts';
import { figuresOf, inTurns } from '../rounds.ts';
import { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';
import type { Comparison } from '../table.ts';

const ROUNDS = 24;
const WARM_UP = 3;
/** Stops every run at once: what is timed here is planning, and the two cores are to be quiet before the next key. */
const NO_RUNS = '1 ms';
/** No run is stopped: there is always a query that is being measured when the next key comes. */
const LONG_RUNS = '30 s';

export async function screen(stage: Stage, wanted: number | undefined): Promise<Comparison[]> {
  const bare = await BareExplain.open(stage.shop, stage.workload);
  try {
    const resting = await pressing(stage, { wanted, bare, timeout: NO_RUNS, ready: isIdle });
    const cpu = await cpuOf(resting.explorer, programEnv(stage.cacheRoot)).finally(resting.close);
    const measuring = await pressing(stage, { wanted, bare, timeout: LONG_RUNS, ready: isMeasuring });
    await measuring.close();
    return [
      ...resting.comparisons(''),
      ...measuring.comparisons(', while a query is measured'),
      {
        title: 'CPU time of a key press',
        ours: { name: 'pgopt-explore, the cursor moved', ms: cpu.ours },
        against: { name: 'a plain Ink list with as many lines', ms: cpu.list },
        notes: [`at rest: ${(cpu.idleShare * 100).toFixed(1)} % of a core`],
      },
    ];
  } finally {
    await bare.close();
  }
}

interface Pressing {
  readonly wanted: number | undefined;
  readonly bare: BareExplain;
  /** Of each run of a query. */
  readonly timeout: string;
  /** What the screen shows when the next key may come. */
  readonly ready: (text: string) => boolean;
}

/** Switches a proposal in each round. The explorer is left open. */
async function pressing(stage: Stage, { wanted, bare, timeout, ready }: Pressing) {
  const { cacheRoot, scale, workload } = stage;
  const { proposals, queries } = workload;
  const steps = freshConfigurations(proposals);
  const count = Math.min(wanted ?? ROUNDS, steps.length - WARM_UP);
  const folder = await stage.workloadFolder(timeout);
  const args = [PROGRAM, folder, '--scale', String(scale)];
  const explorer = new Screen(process.execPath, args, programEnv(cacheRoot));
  const close = async () => {
    explorer.press('qy');
    await explorer.exited;
    await explorer.close();
  };
  let cursor = 0;
  const press = async (round: number) => {
    const { flipped, on } = at(steps, round);
    const number = at(queries, round).number;
    explorer.press(`${number}${(flipped < cursor ? 'k' : 'j').repeat(Math.abs(flipped - cursor))}`);
    cursor = flipped;
    const before = round === 0 ? 0 : at(steps, round - 1).on.length;
    await explorer.shows(
      text => ready(text) && isOn(text, before) && inView(text, number) && cursorOn(text, flipped, proposals),
    );
    const pressedAt = explorer.press(' ');
    const [flippedAt, shownAt] = await Promise.all([
      explorer.shows(text => isOn(text, on.length)),
      explorer.shows(text => isOn(text, on.length) && showsPlan(text, number)),
    ]);
    return { plan: shownAt - pressedAt, flip: flippedAt - pressedAt };
  };
  const explain = async (round: number) => ({
    bare: await bare.explain(at(queries, round), at(steps, round).on),
  });
  try {
    await explorer.shows(text => ready(text) && builtIn(text) === proposals.length);
    const rounds = await inTurns<'plan' | 'flip' | 'bare'>([press, explain], { count, warmUp: WARM_UP });
    const plan = { name: 'key sent to plan shown', ms: figuresOf(rounds, 'plan') };
    const sorted = plan.ms.toSorted((a, b) => a - b);
    const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
    const comparisons = (when: string): Comparison[] => [
      {
        title: `key press → estimated plan on the screen${when}`,
        ours: plan,
        against: { name: 'bare EXPLAIN', ms: figuresOf(rounds, 'bare') },
        notes: [`95th percentile: ${formatMs(p95)}`],
      },
      {
        title: `the same, against the switch flipped on the screen${when}`,
        ours: plan,
        against: { name: 'key sent to switch flipped', ms: figuresOf(rounds, 'flip') },
      },
    ];
    return { explorer, close, comparisons };
  } catch (error) {
    await explorer.close();
    throw error;
  }
}

const BATCHES = 6;
const KEYS = 20;
/** Faster than a person's keys, slower than a frame. */
const BETWEEN_MS = 40;
const REST_MS = 15_000;

/** In batches, in turns: clock ticks are too coarse for a single key. */
async function cpuOf(explorer: Screen, env: NodeJS.ProcessEnv) {
  const path = fileURLToPath(new URL('../plainList.ts', import.meta.url));
  const list = new Screen(process.execPath, ['--import', 'tsx', path], { ...env, NODE_ENV: 'production' });
  try {
    await list.shows(text => text.includes('row 38'));
    const ofKey = async (screen: Screen): Promise<number> => {
      const before = await screen.cpuMs();
      for (let key = 0; key < KEYS; key++) {
        screen.press(key % 2 === 0 ? 'j' : 'k');
        await sleep(BETWEEN_MS);
      }
      return ((await screen.cpuMs()) - before) / KEYS;
    };
    const batches = await inTurns<'ours' | 'list'>(
      [async () => ({ ours: await ofKey(explorer) }), async () => ({ list: await ofKey(list) })],
      { count: BATCHES, warmUp: 2 },
    );
    await explorer.shows(isIdle);
    const before = await explorer.cpuMs();
    await sleep(REST_MS);
    const idleShare = ((await explorer.cpuMs()) - before) / REST_MS;
    return { ours: figuresOf(batches, 'ours'), list: figuresOf(batches, 'list'), idleShare };
  } finally {
    await list.close();
  }
}

const isMeasuring = (text: string): boolean => /measuring Q\d/.test(text);
const isIdle = (text: string): boolean => text.includes(' idle: everything is planned');
const builtIn = (text: string): number => text.split('\n').filter(line => /\[.\].* built/.test(line)).length;
const isOn = (text: string, count: number): boolean => text.includes(`Proposals · ${count} of `);
const inView = (text: string, number: number): boolean => new RegExp(`Before · Q${number} `).test(text);
const cursorOn = (text: string, position: number, proposals: readonly { readonly id: string }[]): boolean =>
  text.includes(`▸[ ] ${at(proposals, position).id}`) || text.includes(`▸[x] ${at(proposals, position).id}`);

/** The pane on the right has the query's plan for what is on now. */
function showsPlan(text: string, number: number): boolean {
  const title = new RegExp(`After · Q${number} .*`).exec(text)?.[0];
  return title !== undefined && !title.includes('planning');
}
