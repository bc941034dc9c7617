/** What the moving picture shows: one index is switched on, and the slowest query's plan and run time change. */

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { packageFolder } from '../../src/cli/packageFile.ts';
import type { Cell } from '../../test/helpers/cells.ts';
import { openTerminal, type Terminal } from '../../test/helpers/terminal.ts';

export interface Scene {
  readonly cells: readonly (readonly Cell[])[];
  /** The key that was pressed last; empty before the first. */
  readonly key: string;
  readonly ms: number;
}

const INDEX = 'idx_order_items_product';
const IDLE = /^ idle: /m;
/** Loading the demo, building, and measuring the slow query. */
const PATIENCE_MS = 300_000;
const LOOK_EVERY_MS = 20;
/** A person reads the first and the last scene, and sees where the cursor goes. */
const FIRST_MS = 2500;
const LAST_MS = 5000;
const STEP_MS = 450;
/** A shorter one is not seen; a longer one is only waiting. */
const LEAST_MS = 150;
const MOST_MS = 900;

export async function play(env: NodeJS.ProcessEnv): Promise<readonly Scene[]> {
  const terminal = openTerminal({
    file: process.execPath,
    args: [join(packageFolder(), 'bin', 'pgopt-explore.js'), '--demo'],
    env: { ...env, NO_COLOR: undefined },
    cwd: packageFolder(),
    columns: 120,
    rows: 46,
    patienceMs: PATIENCE_MS,
  });
  try {
    await terminal.until(/Before · Q1/, 'the first plan');
    terminal.type('2');
    await terminal.until(/Before · Q2/, 'the second query');
    await terminal.until(IDLE, 'everything is built and measured');
    const scenes: Scene[] = [{ cells: terminal.cells(), key: '', ms: FIRST_MS }];
    const chosen = new RegExp(`▸\\[ \\] ${INDEX}`);
    while (!chosen.test(terminal.screen())) {
      const before = terminal.screen();
      terminal.type('j');
      await terminal.until(screen => screen !== before && whole(screen), 'the cursor moves');
      scenes.push({ cells: terminal.cells(), key: 'j', ms: STEP_MS });
    }
    scenes.push(...(await switchOn(terminal)));
    terminal.type('q');
    await terminal.exit;
    return scenes;
  } finally {
    await terminal.dispose();
  }
}

/** @returns Every screen that differs from the one before in more than its status line, as long as it stood. */
async function switchOn(terminal: Terminal): Promise<readonly Scene[]> {
  const taken: { readonly cells: Cell[][]; readonly at: number }[] = [];
  let last = shownOf(terminal);
  terminal.type(' ');
  const end = Date.now() + PATIENCE_MS;
  while (taken.length === 0 || !IDLE.test(terminal.screen())) {
    if (Date.now() > end) throw new Error(`waited in vain for the run times:\n${terminal.screen()}`);
    await pause(LOOK_EVERY_MS);
    if (!whole(terminal.screen()) || shownOf(terminal) === last) continue;
    last = shownOf(terminal);
    taken.push({ cells: terminal.cells(), at: Date.now() });
  }
  taken.push({ cells: terminal.cells(), at: Date.now() });
  return taken.map(({ cells, at }, index) => {
    const next = taken[index + 1]?.at;
    const ms = next === undefined ? LAST_MS : Math.min(Math.max(next - at, LEAST_MS), MOST_MS);
    return { cells, key: 'space', ms };
  });
}

/** The program writes a frame in pieces; its last line is the footer. */
const whole = (screen: string): boolean => /q quit\s*$/.test(screen);

/** The screen without the header's clock, the status line and the footer. */
const shownOf = (terminal: Terminal): string => terminal.screen().split('\n').slice(1, -2).join('\n');
