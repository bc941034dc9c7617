/** Indexes that the transaction which built them may not use: nothing is judged by what the planner does without them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTrusted as connect, type Link } from '../../src/database/link.ts';
import { checkDocument } from '../../src/report/document.ts';
import { failuresOf } from '../../src/report/failures.ts';
import { collect, NO_RESULTS } from '../../src/report/results.ts';
import { openSession } from '../../src/session/opening.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { programsOf } from '../helpers/majors.ts';
import { type OwnServer, startOwnServer } from '../helpers/ownServer.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

const SCHEMA = [
  'CREATE TABLE seat (id int PRIMARY KEY, hall int, taken int) WITH (fillfactor = 50)',
  'INSERT INTO seat SELECT g, g % 500, 0 FROM generate_series(1, 20000) g',
  'CREATE TABLE play (id int, hall int)',
  'INSERT INTO play SELECT g, g % 500 FROM generate_series(1, 20000) g',
  'CREATE TABLE sale (id int, hall int, paid int) PARTITION BY RANGE (id)',
  'CREATE TABLE sale_1 PARTITION OF sale FOR VALUES FROM (0) TO (10000) WITH (fillfactor = 50)',
  'CREATE TABLE sale_2 PARTITION OF sale FOR VALUES FROM (10000) TO (20001) WITH (fillfactor = 50)',
  'INSERT INTO sale SELECT g, g % 500, 0 FROM generate_series(1, 20000) g',
  'VACUUM ANALYZE seat, play, sale',
];
const TEXTS = {
  queries: {
    seats: 'SELECT id FROM seat WHERE hall = 7',
    plays: 'SELECT id FROM play WHERE hall = 7',
    sales: 'SELECT id FROM sale WHERE hall = 7',
    old_sales: 'SELECT id FROM sale WHERE hall = 7 AND id < 10000',
    taken: 'SELECT id FROM seat WHERE taken = 7',
  },
  proposals: {
    seat_hall: 'CREATE INDEX seat_hall ON seat (hall)',
    play_hall: 'CREATE INDEX play_hall ON play (hall)',
    sale_hall: 'CREATE INDEX sale_hall ON sale (hall)',
  },
};

describe.each([13, 15, 18])('PostgreSQL %i', major => {
  let server: OwnServer;
  let database: TestDatabase;
  let older: Link;
  beforeAll(async () => {
    server = await startOwnServer({ programs: await programsOf(major) });
    database = await testDatabase('unusable', SCHEMA, server);
    older = await connect(database.settings, 'the older one');
    await older.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    // With a number: an index that is made meanwhile is that young for every later session.
    await older.query('SELECT txid_current(), count(*) FROM play');
    // Rows that are updated in place, while that snapshot sees them as they were.
    await database.link.query('UPDATE seat SET taken = 1 WHERE id % 100 = 0');
    await database.link.query('UPDATE sale SET paid = 1 WHERE id > 10000 AND id % 100 = 0');
    await database.link.query('CREATE INDEX seat_taken ON seat (taken, id)');
  }, 300_000);
  afterAll(async () => {
    await older?.end();
    await database?.drop();
    await server?.stop();
  });

  async function checked(proposals: Readonly<Record<string, string>>, on: readonly string[]) {
    const workload = await makeWorkload({
      ...TEXTS,
      proposals,
      budgets: { largeTableRows: 1000, queryTargetMs: 60_000 },
    });
    const session = await openSession({
      settings: database.settings,
      workload,
      eager: true,
      now: Date.now,
      budget: { runs: 1, totalMs: 1 },
    });
    const seen = record(session);
    session.setDesired({ revision: 1, proposals: on, queryId: 'seats' });
    await seen.idle();
    await session.close();
    const document = checkDocument(
      workload,
      seen.events.reduce(collect, NO_RESULTS),
      on,
      { label: '', embedded: false, scale: undefined, loadedOn: undefined },
      { program: '', at: '' },
    );
    const of = (id: string) => document.queries.find(query => query.id === id) ?? expect.fail();
    const proposal = (id: string) => document.proposals.find(one => one.id === id) ?? expect.fail();
    return { document, of, proposal };
  }

  it('judges no query that reads a table whose new index may not be used', async () => {
    const { document, of, proposal } = await checked(TEXTS.proposals, Object.keys(TEXTS.proposals));
    expect(proposal('seat_hall')).toMatchObject({
      state: 'built',
      usedBy: [],
      unusable: expect.stringMatching(
        /^PostgreSQL may not use seat_hall .* end the older transactions \(process \d+/,
      ),
    });
    expect(proposal('play_hall')).toMatchObject({ usedBy: ['plays'], unusable: null });
    expect(proposal('sale_hall')).toMatchObject({ usedBy: [], unusable: expect.any(String) });
    for (const [id, name] of [
      ['seats', 'seat_hall'],
      ['sales', 'sale_hall'],
    ] as const) {
      expect(of(id)).toMatchObject({
        change: 'unknown',
        factor: null,
        samePlan: false,
        before: { medianMs: expect.any(Number), unknown: null },
        after: { how: 'unknown', medianMs: null, meetsTarget: null, unknown: expect.stringContaining(name) },
      });
    }
    expect(of('plays').after).toMatchObject({ medianMs: expect.any(Number), unknown: null });
    // It reads the partition alone that nothing was changed in.
    expect(of('old_sales').after.unknown).toBeNull();
    expect(of('old_sales').after.uses).toContain('sale_1');
    const [seats, plays, sales, oldSales] = document.requirements.map(({ after }) => after);
    expect(seats).toMatchObject({
      state: 'not measured',
      text: expect.stringContaining('may not use seat_hall'),
    });
    expect(sales).toMatchObject({
      state: 'not measured',
      text: expect.stringContaining('may not use sale_hall'),
    });
    expect([plays?.state, oldSales?.state]).toEqual(['pass', 'pass']);
    expect(document.requirements.find(({ title }) => title.startsWith('No Seq Scan'))).toMatchObject({
      before: { state: 'fail' },
      after: { state: 'not measured' },
    });
    expect(failuresOf(document)).toEqual([
      expect.stringMatching(/^proposal seat_hall: its effect is unknown: PostgreSQL may not use/),
      expect.stringMatching(/^proposal sale_hall: its effect is unknown: PostgreSQL may not use/),
    ]);
  });

  it('judges no query by an index to drop that may not be used here', async () => {
    const { document, of, proposal } = await checked({ less: 'DROP INDEX seat_taken' }, ['less']);
    expect(proposal('less')).toMatchObject({ usedBy: [], unusable: expect.stringContaining('seat_taken') });
    expect(of('taken')).toMatchObject({
      change: 'unknown',
      before: { how: 'unknown' },
      after: { medianMs: expect.any(Number), unknown: null },
    });
    expect(failuresOf(document)).toContainEqual(
      expect.stringContaining('proposal less: its effect is unknown'),
    );
  });
});
