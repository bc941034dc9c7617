/** Planner settings on a real server: set for one probe only. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectTrusted as connect } from '../../src/database/link.ts';
import type { ExplorerSession, SettingChoice } from '../../src/session/events.ts';
import { SessionNames } from '../../src/session/names.ts';
import { openSession } from '../../src/session/opening.ts';
import type { SessionOptions } from '../../src/session/options.ts';
import { preamble, probe } from '../../src/session/probe.ts';
import { structureOf } from '../../src/session/runFingerprint.ts';
import { setStatements } from '../../src/session/settingFacts.ts';
import { WorkTransaction } from '../../src/session/transaction.ts';
import { settingsOf } from '../../src/workload/plannerSettings.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { type Recorder, record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

const SORTED = 'SELECT id, note FROM notes ORDER BY note';
const SMALL: SettingChoice = { name: 'work_mem', value: '64kB' };

let database: TestDatabase;
let workload: Workload;
beforeAll(async () => {
  database = await testDatabase('settings', [
    "CREATE TABLE notes AS SELECT g AS id, md5(g::text) AS note, repeat('x', 20) FROM generate_series(1, 20000) g",
    'VACUUM (FREEZE, ANALYZE) notes',
  ]);
  workload = await makeWorkload({ queries: { sorted: SORTED }, proposals: {} });
});
afterAll(() => database.drop());

async function opened(
  options: Partial<SessionOptions> = {},
): Promise<{ session: ExplorerSession; seen: Recorder }> {
  const session = await openSession({
    settings: database.settings,
    workload,
    eager: false,
    now: Date.now,
    budget: { runs: 1, totalMs: 1 },
    ...options,
  });
  onTestFinished(() => session.close());
  return { session, seen: record(session) };
}

/** Sets the desired state, and waits for everything. */
async function settled(
  session: ExplorerSession,
  seen: Recorder,
  revision: number,
  settings: readonly SettingChoice[],
): Promise<number> {
  const from = seen.events.length;
  session.setDesired({ revision, proposals: [], settings, queryId: 'sorted' });
  await seen.idle(from);
  return from;
}

describe('a probe with settings', () => {
  it('leaves nothing of them, whether it succeeds or fails', async () => {
    const work = await WorkTransaction.open(database.settings);
    onTestFinished(() => work.link.end());
    const now = async () =>
      (
        await work.link.query(
          "SELECT current_setting('work_mem') AS memory, current_setting('random_page_cost') AS cost, current_setting('jit') AS jit",
        )
      )[0];
    const before = await now();
    const choices = [SMALL, { name: 'random_page_cost', value: '77' }, { name: 'jit', value: 'off' }];
    const names = new SessionNames('t');
    const look = (sql: string, all = choices) =>
      probe(work, names, sql, 'estimate', { switchings: [{ set: all }] });
    const plan = await look(SORTED);
    expect(plan.settings).toMatchObject({ work_mem: '64kB', random_page_cost: '77' });
    expect(await now()).toEqual(before);
    await expect(look('SELECT 1/0 FROM notes WHERE nothing')).rejects.toThrow(/nothing/);
    expect(await now()).toEqual(before);
    await expect(look(SORTED, [...choices, { name: 'work_mem', value: 'lots' }])).rejects.toThrow(/work_mem/);
    expect(await now()).toEqual(before);
    const without = await probe(work, names, SORTED, 'estimate');
    expect(without.settings.random_page_cost).not.toBe('77');
  });

  it('sends without any what it always sent', () => {
    expect(preamble(['HIDE'], 5)).toEqual([
      'HIDE',
      'SET LOCAL transaction_read_only = on',
      'SET LOCAL statement_timeout = 5',
    ]);
  });

  it('touches no other session', async () => {
    const other = await connect(database.settings, 'other');
    onTestFinished(() => other.end());
    const [before] = await other.query('SHOW work_mem');
    const { session, seen } = await opened();
    let during: unknown;
    session.subscribe(event => {
      if (event.type === 'measurement:running') during ??= other.query('SHOW work_mem');
    });
    await settled(session, seen, 1, [SMALL]);
    expect((await (during as Promise<readonly unknown[]>))[0]).toEqual(before);
    expect(await other.query('SHOW work_mem')).toEqual([before]);
  });
});

