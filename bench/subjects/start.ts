/** From start to the first frame and to the first plan, and `--help`, against Node doing nothing. */
import { spawn } from 'node:child_process';
import { PROGRAM, programEnv } from '../program.ts';
import { figuresOf, inTurns, type Round, timed } from '../rounds.ts';
import { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';
import type { Comparison } from '../table.ts';

const ROUNDS = 8;
const WARM_UP = 1;

type Name = 'frame' | 'plan' | 'emptyInTerminal' | 'help' | 'empty';

/** The server stops when this begins: each start finds the data there, and starts PostgreSQL itself. */
export async function start(stage: Stage, wanted: number | undefined): Promise<Comparison[]> {
  await stage.leaveServer();
  const env = programEnv(stage.cacheRoot);
  const rounds = await inTurns<Name>(
    [
      () => explorer(env, stage.scale),
      () => emptyInTerminal(env),
      async () => ({ help: await piped([PROGRAM, '--help'], env) }),
      async () => ({ empty: await piped(['-e', '0'], env) }),
    ],
    { count: wanted ?? ROUNDS, warmUp: WARM_UP },
  );
  return comparisons(rounds);
}

function comparisons(rounds: readonly Round<Name>[]): Comparison[] {
  const nothing = { name: 'node -e 0, in a terminal', ms: figuresOf(rounds, 'emptyInTerminal') };
  return [
    {
      title: 'start → first frame',
      ours: { name: 'pgopt-explore, something on the screen', ms: figuresOf(rounds, 'frame') },
      against: nothing,
    },
    {
      title: 'start → first plan, the cache warm, PostgreSQL not running',
      ours: { name: 'pgopt-explore, a plan on the screen', ms: figuresOf(rounds, 'plan') },
      against: nothing,
    },
    {
      title: '--help',
      ours: { name: 'pgopt-explore --help', ms: figuresOf(rounds, 'help') },
      against: { name: 'node -e 0', ms: figuresOf(rounds, 'empty') },
    },
  ];
}

async function explorer(env: NodeJS.ProcessEnv, scale: number): Promise<{ frame: number; plan: number }> {
  const screen = new Screen(process.execPath, [PROGRAM, '--scale', String(scale)], env);
  try {
    const [frame, plan] = await Promise.all([
      screen.shows(text => text.trim() !== ''),
      screen.shows(text => /Before · Q1 · (?!.*planning)/.test(text)),
    ]);
    screen.press('q');
    // It stops the server before it ends.
    await screen.exited;
    return { frame: frame - screen.startedAt, plan: plan - screen.startedAt };
  } finally {
    await screen.close();
  }
}

async function emptyInTerminal(env: NodeJS.ProcessEnv): Promise<{ emptyInTerminal: number }> {
  const screen = new Screen(process.execPath, ['-e', '0'], env);
  const { at } = await screen.exited;
  await screen.close();
  return { emptyInTerminal: at - screen.startedAt };
}

/** ms until it has ended and all its output has been read. @throws Error when it fails. */
function piped(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return timed(
    () =>
      new Promise<void>((resolve, reject) => {
        const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
        child.stdout.resume();
        child.on('error', reject);
        child.on('close', code =>
          code === 0 ? resolve() : reject(new Error(`${args.join(' ')} ended with ${code}`)),
        );
      }),
  );
}
