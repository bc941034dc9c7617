/** Proposals of every kind on a real server: built, hidden when off, sized, and read by a plan that only they make possible. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExplorerSession } from '../../src/session/events.ts';
import { openSession } from '../../src/session/opening.ts';
import { catalogOf, type TestDatabase, testDatabase } from '../helpers/database.ts';
import { type Recorder, record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('kinds', [
    `CREATE TABLE things AS
       SELECT g AS id, 'name ' || g AS name, g % 500 AS customer, g AS serial, ARRAY[g % 1000, g % 777] AS tags,
              jsonb_build_object('k', g % 999) AS doc, point(g % 100, g / 100) AS spot, md5(g::text) AS token,
              int4range(g, g + 5) AS span, g % 100 AS a, (g % 100) / 10 AS b, g % 2 = 0 AND g % 3 = 0 AS flag
       FROM generate_series(1, 60000) g`,
    'VACUUM (FREEZE, ANALYZE) things',
  ]);
});
afterAll(() => database.drop());

/** proposal → its DDL, a query, and the index that its plan reads. */
const INDEXES: Readonly<Record<string, readonly [string, string, string]>> = {
  expression: [
    'CREATE INDEX expression ON things (upper(name))',
    "SELECT id FROM things WHERE upper(name) = 'NAME 7'",
    'expression',
  ],
  partial: [
    'CREATE INDEX partial_i ON things (id) WHERE flag',
    'SELECT id FROM things WHERE flag AND id < 50',
    'partial_i',
  ],
  gin_array: [
    'CREATE INDEX gin_array ON things USING gin (tags)',
    'SELECT id FROM things WHERE tags @> ARRAY[7, 8]',
    'gin_array',
  ],
  gin_json: [
    'CREATE INDEX gin_json ON things USING gin (doc jsonb_path_ops)',
    `SELECT id FROM things WHERE doc @> '{"k": 7}'`,
    'gin_json',
  ],
  gist_point: [
    'CREATE INDEX gist_point ON things USING gist (spot)',
    "SELECT id FROM things WHERE spot <@ box '((1,1),(2,2))'",
    'gist_point',
  ],
  spgist: [
    'CREATE INDEX spgist ON things USING spgist (span)',
    'SELECT id FROM things WHERE span @> 77',
    'spgist',
  ],
  brin: [
    'CREATE INDEX brin ON things USING brin (serial) WITH (pages_per_range = 4)',
    'SELECT sum(id) FROM things WHERE serial BETWEEN 100 AND 300',
    'brin',
  ],
  hash: [
    'CREATE INDEX hash ON things USING hash (token)',
    "SELECT id FROM things WHERE token = md5('7')",
    'hash',
  ],
  covering: [
    'CREATE INDEX covering ON things (customer) INCLUDE (a)',
    'SELECT a FROM things WHERE customer = 7',
    'covering',
  ],
  unique: [
    'CREATE UNIQUE INDEX uniq ON things (id DESC NULLS LAST)',
    'SELECT name FROM things WHERE id = 7',
    'uniq',
  ],
  several: [
    'CREATE INDEX first ON things (b, a, id);\nCREATE INDEX ON things (name text_pattern_ops);\nANALYZE things',
    "SELECT id FROM things WHERE name LIKE 'name 777%'",
    'several_2',
  ],
};

const STATISTICS: Readonly<Record<string, string>> = {
  dependencies: 'CREATE STATISTICS d (dependencies) ON a, b FROM things',
  mcv: 'CREATE STATISTICS m (mcv) ON a, b FROM public.things; ANALYZE things',
  ndistinct: 'CREATE STATISTICS n (ndistinct) ON a, b FROM things',
  expressions: 'CREATE STATISTICS e ON (a / 10) FROM things',
};

const QUERIES = {
  dependencies: 'SELECT * FROM things WHERE a = 55 AND b = 5',
  mcv: 'SELECT * FROM things WHERE a = 55 AND b = 5',
  ndistinct: 'SELECT a, b, count(*) FROM things GROUP BY a, b',
  expressions: 'SELECT a / 10, count(*) FROM things GROUP BY 1',
};