describe('a session with settings', () => {
  it('does not reuse the run time of a sort that spills with less work_mem', async () => {
    const { session, seen } = await opened();
    await settled(session, seen, 1, []);
    await settled(session, seen, 2, [SMALL]);
    const [own, small, ...more] = seen.ofType('measurement:finished');
    expect(more).toEqual([]);
    const method = (one: typeof own) => one?.measurement.tree?.root.raw['Sort Space Type'];
    expect([method(own), method(small)]).toEqual(['Memory', 'Disk']);
    expect(structureOf(small?.fingerprint ?? '')).toBe(own?.fingerprint);
    const from = await settled(session, seen, 3, [{ name: 'random_page_cost', value: '77' }]);
    expect(seen.ofType('measurement:finished', from)).toEqual([]);
    const weighed = seen.ofType('plan:estimated', from).find(({ configuration }) => configuration !== '');
    expect(weighed?.plan.settings).toMatchObject({ random_page_cost: '77' });
    expect(await settled(session, seen, 4, [])).toBeGreaterThan(from);
    expect(seen.ofType('plan:estimated').at(-1)?.plan.settings.random_page_cost).not.toBe('77');
  });

  it('knows all settings of the table that its server has', async () => {
    const { session, seen } = await opened();
    session.readSettings();
    await seen.until(({ type }) => type === 'settings:read', 0);
    const read = seen.ofType('settings:read')[0]?.settings ?? [];
    const [row] = await database.link.query("SELECT current_setting('server_version_num')::int AS number");
    const major = Math.floor(Number(row?.number) / 10_000);
    expect(read.map(({ name }) => name)).toEqual(settingsOf(major).map(({ name }) => name));
    for (const { name, delivered } of read) {
      const [shown] = await database.link.query('SELECT set_config($1, $2, true) AS value', [
        name,
        delivered,
      ]);
      expect(`${name} ${shown?.value}`).toBe(`${name} ${delivered}`);
    }
    // Each step is spelled as the server spells it: equal to what it is, it is no change.
    for (const { name, steps } of settingsOf(major))
      for (const step of steps) {
        const [shown] = await database.link.query('SELECT set_config($1, $2, true) AS value', [name, step]);
        expect(`${name} ${shown?.value}`).toBe(`${name} ${step}`);
      }
  });

  it('takes some for the whole session, the baseline as well', async () => {
    const { session, seen } = await opened({ planner: [SMALL] });
    await settled(session, seen, 1, []);
    expect(seen.ofType('plan:estimated')).toMatchObject([
      { configuration: '', plan: { settings: { work_mem: '64kB' } } },
    ]);
    expect(seen.ofType('measurement:finished')[0]?.measurement.tree?.root.raw['Sort Space Type']).toBe(
      'Disk',
    );
    session.readSettings();
    await seen.until(({ type }) => type === 'settings:read', 0);
    expect(seen.ofType('settings:read')[0]?.settings?.[0]).toMatchObject({ value: '64kB', source: '--set' });
  });

  it.each([
    ['planner', { name: 'work_mem', value: 'lots' }, /--set work_mem=lots is refused: invalid value/],
    ['intended', { name: 'work_mem', value: '1kB' }, /--set work_mem=1kB is refused: 1 kB is outside/],
    ['intended', { name: 'fsync', value: 'off' }, /--set fsync=off is refused: fsync is not one/],
    ['planner', { name: 'role', value: 'postgres' }, /role is not one/],
  ] as const)('tells when it opens that a value is refused (%s)', async (as, choice, message) => {
    await expect(opened({ [as]: [choice] })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
    });
  });
});

describe('what is never sent', () => {
  it.each([
    { name: 'log_statement', value: 'all' },
    { name: 'work_mem = 1; SET fsync', value: 'off' },
    { name: 'WORK_MEM', value: '4MB' },
    { name: '__proto__', value: '4MB' },
    { name: 'jit', value: '' },
    { name: 'jit', value: 'off\0' },
    { name: 'jit', value: 'off\n' },
    { name: 'jit', value: 'x'.repeat(41) },
  ])('$name = $value', choice => {
    expect(() => setStatements([choice])).toThrow();
  });

  it('is a value that ends its literal: the server reads all of it as one value', async () => {
    const value = "4MB'; SET fsync = off; --";
    expect(setStatements([{ name: 'work_mem', value }])).toEqual([
      `SET LOCAL work_mem = '4MB''; SET fsync = off; --'`,
    ]);
    const { session, seen } = await opened();
    session.trySetting({ name: 'work_mem', value });
    session.trySetting({ name: 'work_mem', value: "\\' OR" });
    await seen.until(event => event.type === 'setting:refused' && event.value.startsWith('\\'), 0);
    expect(seen.ofType('setting:refused').map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/invalid value for parameter "work_mem": "4MB'; SET fsync/),
      expect.stringMatching(/invalid value for parameter "work_mem"/),
    ]);
  });
});
