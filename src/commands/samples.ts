/** `--sample`: smaller copies of the database that is named, looked at like it before anything is touched. */
import { homedir, userInfo } from 'node:os';
import { resolveSettings } from '../database/settings.ts';
import type { ConnectionSettings } from '../database/types.ts';
import { PgoptError } from '../errors.ts';
import { sanitize } from '../format/sanitize.ts';
import { preflightLines } from '../report/preflightText.ts';
import type { Io, TargetOptions } from '../run.ts';
import { preflight } from '../session/preflight/preflight.ts';
import type { Preflight } from '../session/preflight/types.ts';
import type { Timeouts } from '../session/timeouts.ts';
import type { Workload } from '../workload/types.ts';
import { askPassword } from './password.ts';
import { orderSamples } from './sampleOrder.ts';
import type { Place, StagesOptions } from './stages.ts';
import { targetLabel } from './target.ts';
import { tell } from './write.ts';

/** @param urls As --url. @throws PgoptError 'usage', or 'cancelled' for Ctrl-C at the question for a password. */
export async function resolveSamples(
  urls: readonly string[],
  { password }: TargetOptions,
  io: Io,
): Promise<readonly ConnectionSettings[]> {
  const found: ConnectionSettings[] = [];
  for (const url of urls) {
    const { settings, warnings } = await resolveSettings({
      url,
      option: '--sample',
      env: io.env,
      userName: userInfo().username,
      homeFolder: io.env.HOME || homedir(),
      platform: io.platform,
      askPassword: password === true,
    });
    for (const warning of warnings) tell(io, `pgopt-explore: warning: ${sanitize(warning)}`);
    const { user, database } = settings;
    const prompt = sanitize(`Password for user ${user} of the sample ${database}: `);
    found.push(password === true ? { ...settings, password: await askPassword(prompt, io) } : settings);
  }
  return found;
}

export interface Ahead extends Pick<StagesOptions, 'smaller' | 'label' | 'remarks'> {
  /** What is about to happen, on all of them. */
  readonly lines: readonly string[];
}

/** Touches nothing. @throws PgoptError 'usage' for what is no smaller copy, and as preflight(). */
export async function lookAtSamples(
  target: ConnectionSettings,
  samples: readonly ConnectionSettings[],
  workload: Workload,
  timeouts: Timeouts,
  signal: AbortSignal,
): Promise<Ahead> {
  const lines = (found: Preflight) => preflightLines(found, timeouts, workload.budgets.timeoutMs);
  const whole = await preflight(target, workload, signal);
  const looked: { readonly settings: ConnectionSettings; readonly found: Preflight }[] = [];
  for (const settings of samples) {
    const found = await preflight(settings, workload, signal).catch(error => Promise.reject(ofSample(error)));
    looked.push({ settings, found });
  }
  const ordered = orderSamples(whole, looked, workload.budgets.productionRows);
  const { label, remarks } = ordered;
  return {
    smaller: ordered.samples.map(({ sample: { settings }, label }): Place => {
      return { label, open: async () => ({ settings, release: async () => undefined }) };
    }),
    label,
    remarks,
    lines: [
      ...lines(whole),
      '',
      `Production's plans are run there, and on ${samples.length === 1 ? 'a smaller copy' : `${samples.length} smaller copies`}:`,
      ...ordered.samples.flatMap(({ sample: { settings, found } }) => [
        '',
        `Sample ${targetLabel(settings, {})}`,
        ...lines(found),
      ]),
      ...remarks.flatMap(remark => ['', `! ${remark}`]),
    ],
  };
}

/** What failed says which database it was about; the advice is to correct another option. */
function ofSample(error: unknown): unknown {
  if (!(error instanceof PgoptError) || error.code === 'cancelled') return error;
  return new PgoptError(error.code, error.message, { next: error.next.replaceAll('--url', '--sample') });
}
