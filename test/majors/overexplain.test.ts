/** pg_overexplain of PostgreSQL 18: what it prints is kept apart, from TEXT as from JSON. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPlans } from '../../src/plan/input/read.ts';
import { parsePlan } from '../../src/plan/parse.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { programsOf } from '../helpers/majors.ts';
import { type OwnServer, startOwnServer } from '../helpers/ownServer.ts';

const TABLES = [
  'CREATE TABLE herbs (id int, name text, genus text) PARTITION BY LIST (genus)',
  `CREATE TABLE mints PARTITION OF herbs FOR VALUES IN ('mint')`,
  `CREATE TABLE sages PARTITION OF herbs FOR VALUES IN ('sage')`,
  'CREATE INDEX ON herbs (id)',
  `LOAD 'pg_overexplain'`,
];
const QUERIES = [
  'SELECT genus, array_agg(name ORDER BY name) FROM herbs h WHERE id > (SELECT 3) GROUP BY genus',
  `INSERT INTO herbs VALUES (1, 'a', 'mint'), (2, 'b', 'sage')`,
  'SELECT * FROM herbs h, (VALUES (1)) x (y), generate_series(1, 2) g WHERE h.id = x.y AND EXISTS (SELECT FROM mints m WHERE m.id = g)',
  'SELECT * FROM herbs a LEFT JOIN (SELECT id, count(*) FROM sages GROUP BY id) b USING (id)',
];

let server: OwnServer;
let database: TestDatabase;
beforeAll(async () => {
  server = await startOwnServer({ programs: await programsOf(18) });
  database = await testDatabase('overexplain', TABLES, server);
}, 300_000);
afterAll(async () => {
  await database?.drop();
  await server?.stop();
});

async function explained(options: string, query: string): Promise<Plan> {
  const { link } = database;
  await link.query('BEGIN');
  const lines = (await link.query(`EXPLAIN (${options}) ${query}`)).map(row => row['QUERY PLAN']);
  await link.query('ROLLBACK');
  return parsePlan(
    readPlans(typeof lines[0] === 'string' ? lines.join('\n') : JSON.stringify(lines[0]), '-')[0],
  );
}

/** Sections that JSON alone prints where there is nothing in them. */
const said = (details: readonly { readonly key: string; readonly value: string }[]) =>
  details.filter(({ value }) => value !== 'none').map(({ key, value }) => `${key}: ${value}`);

describe.each([
  'DEBUG, RANGE_TABLE',
  'RANGE_TABLE, VERBOSE, SETTINGS, COSTS OFF',
  'DEBUG, ANALYZE, BUFFERS OFF',
])('%s', options => {
  it.each(QUERIES)('%s', async query => {
    const text = await explained(`${options}, FORMAT TEXT`, query);
    const json = await explained(`${options}, FORMAT JSON`, query);
    const plain = await explained('COSTS', query);
    expect(said(text.statement.other)).toEqual(said(json.statement.other));
    const keys = (plan: Plan) =>
      flattenPlan(plan).map(({ raw }) => [
        raw['Plan Node ID'],
        raw['Scan RTI'],
        raw['Parallel Safe'],
        raw['Disabled Nodes'],
      ]);
    expect(keys(text)).toEqual(keys(json));
    expect([text.fingerprint, json.fingerprint]).toEqual([plain.fingerprint, plain.fingerprint]);
    if (options.includes('RANGE_TABLE')) {
      const entries = text.statement.other.filter(({ key }) => key.startsWith('Range Table '));
      expect(entries.length).toBeGreaterThan(1);
      entries.forEach(({ value }, i) => {
        expect(value).toMatch(new RegExp(`^RTI: ${i + 1}, Kind: `));
      });
    }
  });
});
