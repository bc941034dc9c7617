/** `--scales` and `--sample`: the smaller sizes that production is projected from. */
import { homedir, userInfo } from 'node:os';
import { PgoptError } from '../base/errors.ts';
import { formatCount, sanitize } from '../base/format.ts';
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import { resolveSettings } from '../database/settings.ts';
import { preflightLines } from '../report/preflight.ts';
import type { Timeouts } from '../session/options.ts';
import type { Preflight } from '../session/preflight/facts.ts';
import { preflight } from '../session/preflight/preflight.ts';
import type { Workload } from '../workload/workload.ts';
import type { SizesOptions, TargetOptions } from './commands/options.ts';
import type { Headless } from './headless.ts';
import type { Io } from './io.ts';
import { notify } from './output.ts';
import { askPassword } from './password.ts';
import type { ProgressLine } from './progress.ts';
import type { Place, StagesOptions } from './stages.ts';
import { type Choice, openTarget, targetLabel } from './target.ts';

/**
 * Refuses combinations of options that cannot work.
 * @throws PgoptError 'usage'
 */
function refuseSizes(
  { scales, scale, sample, production, lens, role, set = [] }: SizesOptions,
  choice: Choice,
  { budgets }: Pick<Workload, 'budgets'>,
): void {
  if (scales !== undefined && sample !== undefined)
    throw refuse('--scales and --sample exclude each other', 'leave one of them out');
  const option = scales !== undefined ? '--scales' : sample !== undefined ? '--sample' : '--production';
  if ((scales ?? sample ?? production) !== undefined && lens !== undefined)
    throw refuse(
      `${option} and --lens exclude each other`,
      'a lens is as large as its database: leave one of them out',
    );
  if ((scales ?? sample) !== undefined && role !== undefined)
    throw refuse(`${option} rehearses as the roles that connect`, 'leave --role out');
  if ((scales ?? sample) !== undefined && set.length > 0)
    throw refuse(`${option} rehearses with settings of its own`, 'leave --set out');
  if (scales !== undefined && scale !== undefined)
    throw refuse('--scale is one size of the demo, --scales are several', 'name one of them');
  if (scales !== undefined && choice !== undefined)
    throw refuse('--scales are sizes of the demo, and a database is named', 'name copies with --sample');
  if (sample !== undefined && choice === undefined)
    throw refuse(
      '--sample is a smaller copy of a database of your own, and this is the demo',
      'name the database with --url, --service or PG* variables; sizes of the demo are --scales',
    );
  if ((sample ?? scales ?? production) !== undefined && Object.keys(budgets.productionRows).length === 0)
    throw refuse(
      `${option} needs production_rows in schema/workload.json, and there are none`,
      'write how many rows each table has in production: "production_rows": { "orders": 50000000 }',
    );
}

interface Ordered<T> {
  /** Fewest rows first. */
  readonly samples: readonly { readonly sample: T; readonly label: string }[];
  readonly label: string;
  /** What makes the sizes hard to compare; clauses. */
  readonly remarks: readonly string[];
}

/** Closer sizes would show noise rather than growth. */
const LEAST_FACTOR = 1.5;

const majorOf = ({ server }: Preflight): number => Number.parseInt(server.version, 10);
const nameOf = ({ server }: Preflight): string => server.database;
const refuse = (message: string, next: string) => new PgoptError('usage', message, { next });

/**
 * Checks by preflights that the samples are comparable smaller copies of the database, and sorts them by size.
 * @param rows production_rows of the workload.
 * @throws PgoptError 'usage'
 */
export function orderSamples<T extends { readonly found: Preflight }>(
  target: Preflight,
  samples: readonly T[],
  rows: Readonly<Record<string, number>>,
): Ordered<T> {
  const grown = new Set(
    target.tables
      .filter(table =>
        [table, ...table.partitions].some(
          ({ schema, name }) => Object.hasOwn(rows, name) || Object.hasOwn(rows, `${schema}.${name}`),
        ),
      )
      .map(({ name }) => name),
  );
  if (grown.size === 0)
    throw refuse(
      `production_rows in schema/workload.json has none of the tables of ${nameOf(target)} that the workload is about`,
      `add them: ${target.tables.map(({ name }) => name).join(', ') || 'it has none of them'}`,
    );
  const count = ({ tables }: Preflight) =>
    tables.filter(({ name }) => grown.has(name)).reduce((sum, table) => sum + table.rows, 0);
  const all = [target, ...samples.map(({ found }) => found)];
  for (const [at, one] of all.entries()) {
    const same = all.slice(0, at).find(other => isSame(one, other));
    if (same !== undefined)
      throw refuse(
        `${nameOf(one)} is named twice, as --sample ${same === target ? 'and as the database itself' : 'both times'}`,
        'name smaller copies of it',
      );
    if (at > 0) requireTwin(one, target);
    if (count(one) === 0)
      throw refuse(
        `ANALYZE has not counted the rows of ${nameOf(one)} (${[...grown].join(', ')})`,
        'fill them, and ANALYZE',
      );
  }
  const larger = samples.find(({ found }) => count(found) > count(target));
  if (larger !== undefined)
    throw refuse(
      `the sample ${nameOf(larger.found)} has ${formatCount(count(larger.found))} rows, ${nameOf(target)} only ${formatCount(count(target))}`,
      'name the largest with --url, and smaller copies of it with --sample',
    );
  const ordered = [...samples].sort((a, b) => count(a.found) - count(b.found));
  const ascending = [...ordered.map(({ found }) => found), target];
  for (const [at, one] of ascending.entries()) {
    const next = ascending[at + 1];
    if (next !== undefined && count(next) < count(one) * LEAST_FACTOR) throw tooNear(one, next, count);
  }
  const label = (found: Preflight) => `${nameOf(found)} (${formatCount(count(found))} rows)`;
  const servers = new Set(all.map(({ server }) => server.startedAt));
  return {
    samples: ordered.map(sample => ({ sample, label: label(sample.found) })),
    label: label(target),
    remarks:
      servers.size === 1
        ? []
        : [`${servers.size} servers: a difference in their speed looks like growth, or hides it`],
  };
}

