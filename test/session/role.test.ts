/** `--role`: queries run as another role, on a real server; proposals are built as the one that connected. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSession } from '../../src/session/opening.ts';
import { preflight } from '../../src/session/preflight/preflight.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

const ROLE = `clerk_${process.pid}`;
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('role', [
    'CREATE TABLE ticket AS SELECT g AS id, g % 400 AS team FROM generate_series(1, 20000) g',
    'ALTER TABLE ticket ENABLE ROW LEVEL SECURITY',
    "CREATE POLICY of_team ON ticket USING (team = current_setting('app.team')::int)",
    'CREATE SCHEMA desk',
    'CREATE TABLE desk.place AS SELECT 1 AS id',
    'CREATE TABLE secret (id int)',
    `CREATE ROLE ${ROLE}`,
    `GRANT USAGE ON SCHEMA desk TO ${ROLE}`,
    `GRANT SELECT ON ticket, desk.place TO ${ROLE}`,
    `ALTER ROLE ${ROLE} SET work_mem = '3MB'`,
    `ALTER ROLE ${ROLE} SET app.team = '1'`,
    `ALTER ROLE ${ROLE} SET statement_timeout = '1ms'`,
    'VACUUM ANALYZE ticket',
  ]);
  const { link, settings } = database;
  const { database: name } = settings;
  await link.query(`ALTER ROLE ${ROLE} IN DATABASE "${name}" SET app.team = '7'`);
  await link.query(`ALTER ROLE ${ROLE} IN DATABASE "${name}" SET search_path = desk, "$user", public`);
});
afterAll(async () => {
  const { link } = database;
  await link.query(`DROP OWNED BY ${ROLE}`);
  await link.query(`DROP ROLE ${ROLE}`);
  await database.drop();
});

const TEXTS = {
  queries: {
    all: 'SELECT count(*) FROM ticket',
    place: 'SELECT id FROM place',
    secret: 'SELECT id FROM secret',
    whom: `SELECT 1 WHERE current_user = '${ROLE}' AND current_setting('work_mem') = '3MB'`,
  },
  proposals: {
    by_team: 'CREATE INDEX by_team ON ticket (team)',
    teams: 'CREATE MATERIALIZED VIEW teams AS SELECT team, count(*) AS n FROM ticket GROUP BY team',
  },
  rewrites: { 'all@teams': 'SELECT sum(n)::bigint FROM teams WHERE team = 7' },
};

async function measured(role: string | undefined) {
  const { settings } = database;
  const workload = await makeWorkload({ ...TEXTS, settings: [] });
  const budget = { runs: 1, totalMs: 1 };
  const session = await openSession({ settings, workload, eager: false, now: Date.now, budget, role });
  const seen = record(session);
  session.setDesired({ revision: 1, proposals: ['by_team', 'teams'], queryId: 'all' });
  await seen.idle(0);
  await session.close();
  const [opened] = seen.ofType('session:opened');
  const rows = (queryId: string) =>
    seen.ofType('measurement:finished').findLast(event => event.queryId === queryId)?.measurement.tree?.root
      .actual?.rows;
  const failed = new Map(seen.ofType('plan:failed').map(({ queryId, reason }) => [queryId, reason]));
  return { seen, opened, rows, failed };
}

it('binds queries to the policies, the path and the settings of the role', async () => {
  const { seen, opened, rows, failed } = await measured(ROLE);
  expect(opened).toMatchObject({
    rowSecurityBypassed: [],
    role: { name: ROLE, missing: ['statement_timeout: the session has its own'] },
  });
  expect(seen.ofType('build:finished').map(({ proposalId }) => proposalId)).toEqual(['by_team', 'teams']);
  expect(Object.fromEntries(failed)).toEqual({ secret: 'permission denied for table secret' });
  expect(rows('whom')).toBe(1);
  expect(rows('place')).toBe(1);
  expect(JSON.stringify(seen.ofType('plan:estimated'))).toContain('by_team');
  expect(seen.ofType('answer:compared')).toMatchObject([{ answer: { verdict: 'same' } }]);
});

it('without it says whose row security is bypassed, before and after', async () => {
  const { opened, rows, failed } = await measured(undefined);
  expect(opened).toMatchObject({ role: undefined, rowSecurityBypassed: ['ticket'] });
  expect(rows('whom')).toBe(0);
  expect([...failed.keys()]).toEqual(['place']);
  const workload = await makeWorkload({ ...TEXTS, settings: [] });
  const ahead = await preflight(database.settings, workload);
  expect(ahead.rowSecurityBypassed).toEqual(['ticket']);
  const asClerk = await preflight(database.settings, workload, undefined, ROLE);
  expect(asClerk.rowSecurityBypassed).toEqual([]);
  expect(asClerk.brokenQueries).toEqual([
    { queryId: 'secret', reason: 'permission denied for table secret' },
  ]);
});

it('refuses a role that is not there', async () => {
  const workload = await makeWorkload({ ...TEXTS, settings: [] });
  const { settings } = database;
  const opening = openSession({
    settings,
    workload,
    eager: false,
    now: Date.now,
    role: 'nobody_of_that_name',
  });
  await expect(opening).rejects.toMatchObject({
    code: 'usage',
    message: '--role nobody_of_that_name is refused: there is no such role',
  });
});

it('says why an index is not used as that role: its path, and its row security', async () => {
  const workload = await makeWorkload({
    queries: {
      place: 'SELECT * FROM place WHERE id + 1 = 2',
      ticket: "SELECT * FROM ticket WHERE team::text LIKE '39%'",
    },
    proposals: {
      place_id: 'CREATE INDEX place_id ON desk.place (id)',
      team_text: 'CREATE INDEX team_text ON ticket ((team::text) text_pattern_ops)',
    },
    settings: [],
  });
  const why = async (role: string | undefined) => {
    const { settings } = database;
    const session = await openSession({ settings, workload, eager: false, now: Date.now, role });
    const reasons = [];
    for (const [queryId, proposalId] of [
      ['place', 'place_id'],
      ['ticket', 'team_text'],
    ] as const) {
      await session.background({ kind: 'build', proposalId });
      const answer = await session.background({
        kind: 'whyUnused',
        queryId,
        proposalId,
        proposals: [proposalId],
      });
      reasons.push(answer.kind === 'explained' ? [answer.unused?.reason, answer.unused?.text] : answer.kind);
    }
    await session.close();
    return reasons;
  };
  expect(await why(ROLE)).toEqual([
    ['expression-differs', 'the index holds id, the query compares id + 1'],
    ['no-clause', 'row security: only leakproof operators may use an index'],
  ]);
  // Without the role there is no table `place` on the path, and no policy.
  expect(await why(undefined)).toEqual(['failed', [undefined, undefined]]);
});
