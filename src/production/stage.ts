/** Which `enable_…` of PostgreSQL stands for a node of a plan. */
import { isGather } from '../plan/accounting/readers.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import { flattenPlan } from '../plan/tree.ts';
import type { ExplorerSession } from '../session/events.ts';
import { READ_SETTINGS } from '../session/settingFacts.ts';
import { lastOfEach, type SettingChoice, settingsOf } from '../workload/plannerSettings.ts';
import { sizeOf } from './quantities.ts';
import type { Aim, Rehearsed, Size } from './rehearsal.ts';
import { rehearse } from './rehearse.ts';
import { scaledSettings, short } from './scaledSettings.ts';

const BY_TYPE: Readonly<Record<string, string>> = {
  'Seq Scan': 'seqscan',
  'Index Scan': 'indexscan',
  'Index Only Scan': 'indexonlyscan',
  'Bitmap Heap Scan': 'bitmapscan',
  'Hash Join': 'hashjoin',
  'Merge Join': 'mergejoin',
  'Nested Loop': 'nestloop',
  'Incremental Sort': 'incremental_sort',
  Materialize: 'material',
  Memoize: 'memoize',
  'Gather Merge': 'gathermerge',
};

/** Sorting stays allowed: what has to be sorted, has to be. */
const ALL = [...Object.values(BY_TYPE), 'hashagg', 'parallel_hash'];

function switchOf({ nodeType, raw, parallelAware }: PlanNode): string | undefined {
  if (nodeType === 'Aggregate') return raw.Strategy === 'Hashed' ? 'hashagg' : undefined;
  if (nodeType === 'Hash' && parallelAware) return 'parallel_hash';
  return BY_TYPE[nodeType];
}

const used = (nodes: readonly PlanNode[]): ReadonlySet<string> =>
  new Set(nodes.map(switchOf).filter(name => name !== undefined));

/** Names of settings for what a plan does nowhere, in a fixed order. @param major Some came later. */
function absentMethods(nodes: readonly PlanNode[], major: number): readonly string[] {
  const there = used(nodes);
  const known = new Set(settingsOf(major).map(({ name }) => name));
  return ALL.filter(name => !there.has(name))
    .map(name => `enable_${name}`)
    .filter(name => known.has(name));
}

/** The most workers that any Gather of it plans; 0 without one. */
function mostWorkers(nodes: readonly PlanNode[]): number {
  return Math.max(0, ...nodes.filter(isGather).map(({ workersPlanned }) => workersPlanned ?? 0));
}

/**
 * Settings to lead the planner by, the gentlest first: production's world made smaller; then without what production's plan
 * does nowhere; then with more willing workers; and each of them with other weights between pages, rows and calls. Pure.
 */

/** Factors on the weights of the cost model. Sorts are cheaper on a sample, by the logarithm: hence calls. */
const WEIGHTS: readonly Readonly<Record<string, number>>[] = [
  {},
  { random_page_cost: 1.5 },
  { random_page_cost: 0.7 },
  { cpu_operator_cost: 1.3 },
  { cpu_operator_cost: 0.75 },
  { random_page_cost: 3 },
  { random_page_cost: 0.4 },
  { cpu_operator_cost: 2 },
  { cpu_operator_cost: 0.4 },
  { cpu_index_tuple_cost: 3 },
  { cpu_index_tuple_cost: 0.3 },
  { cpu_tuple_cost: 3 },
  { cpu_tuple_cost: 0.3 },
  { parallel_tuple_cost: 0.1 },
  { parallel_tuple_cost: 10 },
  { effective_cache_size: 8 },
  { random_page_cost: 8 },
  { random_page_cost: 3, cpu_operator_cost: 2 },
  { random_page_cost: 0.4, cpu_operator_cost: 2 },
  { random_page_cost: 3, cpu_operator_cost: 0.4 },
  { random_page_cost: 0.4, cpu_operator_cost: 0.4 },
  // What does not grow (groups, a small table) weighs less in production, where a hundredth of the cost is next to nothing.
  { seq_page_cost: 10, random_page_cost: 10 },
];

/**
 * @param base scaledSettings().
 * @param shown What SHOW says of a setting on this server.
 */
