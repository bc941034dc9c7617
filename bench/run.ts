/** `npm run bench`: ratios of what the explorer does to the least that it could cost, measured side by side in one run. */
import { formatError, PgoptError } from '../src/base/errors.ts';
import { machineText } from './machine.ts';
import { parseOptions, type Subject, USAGE } from './options.ts';
import { Screen } from './screen.ts';
import { openStage, type Stage } from './stage.ts';
import { advising } from './subjects/advise.ts';
import { estimate } from './subjects/estimate.ts';
import { load } from './subjects/load.ts';
import { screen } from './subjects/screen.ts';
import { scroll } from './subjects/scroll.ts';
import { start } from './subjects/start.ts';
import { suggesting } from './subjects/suggest.ts';
import { switching } from './subjects/switch.ts';
import { type Comparison, comparisonText } from './table.ts';

const HEADING = `Each line: how many times as long ours takes as what it is held against; 1/310 is 310 times as quick. The median of
the ratios of each round, and in brackets the quartiles between which half of the rounds lie. Below it both sides.`;

/** `start` is the last: it stops the server. */
const MEASURE: Readonly<
  Record<Subject, (stage: Stage, rounds: number | undefined) => Promise<Comparison[]>>
> = {
  estimate,
  screen,
  scroll,
  switch: switching,
  load,
  advise: advising,
  suggest: suggesting,
  start,
};

/** @returns The exit code. */
async function bench(argv: readonly string[], io: NodeJS.Process): Promise<number> {
  const say = (text: string) => io.stdout.write(`${text}\n`);
  let stage: Stage | undefined;
  const abort = new AbortController();
  const interrupted = (exitCode: number) => () => {
    abort.abort();
    // What is being measured cannot be told to stop: what it stands on is removed under its feet.
    if (stage !== undefined) {
      void Screen.closeAll()
        .then(stage.close)
        .finally(() => io.exit(exitCode));
    }
  };
  const onInterrupt = interrupted(130);
  const onTerminate = interrupted(143);
  io.on('SIGINT', onInterrupt);
  io.on('SIGTERM', onTerminate);
  try {
    const options = parseOptions(argv);
    if (options === undefined) {
      say(USAGE);
      return 0;
    }
    stage = await openStage(options.scale, abort.signal);
    const day = new Date().toISOString().slice(0, 10);
    say(
      `pgopt-explore bench, ${day}, demo shop ×${options.scale}\n${machineText(stage.serverVersion)}\n\n${HEADING}`,
    );
    for (const subject of options.only) {
      const comparisons = await MEASURE[subject](stage, options.rounds);
      say(`\n${comparisons.map(comparisonText).join('\n')}`);
    }
    return 0;
  } catch (error) {
    // Whatever fails after that fails because of it; the handler ends the process.
    if (abort.signal.aborted && stage !== undefined) return await new Promise<never>(() => undefined);
    io.stderr.write(`${error instanceof PgoptError ? formatError(error) : (error as Error).stack}\n`);
    return error instanceof PgoptError ? error.exitCode : 1;
  } finally {
    await stage?.close();
    io.off('SIGINT', onInterrupt);
    io.off('SIGTERM', onTerminate);
  }
}

process.exitCode = await bench(process.argv.slice(2), process);
process.exit();
