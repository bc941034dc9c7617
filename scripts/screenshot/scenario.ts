/** What the screenshot shows: all proposals on, everything measured, the second query in view. */
import { join } from 'node:path';
import { packageFolder } from '../../src/cli/packageFile.ts';
import type { Cell } from '../../test/helpers/cells.ts';
import { openTerminal } from '../../test/helpers/terminal.ts';

/** Loading the demo and measuring what times out at 30 s. */
const PATIENCE_MS = 300_000;

/** @returns The cells of the screen, 40 rows of 120. */
export async function play(env: NodeJS.ProcessEnv): Promise<Cell[][]> {
  const terminal = openTerminal({
    file: process.execPath,
    args: [join(packageFolder(), 'bin', 'pgopt-explore.js')],
    env: { ...env, NO_COLOR: undefined },
    cwd: packageFolder(),
    patienceMs: PATIENCE_MS,
  });
  try {
    await terminal.until(/Before · Q1/, 'the first plan');
    terminal.type('a');
    await terminal.until(/5 of 5 on/, 'all proposals are on');
    await terminal.until(/idle: everything is planned and measured/, 'everything is measured');
    terminal.type('2');
    await terminal.until(/After · Q2[\s\S]* q quit/, 'the second query');
    const cells = terminal.cells();
    terminal.type('q');
    await terminal.exit;
    return cells;
  } finally {
    await terminal.dispose();
  }
}
