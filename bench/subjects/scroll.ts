/** Scrolling a plan of 5,000 nodes, and opening it, against the same with a plan of 20. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM, programEnv } from '../program.ts';
import { figuresOf, inTurns } from '../rounds.ts';
import { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';
import type { Comparison } from '../table.ts';

const ROUNDS = 40;
const WARM_UP = 5;
const LARGE = 5_000;
const SMALL = 20;

export async function scroll(stage: Stage, wanted: number | undefined): Promise<Comparison[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-bench-scroll-'));
  const env = programEnv(stage.cacheRoot);
  const opened: Screen[] = [];
  const open = async (nodes: number) => {
    const path = join(folder, `${nodes}.json`);
    await writeFile(path, JSON.stringify([{ Plan: wide(nodes) }]));
    const screen = new Screen(process.execPath, [PROGRAM, 'plan', path], env);
    opened.push(screen);
    const shownAt = await screen.shows(text => text.includes(`${nodes} nodes`));
    return { screen, openedMs: shownAt - screen.startedAt };
  };
  try {
    const large = await open(LARGE);
    const small = await open(SMALL);
    /** Down in even rounds, up in odd ones: the small plan ends soon. */
    const press = async (screen: Screen, round: number) => {
      const line = round % 2 === 0 ? 2 : 1;
      const pressedAt = screen.press(round % 2 === 0 ? 'j' : 'k');
      return (await screen.shows(text => cursorAt(text) === line)) - pressedAt;
    };
    // One below the top, so that there is a line to go to on either side.
    large.screen.press('j');
    small.screen.press('j');
    await Promise.all([large, small].map(({ screen }) => screen.shows(text => cursorAt(text) === 1)));
    const jumps = async (round: number) => {
      const pressedAt = large.screen.press(round % 2 === 0 ? 'G' : 'g');
      const shownAt = await large.screen.shows(
        text =>
          text.includes(round % 2 === 0 ? `of ${LARGE}` : ' 1–') &&
          cursorAt(text) === (round % 2 === 0 ? LARGE - 1 : 0),
      );
      large.screen.press('gj');
      await large.screen.shows(text => cursorAt(text) === 1);
      return shownAt - pressedAt;
    };
    const rounds = await inTurns<'large' | 'small'>(
      [
        async round => ({ large: await press(large.screen, round) }),
        async round => ({ small: await press(small.screen, round) }),
      ],
      { count: wanted ?? ROUNDS, warmUp: WARM_UP },
    );
    if ((WARM_UP + (wanted ?? ROUNDS)) % 2 === 1) {
      large.screen.press('k');
      await large.screen.shows(text => cursorAt(text) === 1);
    }
    const ends = await inTurns<'jump'>([async round => ({ jump: await jumps(round) })], {
      count: Math.min(wanted ?? ROUNDS, 20),
      warmUp: 2,
    });
    const against = { name: `a plan of ${SMALL}`, ms: figuresOf(rounds, 'small') };
    return [
      {
        title: 'key press → cursor moved, in a plan of 5,000 nodes',
        ours: { name: `a plan of ${LARGE}`, ms: figuresOf(rounds, 'large') },
        against,
      },
      {
        title: 'key press → the other end of it',
        ours: { name: `a plan of ${LARGE}`, ms: figuresOf(ends, 'jump') },
        against: { name: against.name, ms: against.ms.slice(0, ends.length) },
      },
      {
        title: 'opening it',
        ours: { name: `a plan of ${LARGE}`, ms: [large.openedMs] },
        against: { name: against.name, ms: [small.openedMs] },
      },
    ];
  } finally {
    await Promise.all(opened.map(screen => screen.close()));
    await rm(folder, { recursive: true, force: true });
  }
}

/** An Append of scans, each with figures of its own: `t7` is node 7. */
function wide(nodes: number): Record<string, unknown> {
  const figures = (ms: number) => ({
    'Startup Cost': 0,
    'Total Cost': ms * 10,
    'Plan Rows': 100,
    'Plan Width': 8,
    'Actual Startup Time': 0,
    'Actual Total Time': ms,
    'Actual Rows': 100,
    'Actual Loops': 1,
    'Shared Hit Blocks': 3,
  });
  const scans = Array.from({ length: nodes - 1 }, (_, index) => ({
    'Node Type': 'Seq Scan',
    'Parent Relationship': 'Member',
    'Relation Name': `t${index + 1}`,
    Alias: `t${index + 1}`,
    ...figures(1 + (index % 7)),
  }));
  return { 'Node Type': 'Append', ...figures(4 * nodes), Plans: scans };
}

/** Number of the node under the cursor; -1 where none is seen. */
function cursorAt(text: string): number {
  const line = text.split('\n').find(one => one.includes('▸ ') && !one.includes('Plan'));
  if (line === undefined) return -1;
  return line.includes('Append') ? 0 : Number(/ t(\d+)/.exec(line)?.[1] ?? -1);
}