const isSame = (one: Preflight, other: Preflight): boolean =>
  one.server.startedAt === other.server.startedAt && nameOf(one) === nameOf(other);

/** A sample needs the database's tables, queries and PostgreSQL major. */
function requireTwin(sample: Preflight, target: Preflight): void {
  const [name, whole] = [nameOf(sample), nameOf(target)];
  if (majorOf(sample) !== majorOf(target))
    throw refuse(
      `the sample ${name} is on PostgreSQL ${majorOf(sample)}, ${whole} on ${majorOf(target)}: another planner, another executor`,
      `put it on PostgreSQL ${majorOf(target)}`,
    );
  const there = new Set(sample.tables.map(table => table.name));
  const missing = target.tables.find(table => !there.has(table.name));
  const nowhere = new Set(target.brokenQueries.map(({ queryId }) => queryId));
  const broken = sample.brokenQueries.find(({ queryId }) => !nowhere.has(queryId));
  if (missing === undefined && broken === undefined) return;
  throw refuse(
    broken === undefined
      ? `the sample ${name} has no table ${missing?.name}`
      : `the sample ${name} cannot plan ${broken.queryId} (${broken.reason})`,
    `name a copy that has what the workload reads of ${whole}`,
  );
}

function tooNear(one: Preflight, larger: Preflight, count: (found: Preflight) => number): PgoptError {
  const say = (found: Preflight) => `${nameOf(found)} has ${formatCount(count(found))} rows`;
  return refuse(
    `${say(one)}, ${say(larger)}: too near to each other to see what grows`,
    'name copies that have at most two thirds of the rows of the next larger one',
  );
}

/** @param scales Ascending; the demo is open at the last one. */
function demoAt(
  scales: readonly number[],
  options: TargetOptions,
  progress: ProgressLine,
  signal: AbortSignal,
  io: Io,
): Pick<StagesOptions, 'smaller' | 'label'> {
  const labelOf = (scale: number | undefined) => `×${scale}`;
  const smaller = scales.slice(0, -1).map((scale): Place => {
    // --fresh has already rebuilt the server.
    const here = { ...options, scale, fresh: false };
    return {
      label: labelOf(scale),
      open: () => openTarget(undefined, here, io, progress.startup, signal),
    };
  });
  return { smaller, label: labelOf(scales.at(-1)) };
}

/**
 * @param urls As for --url.
 * @throws PgoptError 'usage', or 'cancelled' after Ctrl-C at a password prompt
 */
async function resolveSamples(
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
    for (const warning of warnings) notify(io, `pgopt-explore: warning: ${sanitize(warning)}`);
    const { user, database } = settings;
    const prompt = sanitize(`Password for user ${user} of the sample ${database}: `);
    found.push(password === true ? { ...settings, password: await askPassword(prompt, io) } : settings);
  }
  return found;
}

interface SampledSizes extends Pick<StagesOptions, 'smaller' | 'label' | 'remarks'> {
  readonly lines: readonly string[];
}

/**
 * Changes nothing.
 * @throws PgoptError 'usage' for samples that are not smaller copies, and as preflight()
 */
async function lookAtSamples(
  target: ConnectionSettings,
  samples: readonly ConnectionSettings[],
  workload: Workload,
  timeouts: Timeouts,
  signal: AbortSignal,
): Promise<SampledSizes> {
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

/** Makes the advice of an error name --sample. */
function ofSample(error: unknown): unknown {
  if (!(error instanceof PgoptError) || error.code === 'cancelled') return error;
  return new PgoptError(error.code, error.message, { next: error.next.replaceAll('--url', '--sample') });
}

interface AskedSizes<Options extends TargetOptions> {
  readonly options: Options;
  readonly preflight: Headless['preflight'];
  /** Call it after the largest size is open; undefined: none were requested. */
  known(signal: AbortSignal): Pick<StagesOptions, 'smaller' | 'label' | 'remarks'> | undefined;
}

/** @throws PgoptError 'usage', or 'cancelled' after Ctrl-C at a password prompt */
export async function askedSizes<Options extends SizesOptions>(
  options: Options,
  choice: Choice,
  workload: Workload,
  io: Io,
  { timeouts, progress }: { readonly timeouts: Timeouts; readonly progress: ProgressLine },
): Promise<AskedSizes<Options>> {
  refuseSizes(options, choice, workload);
  const { scales } = options;
  const scale = scales?.at(-1);
  const samples = await resolveSamples(options.sample ?? [], options, io);
  let sampled: SampledSizes | undefined;
  return {
    options: { ...options, ...(scale === undefined ? {} : { scale }) },
    preflight:
      samples.length === 0
        ? undefined
        : async (settings, signal) => {
            sampled = await lookAtSamples(settings, samples, workload, timeouts, signal);
            return sampled.lines;
          },
    known: signal => (scales === undefined ? sampled : demoAt(scales, options, progress, signal, io)),
  };
}
