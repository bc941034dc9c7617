/** Rows and bytes of partitioned tables: each partition counts once, wherever something is counted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectBytes } from '../../src/advisor/projection.ts';
import { tableFacts } from '../../src/database/catalog.ts';
import { foreignKeysWithoutIndex } from '../../src/init/foreignKeys.ts';
import { idleIndexes } from '../../src/init/proposalFile.ts';
import { warningsOf } from '../../src/report/preflight.ts';
import { openSession } from '../../src/session/opening.ts';
import { preflight } from '../../src/session/preflight/preflight.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { programsOf } from '../helpers/majors.ts';
import { type OwnServer, startOwnServer } from '../helpers/ownServer.ts';
import { makeWorkload } from '../helpers/workload.ts';

const ROWS = 24_000;
const SCHEMA = [
  'CREATE SCHEMA archive',
  'CREATE TABLE station (id int PRIMARY KEY)',
  'INSERT INTO station SELECT g FROM generate_series(0, 99) g',
  'CREATE TABLE reading (year int, month int, station int REFERENCES station, level int) PARTITION BY LIST (year)',
  'CREATE TABLE reading_2024 PARTITION OF reading FOR VALUES IN (2024) PARTITION BY LIST (month)',
  'CREATE TABLE reading_2024_1 PARTITION OF reading_2024 FOR VALUES IN (1)',
  'CREATE TABLE reading_2024_2 PARTITION OF reading_2024 FOR VALUES IN (2)',
  'CREATE TABLE archive.reading_2023 PARTITION OF reading FOR VALUES IN (2023)',
  `INSERT INTO reading SELECT 2023 + (g % 4 > 0)::int, 1 + g % 2, g % 100, g FROM generate_series(1, ${ROWS}) g`,
  // Heirs have rows of their own, which are not the parent's.
  'CREATE TABLE note (id int)',
  'CREATE TABLE late_note () INHERITS (note)',
  'INSERT INTO note SELECT g FROM generate_series(1, 3000) g',
  'INSERT INTO late_note SELECT g FROM generate_series(1, 5000) g',
  'CREATE INDEX reading_level ON reading (level)',
  'CREATE INDEX reading_level_too ON reading (level)',
  'ANALYZE',
];
const PROPOSALS = {
  by_station: 'CREATE INDEX by_station ON reading (station)',
  of_year: 'CREATE INDEX of_year ON reading_2024 (station)',
  of_month: 'CREATE INDEX of_month ON reading_2024_2 (station)',
  of_archive: 'CREATE INDEX of_archive ON archive.reading_2023 (station)',
  of_notes: 'CREATE INDEX of_notes ON note (id)',
  less: 'DROP INDEX reading_level',
};
const HERE = {
  by_station: ROWS,
  of_year: (ROWS * 3) / 4,
  of_month: ROWS / 2,
  of_archive: ROWS / 4,
  of_notes: 3000,
  less: ROWS,
};

describe.each([13, 15, 18])('PostgreSQL %i', major => {
  let server: OwnServer;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await startOwnServer({ programs: await programsOf(major) });
    database = await testDatabase('partitions', SCHEMA, server);
  }, 300_000);
  afterAll(async () => {
    await database?.drop();
    await server?.stop();
  });
  const workload = () =>
    makeWorkload({
      queries: {
        all: 'SELECT sum(level) FROM reading WHERE station = 7',
        one: 'SELECT sum(level) FROM reading_2024_2 WHERE station = 7',
        other: 'SELECT sum(level) FROM archive.reading_2023 WHERE station = 7',
      },
      proposals: PROPOSALS,
    });

  it('has tables with the rows and the pages of their partitions', async () => {
    const facts = new Map((await tableFacts(database.link)).map(fact => [fact.name, fact]));
    const rows = (name: string) => facts.get(name)?.rows;
    const bytes = (name: string) => facts.get(name)?.bytes ?? Number.NaN;
    expect([...facts.values()].filter(fact => fact.bytes < 0 || fact.counted !== true)).toEqual([]);
    expect(
      ['reading', 'reading_2024', 'reading_2024_2', 'reading_2023', 'note', 'late_note'].map(rows),
    ).toEqual([ROWS, (ROWS * 3) / 4, ROWS / 2, ROWS / 4, 3000, 5000]);
    expect(bytes('reading_2024_1')).toBeGreaterThan(8192);
    expect(bytes('reading_2024')).toBe(bytes('reading_2024_1') + bytes('reading_2024_2'));
    expect(bytes('reading')).toBe(bytes('reading_2024') + bytes('reading_2023'));
  });

  it('projects indexes by the rows that they have', async () => {
    const session = await openSession({
      settings: database.settings,
      workload: await workload(),
      eager: false,
      now: Date.now,
    });
    try {
      for (const [proposalId, here] of Object.entries(HERE)) {
        const answer = await session.background({ kind: 'build', proposalId });
        const { objects, bytes } =
          answer.kind === 'built' ? answer.built : expect.fail(JSON.stringify(answer));
        expect(objects.map(({ rows }) => rows)).toEqual([here]);
        const [{ table = '' } = {}] = objects;
        expect(projectBytes(objects, { [table]: here })?.bytes).toBe(bytes);
        const facts = await tableFacts(database.link);
        if (table !== 'note')
          expect(projectBytes(objects, { reading: ROWS * 10 }, facts)?.bytes).toBe(bytes * 10);
      }
    } finally {
      await session.close();
    }
  });

  it('finds partitions that are named, and counts for the table that they are parts of', async () => {
    const found = await preflight(database.settings, await workload());
    expect(found.brokenQueries).toEqual([]);
    expect(found.tables).toMatchObject([
      { name: 'reading', rows: ROWS, everAnalyzed: true },
      { name: 'note', rows: 3000 },
    ]);
    expect(found.proposals.map(({ problem }) => problem)).toEqual(found.proposals.map(() => undefined));
    const takes = (id: string) => found.proposals.find(one => one.id === id)?.bytes ?? Number.NaN;
    expect(takes('of_year') / takes('by_station')).toBeCloseTo(3 / 4);
    expect(takes('of_month') / takes('by_station')).toBeCloseTo(1 / 2);
    expect(takes('of_archive') / takes('by_station')).toBeCloseTo(1 / 4);
    // The collector of 13 may not have heard of the ANALYZE yet.
    expect(warningsOf(found).filter(text => !text.includes('are stale'))).toEqual([]);
  });

  it('begins a workload with their real sizes', async () => {
    expect(await foreignKeysWithoutIndex(database.link, new Map())).toMatchObject([
      { table: 'reading', rows: ROWS },
    ]);
    const idle = await idleIndexes(database.link, new Map());
    const first = idle.find(({ why }) => why === 'duplicate');
    expect(first).toMatchObject({ name: 'reading_level_too', why: 'duplicate' });
    const [size] = await database.link.query(
      "SELECT sum(pg_relation_size(relid))::float8 AS bytes FROM pg_partition_tree('reading_level_too')",
    );
    expect(first?.bytes).toBe(size?.bytes);
  });
});
