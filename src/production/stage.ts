/** A session at one size of the database, which rehearses production's plans. */
import { flattenPlan } from '../plan/tree.ts';
import type { ExplorerSession } from '../session/events.ts';
import { READ_SETTINGS } from '../session/settingFacts.ts';
import { attempts, scaledSettings } from './attempts.ts';
import { sizeOf } from './quantities.ts';
import type { Aim, Rehearsed, Size } from './rehearsal.ts';
import { rehearse } from './rehearse.ts';

export interface Stage {
  readonly session: ExplorerSession;
  readonly size: Size;
  readonly server: Server;
  /** Proposal → reason why it could not be built here. */
  readonly lacking: ReadonlyMap<string, string>;
}

interface Server {
  readonly major: number;
  /** Setting → what SHOW prints. */
  readonly settings: ReadonlyMap<string, string>;
  readonly sharedBufferBytes: number;
  /** undefined if the server has no JIT. */
  readonly jitAboveCost: number | undefined;
}

/** @returns undefined if the session ended. */
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

/** Ratio of the plan's largest table between `there` and this size. */
export function factorTo(
  { size }: Pick<Stage, 'size'>,
  { plan }: Pick<Aim, 'plan'>,
  production: Size,
): number {
  const nodes = flattenPlan(plan);
  return sizeOf(nodes, production) / sizeOf(nodes, size);
}

/** Runs production's plan at this size with scaled settings. @returns undefined if the session ended. */
export async function rehearseAt(
  stage: Stage,
  aim: Aim,
  production: { readonly size: Size; readonly workMemBytes: number },
  limitMs: number,
  signal?: AbortSignal,
): Promise<Rehearsed | undefined> {
  const { session, size, server, lacking } = stage;
  const shown = (name: string) => server.settings.get(name);
  const factor = Math.max(1, factorTo(stage, aim, production.size));
  const base = scaledSettings(factor, production.workMemBytes, shown);
  const choices = attempts(aim.plan, base, shown, server.major);
  const rehearsed = await rehearse(session, aim, { size, choices, limitMs, signal });
  const [missing] = [...lacking].filter(([id]) => aim.proposals.includes(id));
  if (rehearsed?.kind !== 'unknown' || missing === undefined) return rehearsed;
  return { kind: 'unknown', why: `${rehearsed.why}; ${missing[0]} is not built there: ${missing[1]}` };
}
