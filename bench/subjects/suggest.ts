/** The search for suggestions: what it asks, what the set saves, and whether trying every set would choose another one. */

import type { ConnectionSettings } from '../../src/database/connectionSettings.ts';
import { openProduction } from '../../src/production/productionLens.ts';
import { openSession } from '../../src/session/opening.ts';
import type { Choice, Limits, QueryOptions } from '../../src/suggestion/choice.ts';
import { isUnmet } from '../../src/suggestion/proposalSets.ts';
import { suggest } from '../../src/suggestion/suggest.ts';
import type { Suggested } from '../../src/suggestion/suggested.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { onGenerated } from '../generated.ts';
import type { Stage } from '../stage.ts';
import type { Comparison } from '../table.ts';

export async function suggesting(stage: Stage): Promise<Comparison[]> {
  return [
    await compare(`suggest, demo ×${stage.scale}`, stage, stage.shop, stage.workload),
    await onGenerated(stage, (settings, workload) =>
      compare('suggest, generated', stage, settings, workload),
    ),
  ];
}

interface Chosen {
  readonly queries: readonly QueryOptions[];
  readonly limits: Limits;
  readonly choice: Choice;
}

async function compare(
  title: string,
  { embedded }: Stage,
  settings: ConnectionSettings,
  workload: Workload,
): Promise<Comparison> {
  const chosen: Chosen[] = [];
  const signal = new AbortController().signal;
  const startedAt = performance.now();
  const found = await suggest({
    workload,
    open: one => openSession({ settings, workload: one, eager: false, now: Date.now }),
    production: (session, one, { until, shares }) =>
      openProduction(session, embedded, { workload: one, shares, signal: until, now: Date.now }),
    budgetMs: 3_600_000,
    now: () => performance.now(),
    signal,
    onStep: () => undefined,
    onChoice: (queries, limits, choice) => chosen.push({ queries, limits, choice }),
  });
  const ms = performance.now() - startedAt;
  const sum = (of: 'beforeMs' | 'afterMs') =>
    found.queries.reduce(
      (total, { query, [of]: one }) => total + one * (workload.callsADay[query.id] ?? 1),
      0,
    );
  return {
    title,
    ours: { name: 'suggest', ms: [ms] },
    against: { name: 'each query once, as it is', ms: [onceMs(found)] },
    notes: [
      `${found.effort.explains} EXPLAINs, ${found.effort.executions} executions, ${found.effort.builds} builds; ${found.recommended.length} proposals, ${found.queries.filter(({ meets }) => meets).length} of ${found.queries.length} targets met at production size`,
      `time of the workload at production size, worked out: ${(sum('afterMs') / sum('beforeMs')).toFixed(4)} of the baseline's`,
      ...chosen.slice(-1).map(against),
    ],
  };
}

/** What each query took here without proposals, ms. */
const onceMs = ({ queries }: Suggested): number =>
  queries.reduce((total, { verdict }) => total + ('beforeMs' in verdict ? verdict.beforeMs : 0), 0);

/** Up to so many proposals every set of them is tried. */
const MOST = 20;

/** @throws Error where a set meets more targets, or as many with fewer plans that no run has shown, or as many of both with fewer views. */
function against({ queries, limits, choice }: Chosen): string {
  const all = [...new Set(queries.flatMap(({ options }) => options.flatMap(({ needs }) => needs)))];
  if (all.length > MOST) return `${all.length} proposals: too many to try every set`;
  const ours = scoreOf(queries, limits, new Set(choice.proposals));
  for (let mask = 0; mask < 2 ** all.length; mask++) {
    const set = new Set(all.filter((_, at) => Math.floor(mask / 2 ** at) % 2 === 1));
    const score = scoreOf(queries, limits, set);
    const at = score.findIndex((value, index) => value !== ours[index]);
    if (at >= 0 && (score[at] ?? 0) < (ours[at] ?? 0))
      throw new Error(
        `trying every set chooses ${[...set].join(' ')}, suggest ${choice.proposals.join(' ')}`,
      );
  }
  return `trying all ${(2 ** all.length).toLocaleString('en-US')} sets of ${all.length} proposals finds none that is better in targets, then in plans that were run, then in queries that read views`;
}

/** Bytes over the budget, targets missed, plans that may be no faster, plans without a run, queries that read a view. */
function scoreOf(
  queries: readonly QueryOptions[],
  { bytesOf, budgetBytes }: Limits,
  set: ReadonlySet<string>,
): readonly number[] {
  const taken = queries.map(query => {
    const possible = query.options.filter(({ needs }) => needs.every(id => set.has(id)));
    return { query, option: possible.reduce((best, one) => (one.cost < best.cost ? one : best)) };
  });
  return [
    Math.max(0, [...set].reduce((sum, id) => sum + bytesOf(id), 0) - budgetBytes),
    taken.filter(({ query, option }) => isUnmet(query, option)).length,
    taken.filter(({ option }) => option.risky).length,
    taken.filter(({ option }) => option.unproven).length,
    taken.filter(({ option }) => option.stale).length,
  ];
}
