/** The bench's own command line. */
import { parseArgs } from 'node:util';
import { PgoptError } from '../src/base/errors.ts';

export const SUBJECTS = [
  'estimate',
  'screen',
  'scroll',
  'switch',
  'load',
  'advise',
  'suggest',
  'start',
] as const;
export type Subject = (typeof SUBJECTS)[number];

interface BenchOptions {
  /** Rounds of every line; undefined: each subject's own number. */
  readonly rounds: number | undefined;
  /** Size of the demo shop; 1 is production's. */
  readonly scale: number;
  readonly only: readonly Subject[];
}

export const USAGE = `npm run bench -- [--rounds <n>] [--scale <number>] [--only <subject>]…

  --rounds <n>       rounds of every line (default: each subject's own)
  --scale <number>   size of the demo shop, 0.0001 to 10 (default: 0.01)
  --only <subject>   only this, may be repeated: ${SUBJECTS.join(', ')}`;

/** @returns undefined when help was asked for. @throws PgoptError 'usage' */
export function parseOptions(argv: readonly string[]): BenchOptions | undefined {
  const { values } = readArguments(argv);
  if (values.help === true) return undefined;
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isSafeInteger(rounds) && rounds > 0)) {
    throw refusal(`--rounds must be a whole number above 0, not ${values.rounds}`);
  }
  const scale = Number(values.scale ?? 0.01);
  if (!(scale >= 0.0001 && scale <= 10)) {
    throw refusal(`--scale must be a number from 0.0001 to 10, not ${values.scale}`);
  }
  const only = (values.only ?? []).flatMap(names => names.split(','));
  for (const name of only) {
    if (!(SUBJECTS as readonly string[]).includes(name)) {
      throw refusal(`--only must be one of ${SUBJECTS.join(', ')}, not ${name}`);
    }
  }
  return { rounds, scale, only: SUBJECTS.filter(name => only.length === 0 || only.includes(name)) };
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        rounds: { type: 'string' },
        scale: { type: 'string' },
        only: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw refusal(error instanceof Error ? error.message : String(error));
  }
}

function refusal(message: string): PgoptError {
  return new PgoptError('usage', message, { next: 'see `npm run bench -- --help`' });
}
