/** One engine, on a real server: PGOPT_ENGINE names it, PGOPT_ENGINE_URL leads to it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Interleave } from '../../src/session/measure.ts';
import { openSession } from '../../src/session/opening.ts';
import { record } from '../../test/helpers/recorder.ts';
import { makeWorkload } from '../../test/helpers/workload.ts';
import { describeSessionContract } from '../../test/session/contract.ts';
import { settingsOf } from './settings.ts';
import { SUBJECTS } from './subjects.ts';

const { PGOPT_ENGINE: engine = '', PGOPT_ENGINE_URL: url = '' } = process.env;
const subject = SUBJECTS[engine];
if (subject === undefined) throw new Error(`no engine ${engine}`);
const settings = settingsOf(url);
const client = new pg.Client({ connectionString: url });
const one = async (sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows[0];

beforeAll(async () => {
  await client.connect();
  for (const sql of [...subject.drop, ...subject.make]) await client.query(sql);
});
afterAll(async () => {
  for (const sql of subject.drop) await client.query(sql);
  await client.end();
});

const workloadOf = () =>
  makeWorkload({
    queries: {
      one: 'SELECT amount FROM pgopt_engines.orders WHERE customer = 7',
      two: 'SELECT sum(amount) FROM pgopt_engines.orders',
    },
    proposals: {
      by_customer: 'CREATE INDEX by_customer ON pgopt_engines.orders (customer) INCLUDE (amount)',
      by_note: 'CREATE INDEX by_note ON pgopt_engines.notes (id)',
      total: 'CREATE MATERIALIZED VIEW total AS SELECT sum(amount) AS amount FROM pgopt_engines.orders',
    },
    rewrites: { 'two@total': 'SELECT amount FROM total' },
  });

async function open(interleave?: Interleave) {
  const workload = await workloadOf();
  const session = await openSession({
    settings,
    workload,
    eager: false,
    now: Date.now,
    budget: { runs: 1, totalMs: 1 },
    ...(interleave === undefined ? {} : { interleave }),
  });
  return { session, workload };
}

describeSessionContract(engine, async interleave => ({
  ...(await open(interleave)),
  queryIds: ['one', 'two'],
  helpful: 'by_customer',
  irrelevant: 'by_note',
  steers: { name: 'enable_indexonlyscan', value: 'off' },
  view: { proposal: 'total', queryId: 'two' },
  parts: subject.parts,
}));

it('has exact sizes, the same plans as by hand, and leaves nothing', async () => {
  const { session } = await open();
  const recorder = record(session);
  const desired = async (revision: number, ...proposals: string[]) => {
    const from = recorder.events.length;
    session.setDesired({ revision, proposals, queryId: 'one' });
    await recorder.idle(from);
    return recorder.ofType('plan:estimated', from).findLast(({ queryId }) => queryId === 'one');
  };
  const before = await desired(1);
  await desired(2, 'by_customer');
  const off = await desired(3);
  const built = recorder.ofType('build:finished')[0]?.built;
  const runs = recorder.ofType('measurement:finished').filter(({ queryId }) => queryId === 'one');
  const [opened] = recorder.ofType('session:opened');
  await session.close();
  expect(await one(subject.left)).toMatchObject({ left: expect.anything() });
  expect(Number((await one(subject.left)).left)).toBe(0);
  expect(off?.plan.fingerprint).toBe(before?.plan.fingerprint);
  const table = opened?.tables.find(({ schema, name }) => `${schema}.${name}` === 'pgopt_engines.orders');
  const tableBytes = Number((await one(subject.tableBytes, ['pgopt_engines.orders'])).bytes);
  expect(table).toMatchObject({ rows: 200_000, bytes: tableBytes });
  await client.query('CREATE INDEX by_hand ON pgopt_engines.orders (customer) INCLUDE (amount)');
  const indexBytes = Number((await one(subject.indexBytes, ['pgopt_engines.by_hand'])).bytes);
  await client.query('DROP INDEX pgopt_engines.by_hand');
  expect(built).toMatchObject({ bytes: indexBytes, objects: [{ rows: 200_000 }] });
  const [without, withIt] = runs.map(({ measurement }) => measurement.medianMs);
  console.log(
    `${engine}: orders ${tableBytes} B, by_customer ${indexBytes} B, ${without} → ${withIt} ms, built in ${built?.buildMs} ms`,
  );
});

if (subject.settings !== undefined)
  it('sends what it sets to the workers', async () => {
    const { session } = await open();
    const answer = await session.background({
      kind: 'read',
      statements: ["SET LOCAL work_mem = '77MB'", subject.settings ?? ''],
    });
    await session.close();
    expect(answer.kind === 'read' && answer.answers.at(-1)).toEqual([{ setting: 'on 77MB' }]);
  });

it.each(['build:running', 'build:finished', 'measurement:running'])(
  'leaves nothing on any server after kill -9, at %s',
  async at => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('hold.ts', import.meta.url))],
      {
        env: { ...process.env, PGOPT_ENGINE_URL: url, PGOPT_ENGINE_AT: at },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const held = () =>
      one("SELECT count(*)::int AS held FROM pg_stat_activity WHERE application_name = 'pgopt-explore work'");
    for (let tries = 100; tries > 0 && (await held()).held > 0; tries--) await sleep(100);
    expect((await held()).held).toBe(0);
    expect(Number((await one(subject.left)).left)).toBe(0);
  },
);
