import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFolder } from '../../src/cli/packageFile.ts';
import type { DemoShop } from '../../src/database/demo/demo.ts';
import { ensureDemoShop } from '../../src/database/demo/shop.ts';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { openProduction, type Production } from '../../src/production/productionLens.ts';
import { type ExplorerSession, eventsOf } from '../../src/session/events.ts';
import { openSession } from '../../src/session/opening.ts';
import { loadWorkload } from '../../src/workload/load.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { testServer } from '../helpers/server.ts';

/** A sample, and the same shop with six times the rows, really there: what the lens says of it can be held against it. */
const SAMPLE = 0.001;
const LARGE = 0.006;

let workload: Workload;
let ids: readonly string[];
let sample: ExplorerSession;
let large: ExplorerSession;
let shop: DemoShop;
let production: Production;

async function sessionAt(scale: number): Promise<ExplorerSession> {
  const server = await testServer();
  shop = await ensureDemoShop({
    settings: server.settings,
    scale,
    schemaFolder: join(packageFolder(), 'schema'),
    dataDirectory: server.dataDirectory,
  });
  const session = await openSession({
    settings: shop.settings,
    workload,
    eager: false,
    estimatesOnly: true,
    now: Date.now,
  });
  for (const proposalId of ids) await session.background({ kind: 'build', proposalId });
  return session;
}

beforeAll(async () => {
  const files = await loadWorkload(packageFolder(), '/');
  ids = files.proposals.map(({ id }) => id);
  workload = files;
  sample = await sessionAt(SAMPLE);
  large = await sessionAt(LARGE);
  // The larger shop is production here.
  const link = await connect(shop.settings, 'test');
  const counted = await link.query(
    `SELECT relname AS name, reltuples::float8 AS rows FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  );
  await link.end();
  const rows = Object.fromEntries(counted.map(({ name, rows }) => [String(name), Number(rows)]));
  const productionRows = { ...rows, customer_lifetime_stats: rows.customers ?? 0 };
  workload = { ...files, budgets: { ...files.budgets, productionRows } };
  production = await openProduction(sample, await testServer(), { workload, now: Date.now });
});
afterAll(async () => {
  await production.session.close();
  await sample.close();
  await large.close();
});

async function fingerprintOf(
  session: ExplorerSession,
  queryId: string,
  on: readonly string[],
): Promise<string> {
  const answer = await session.background({ kind: 'estimate', queryId, proposals: on });
  return answer.kind === 'estimated' ? answer.plan.fingerprint : JSON.stringify(answer);
}

describe('the lens of a sample', () => {
  it('plans as the database that really has the rows', async () => {
    const configurations = [
      [],
      ...ids.map(id => [id]),
      ...ids.map(id => ids.filter(other => other !== id)),
      [...ids],
    ];
    const cells = configurations.flatMap(on => workload.queries.map(({ id }) => ({ id, on })));
    let same = 0;
    let sampleSame = 0;
    for (const { id, on } of cells) {
      const real = await fingerprintOf(large, id, on);
      if ((await fingerprintOf(production.session, id, on)) === real) same++;
      if ((await fingerprintOf(sample, id, on)) === real) sampleSame++;
    }
    expect(cells.length).toBe(72);
    // A few hang on what ANALYZE happens to draw: how many rows the last 30 days have, where two plans cost the same.
    expect(same).toBeGreaterThanOrEqual(66);
    expect(same).toBeGreaterThan(sampleSame);
  });

  it('has the sizes of the database that really has the rows', async () => {
    const bytesOf = async (session: ExplorerSession) => {
      const answers = await Promise.all(
        ids.map(proposalId => session.background({ kind: 'build', proposalId })),
      );
      return new Map(
        answers.flatMap(answer =>
          answer.kind === 'built'
            ? answer.built.objects.map(({ name, bytes }) => [name, bytes] as const)
            : [],
        ),
      );
    };
    const [lens, real] = [await bytesOf(production.session), await bytesOf(large)];
    expect(lens.size).toBe(6);
    const off = [...lens].map(([name, bytes]) => ({
      name,
      off: Math.abs(bytes / (real.get(name) ?? 0) - 1),
    }));
    // Five in a hundred; of the small ones a page or two are more than that.
    expect(off.filter(({ name, off }) => !(off < 0.05) && (real.get(name) ?? 0) > 1_000_000)).toEqual([]);
  });

  it('tells its listener what is in it', () => {
    const events = eventsOf(production.session);
    expect(events.map(({ type }) => type)).toEqual(['session:opened', ...ids.map(() => 'build:finished')]);
    expect(events[1]).toMatchObject({ built: { projected: true } });
  });

  it('runs nothing', async () => {
    const [query] = workload.queries;
    const answer = await production.session.background({
      kind: 'run',
      queryId: query?.id ?? '',
      proposals: [],
      rewrite: undefined,
      look: 'run',
      limitMs: 1000,
    });
    expect(answer).toMatchObject({ kind: 'failed', reason: 'a lens has no rows: nothing can be run in it' });
  });

  it('leaves the session as it was, and says what it took for granted', () => {
    expect(production.growths.map(({ column }) => column)).toContain('public.orders.customer_id');
    expect(production.hidden).toEqual([]);
    expect(production.factors.get('public.orders')).toBeCloseTo(6, 5);
  });
});
