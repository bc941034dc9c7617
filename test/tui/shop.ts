/**
 * The case study as the explorer meets it: the real workload files, plans that a PostgreSQL 15 gave for the demo shop
 * at scale 0.01 (test/fixtures/explorer/shop.json), and run times chosen so that every kind of answer occurs.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parsePlan } from '../../src/plan/parse.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { usedNames } from '../../src/plan/uses.ts';
import type { BuiltObject, BuiltProposal, Measurement, SessionEvent } from '../../src/session/events.ts';
import { structureOf } from '../../src/session/runFingerprint.ts';
import { loadWorkload } from '../../src/workload/load.ts';
import type { Workload } from '../../src/workload/workload.ts';
import type { Script } from '../helpers/fakeSession.ts';

interface Fixture {
  readonly objects: readonly { relname: string; relkind: string; bytes: string; on: string | null }[];
  readonly tables: readonly { relname: string; reltuples: number; bytes: string }[];
  readonly plans: Readonly<Record<string, { readonly baseline: unknown; readonly all: unknown }>>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/explorer/shop.json', import.meta.url), 'utf8'),
) as Fixture;

/** 2026-01-05 10:00:00 UTC: the moment the scripted transaction began. */
export const OPENED_AT = Date.UTC(2026, 0, 5, 10, 0, 0);

const RUN_FIELDS =
  /^(Actual |Execution Time|Rows Removed|Workers|Heap Fetches|Shared |Temp |Peak Memory|Sort Method|Sort Space|Hash B|HashAgg|Disk Usage|Exact Heap|Lossy Heap|Original Hash|Cache (Hits|Misses|Evictions|Overflows)|Triggers)/;

/** The same plan as EXPLAIN without ANALYZE gives it. */
function unrun(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(unrun);
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json).filter(([key]) => !RUN_FIELDS.test(key) || key === 'Workers Planned');
  return Object.fromEntries(entries.map(([key, value]) => [key, unrun(value)]));
}

const BUILD_MS: Readonly<Record<string, number>> = {
  customer_lifetime_stats: 257,
  idx_inventory_product: 1.2,
  idx_order_items_product: 1140,
  idx_orders_customer_status: 206,
  idx_orders_date_status_amount: 114,
};

/** Median ms before and after. Query 2 is stopped before; query 4 is a regression. */
const RUNS: readonly (readonly [number | 'timeout', number])[] = [
  [1240, 21.4],
  ['timeout', 323],
  [66, 40],
  [112, 205],
  [2210, 7.1],
  [418, 307],
];

function measurementOf(median: number | 'timeout', tree: Plan): Measurement {
  if (median === 'timeout')
    return { runsMs: [], medianMs: undefined, timedOutAfterMs: 30_000, tree: undefined };
  const runsMs = [0.97, 1, 1.04, 0.99, 1.02].map(factor => median * factor);
  return { runsMs, medianMs: median, timedOutAfterMs: undefined, tree };
}

function builtProposal(workload: Workload, id: string): BuiltProposal {
  const proposal = workload.proposals.find(candidate => candidate.id === id);
  const created = proposal?.statements.flatMap(({ creates }) => creates ?? []) ?? [];
  const objects = created.map((name): BuiltObject => {
    const object = fixture.objects.find(({ relname }) => relname === name);
    const table = object?.on ?? name;
    const rows = fixture.tables.find(({ relname }) => relname === table)?.reltuples ?? 20_000;
    const kind = object?.relkind === 'm' ? 'materialized view' : 'index';
    return { kind, name, table, bytes: Number(object?.bytes ?? 0), rows, usable: true };
  });
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  return { buildMs: BUILD_MS[id] ?? 1, bytes, objects };
}

export interface Shop {
  readonly workload: Workload;
  readonly script: Script;
}

/** @param now Epoch ms; what `measurement:running` is stamped with. */
export async function shop(now: () => number = () => OPENED_AT): Promise<Shop> {
  const loaded = await loadWorkload(root, root);
  const workload: Workload = { ...loaded, folder: 'shop' };
  const sides = workload.queries.map((query, index) => {
    const plans = fixture.plans[query.id];
    const runs = RUNS[index];
    if (plans === undefined || runs === undefined) throw new Error(`no fixture for ${query.id}`);
    const trees = { baseline: parsePlan(plans.baseline), all: parsePlan(plans.all) };
    const read = usedNames(trees.all);
    const needs = workload.proposals.filter(({ statements }) =>
      statements.some(({ creates }) => creates !== undefined && read.has(creates)),
    );
    return {
      query,
      estimated: { baseline: parsePlan(unrun(plans.baseline)), all: parsePlan(unrun(plans.all)) },
      measured: new Map([
        [trees.baseline.fingerprint, measurementOf(runs[0], trees.baseline)],
        [trees.all.fingerprint, measurementOf(runs[1], trees.all)],
      ]),
      needs: needs.map(({ id }) => id),
    };
  });
  const sideOf = (queryId: string) => {
    const side = sides.find(({ query }) => query.id === queryId);
    if (side === undefined) throw new Error(`no query ${queryId}`);
    return side;
  };
  const opened: Extract<SessionEvent, { type: 'session:opened' }> = {
    type: 'session:opened',
    serverVersion: '15.18',
    database: 'shop',
    user: 'postgres',
    hiding: 'catalog',
    openedAt: OPENED_AT,
    indexes: [],
    tables: fixture.tables.map(({ relname, reltuples, bytes }) => ({
      name: relname,
      rows: reltuples,
      bytes: Number(bytes),
      allVisible: 1,
    })),
  };
  const script: Script = {
    workload,
    opened,
    eager: true,
    now,
    plan: (queryId, effective) => {
      const { estimated, needs, query } = sideOf(queryId);
      // As good as a planner without its best method.
      if (effective.includes('enable_bitmapscan|off')) return { plan: estimated.baseline };
      const rewrite = query.rewrites.find(({ needs }) => needs.every(id => effective.includes(id)))?.id;
      if (!needs.every(id => effective.includes(id))) return { plan: estimated.baseline };
      return { plan: estimated.all, ...(rewrite === undefined ? {} : { rewrite }) };
    },
    measurement: (queryId, fingerprint) => {
      const measurement = sideOf(queryId).measured.get(structureOf(fingerprint));
      if (measurement === undefined) throw new Error(`no run times for ${queryId}`);
      return measurement;
    },
    build: id => builtProposal(workload, id),
  };
  return { workload, script };
}
