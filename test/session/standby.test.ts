/** What still works on a standby: plans and run times as it is now; it says so at once. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { connectTrusted as connect, type Link } from '../../src/database/link.ts';
import { readLens } from '../../src/lens/read/read.ts';
import { warningsOf } from '../../src/report/preflight.ts';
import { openSession } from '../../src/session/opening.ts';
import { preflight } from '../../src/session/preflight/preflight.ts';
import { requirePostgres } from '../../src/session/preflight/server.ts';
import { programsOf } from '../helpers/majors.ts';
import { type OwnServer, startOwnServer } from '../helpers/ownServer.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let standby: OwnServer;
beforeAll(async () => {
  standby = await startOwnServer({
    programs: await programsOf(15),
    asPrimary: ['CREATE TABLE t AS SELECT generate_series(1, 1000) AS a', 'ANALYZE t'],
  });
});
afterAll(() => standby.stop());

const workload = () =>
  makeWorkload({ queries: { q: 'SELECT count(*) FROM t' }, proposals: { i: 'CREATE INDEX i ON t (a)' } });

it('the preflight says that nothing can be built', async () => {
  const found = await preflight(standby.settings, await workload());
  expect(found.server).toMatchObject({ standby: true });
  expect(warningsOf(found)[0]).toBe(
    'the server is a standby: nothing can be built on it; only plans and run times of the database as it is are available; the extension hypopg would allow estimates of indexes',
  );
});

it('a lens is read', async () => {
  const link = await connect(standby.settings, 'test');
  onTestFinished(() => link.end());
  expect((await readLens(link)).tables).toMatchObject([{ name: 't', rows: 1000, pages: 5 }]);
});

it('the baseline is planned and measured, a build fails with the reason', async () => {
  const session = await openSession({
    settings: standby.settings,
    workload: await workload(),
    eager: false,
    now: Date.now,
  });
  onTestFinished(() => session.close());
  const seen = record(session);
  session.setDesired({ revision: 1, proposals: ['i'], queryId: 'q' });
  await seen.idle(0);
  expect(seen.ofType('session:opened')).toMatchObject([{ cannotBuild: expect.stringMatching(/standby/) }]);
  expect(seen.ofType('build:failed')).toMatchObject([
    {
      reason:
        'the server is a standby: nothing can be built on it (the extension hypopg would allow an estimate)',
    },
  ]);
  expect(seen.ofType('plan:estimated').map(({ plan }) => plan.root.nodeType)).toContain('Aggregate');
  const [measured] = seen.ofType('measurement:finished');
  expect(measured?.measurement.medianMs).toBeGreaterThan(0);
});

/** No such server can be had here: only what it answers is. */
it('a server whose DDL is not part of the transaction is refused before anything is built', async () => {
  const link = (text: string): Link => ({ query: async () => [{ text, extensions: [] }] }) as unknown as Link;
  await expect(requirePostgres(link('PostgreSQL 11.2-YB-2.20.1.0-b0'))).rejects.toMatchObject({
    code: 'server-unsupported',
    message: expect.stringMatching(/^the server is YugabyteDB: .*an index would stay/),
  });
  await expect(requirePostgres(link('PostgreSQL 15.18 on x86_64'))).resolves.toBeUndefined();
});