export function attempts(
  target: Plan,
  base: readonly SettingChoice[],
  shown: (name: string) => string | undefined,
  major: number,
): readonly (readonly SettingChoice[])[] {
  const nodes = flattenPlan(target);
  const workers = mostWorkers(nodes);
  const start = [...base, { name: 'max_parallel_workers_per_gather', value: String(workers) }];
  const without = absentMethods(nodes, major).map(name => ({ name, value: 'off' }));
  const willing =
    workers === 0
      ? []
      : ['parallel_setup_cost', 'min_parallel_table_scan_size', 'min_parallel_index_scan_size'].map(name => ({
          name,
          value: '0',
        }));
  const steps = [[], without, ...(willing.length === 0 ? [] : [[...without, ...willing]])];
  return steps.flatMap(step =>
    WEIGHTS.map(weights => lastOfEach([...start, ...step, ...weighted(weights, base, shown)])),
  );
}

function weighted(
  weights: Readonly<Record<string, number>>,
  base: readonly SettingChoice[],
  shown: (name: string) => string | undefined,
): readonly SettingChoice[] {
  return Object.entries(weights).map(([name, factor]) => {
    const value = base.find(one => one.name === name)?.value ?? shown(name) ?? '1';
    const [, amount = '1', unit = ''] = /^([\d.]+)([kMGT]B)?$/.exec(value) ?? [];
    return { name, value: short(Number(amount) * factor) + unit };
  });
}

/** A session on one size of the database, and what has to be known of it before anything is rehearsed there. */

export interface Stage {
  readonly session: ExplorerSession;
  readonly size: Size;
  readonly server: Server;
  /** Proposal → why it could not be built here. */
  readonly lacking: ReadonlyMap<string, string>;
}

export interface Server {
  readonly major: number;
  /** Setting → what SHOW says. */
  readonly settings: ReadonlyMap<string, string>;
  readonly sharedBufferBytes: number;
  /** Plans that cost more are compiled; undefined where the server compiles none. */
  readonly jitAboveCost: number | undefined;
}

/** @returns undefined when the session ended. */
export async function serverOf(session: ExplorerSession, signal?: AbortSignal): Promise<Server | undefined> {
  const answer = await session.background(
    {
      kind: 'read',
      statements: [
        READ_SETTINGS,
        `SELECT current_setting('server_version_num')::int / 10000 AS major,
           pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')) AS buffers`,
      ],
    },
    signal,
  );
  if (answer.kind !== 'read') return undefined;
  const [rows = [], facts = []] = answer.answers;
  const settings = new Map(rows.map(row => [String(row.name), String(row.value)]));
  const jit = rows.find(row => row.name === 'jit');
  const aboveCost = Number(settings.get('jit_above_cost') ?? -1);
  return {
    major: Number(facts[0]?.major),
    settings,
    sharedBufferBytes: Number(facts[0]?.buffers),
    jitAboveCost: jit?.value === 'on' && jit.useless !== true && aboveCost >= 0 ? aboveCost : undefined,
  };
}

/** How many times the rows that a plan reads are those of this size. */
export function factorTo({ size }: Pick<Stage, 'size'>, { plan }: Pick<Aim, 'plan'>, there: Size): number {
  const nodes = flattenPlan(plan);
  return sizeOf(nodes, there) / sizeOf(nodes, size);
}

/** Runs production's plan at this size, in a world as much smaller. @returns undefined when the session ended. */
export async function rehearseAt(
  stage: Stage,
  aim: Aim,
  there: { readonly size: Size; readonly workMemBytes: number },
  limitMs: number,
  signal?: AbortSignal,
): Promise<Rehearsed | undefined> {
  const { session, size, server, lacking } = stage;
  const shown = (name: string) => server.settings.get(name);
  const factor = Math.max(1, factorTo(stage, aim, there.size));
  const base = scaledSettings(factor, there.workMemBytes, shown);
  const choices = attempts(aim.plan, base, shown, server.major);
  const rehearsed = await rehearse(session, aim, { size, choices, limitMs, signal });
  const [missing] = [...lacking].filter(([id]) => aim.proposals.includes(id));
  if (rehearsed?.kind !== 'unknown' || missing === undefined) return rehearsed;
  return { kind: 'unknown', why: `${rehearsed.why}; ${missing[0]} is not built there: ${missing[1]}` };
}
