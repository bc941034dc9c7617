/** The entry of the built program: hands the real process to cli/main.ts and ends with its code. */
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { run } from './cli/main.ts';

const terminals = [0, 1, 2].filter(isatty);
process.exitCode = await run(process.argv.slice(2), process);
// Node sets the terminal back on its way out, and aborts where that has gone away: a closed stream is released first.
for (const fd of terminals) if (!isatty(fd)) closeSync(fd);
// Ink, pg and timers hold no promise worth waiting for once the command is over.
process.exit();