describe.each(['catalog', 'drop'] as const)('hiding by %s', hiding => {
  const explore = async <T>(
    queries: Readonly<Record<string, string>>,
    proposals: Readonly<Record<string, string>>,
    look: (session: ExplorerSession, recorder: Recorder) => Promise<T>,
  ): Promise<T> => {
    const before = await catalogOf(database.link);
    const workload = await makeWorkload({ queries, proposals });
    const options = { settings: database.settings, workload, eager: false, hiding, now: Date.now };
    const session = await openSession({ ...options, estimatesOnly: true });
    try {
      return await look(session, record(session));
    } finally {
      await session.close();
      expect(await catalogOf(database.link)).toBe(before);
    }
  };

  it('indexes of all access methods are read while they are on, and by no plan while they are off', async () => {
    const ids = Object.keys(INDEXES);
    const column = (at: 0 | 1) => Object.fromEntries(ids.map(id => [id, INDEXES[id]?.[at] ?? '']));
    await explore(column(1), column(0), async (session, recorder) => {
      session.setDesired({ revision: 1, proposals: ids, queryId: ids[0] ?? '' });
      await recorder.idle(0);
      expect(recorder.ofType('build:failed')).toEqual([]);
      expect(recorder.ofType('plan:failed')).toEqual([]);
      for (const { proposalId, built } of recorder.ofType('build:finished')) {
        expect(built.objects.length, proposalId).toBe(proposalId === 'several' ? 2 : 1);
        for (const object of built.objects) {
          expect(object, proposalId).toMatchObject({ kind: 'index', table: 'things', rows: 60000 });
          expect(object.bytes, proposalId).toBeGreaterThan(0);
        }
      }
      const used = (configuration: string) =>
        Object.fromEntries(
          recorder
            .ofType('plan:estimated')
            .filter(event => event.configuration === configuration && event.missing.length === 0)
            .map(({ queryId, plan }) => [queryId, JSON.stringify(plan.root).match(/"index":"([^"]*)"/)?.[1]]),
        );
      const all = [...ids].sort().join(' ');
      expect(used(all)).toEqual(Object.fromEntries(ids.map(id => [id, INDEXES[id]?.[2]])));
      expect(used('')).toEqual(Object.fromEntries(ids.map(id => [id, undefined])));
    });
  });

  it('extended statistics change estimates while they are on, analyzed with the proposal', async () => {
    const rows = await explore(QUERIES, STATISTICS, async (session, recorder) => {
      let revision = 0;
      const estimates: Record<string, readonly (number | undefined)[]> = {};
      for (const id of Object.keys(STATISTICS)) {
        const from = recorder.events.length;
        revision++;
        session.setDesired({ revision, proposals: [id], queryId: id });
        await recorder.idle(from);
        const of = (configuration: string) =>
          recorder
            .ofType('plan:estimated', from)
            .findLast(
              event =>
                event.configuration === configuration && event.queryId === id && event.missing.length === 0,
            )?.plan.root.planRows;
        estimates[id] = [of(''), of(id)];
      }
      expect(recorder.ofType('build:failed')).toEqual([]);
      const [first] = recorder.ofType('build:finished');
      expect(first?.built.objects).toMatchObject([{ kind: 'statistics', name: 'd', table: 'things' }]);
      return estimates;
    });
    // a decides b: 600 rows really, a tenth of that where the columns are taken for independent.
    for (const id of ['dependencies', 'mcv']) {
      expect(rows[id]?.[0], id).toBeLessThan(120);
      expect(rows[id]?.[1], id).toBeGreaterThan(400);
    }
    expect(rows.ndistinct).toEqual([1000, 100]);
    // Nothing is known of a / 10 without: as many groups as a has.
    expect(rows.expressions).toEqual([100, 10]);
  });
});
