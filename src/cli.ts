/** The entry of the built program: hands the real process to run.ts and ends with its code. */
import { run } from './run.ts';

process.exitCode = await run(process.argv.slice(2), process);
// Ink, pg and timers hold no promise worth waiting for once the command is over.
process.exit();
