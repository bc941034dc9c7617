/** What the comments say of locks is what the server takes. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LOCKS } from '../../src/migration/plannedStep.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';

let shop: TestDatabase;
beforeAll(async () => {
  shop = await testDatabase('locks', [
    'CREATE TABLE t (a int, b int)',
    'CREATE TABLE p (a int) PARTITION BY RANGE (a)',
    'CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)',
    'CREATE INDEX p_new ON ONLY p (a)',
    'CREATE INDEX p1_new ON p1 (a)',
    'CREATE INDEX old ON p ((a + 1))',
    'CREATE MATERIALIZED VIEW v AS SELECT * FROM t',
    'CREATE UNIQUE INDEX v_key ON v (a)',
  ]);
});
afterAll(() => shop?.drop());

const strongest = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];

it.each([
  ['CREATE STATISTICS s ON a, b FROM t', 't', LOCKS.statistics],
  ['ANALYZE t', 't', LOCKS.analyze],
  ['CREATE INDEX x ON ONLY p (a)', 'p', LOCKS.onlyParent],
  ['CREATE INDEX x ON p (a)', 'p1', LOCKS.plain],
  ['ALTER INDEX p_new ATTACH PARTITION p1_new', 'p1_new', LOCKS.attach],
  ['CREATE MATERIALIZED VIEW w AS SELECT * FROM t', 't', LOCKS.view],
  ['CREATE INDEX x ON v (b)', 'v', LOCKS.onView],
  ['DROP INDEX old', 'p1', LOCKS.drop],
  ['DROP MATERIALIZED VIEW v', 'v', LOCKS.dropView],
  ['REFRESH MATERIALIZED VIEW v', 'v', ['Lock: ACCESS EXCLUSIVE']],
  ['REFRESH MATERIALIZED VIEW CONCURRENTLY v', 'v', ['Lock: EXCLUSIVE']],
])('%s', async (statement, relation, said) => {
  const { link } = shop;
  const [named] = await link.query(`SELECT to_regclass($1)::oid AS oid`, [relation]);
  await link.query('BEGIN');
  try {
    await link.query(statement);
    const rows = await link.query(
      `SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = $1::oid`,
      [named?.oid],
    );
    const modes = rows.map(({ mode }) => strongest.indexOf(String(mode)));
    const taken = strongest[Math.max(...modes)] ?? 'none';
    const words = taken
      .replace(/Lock$/, '')
      .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
      .toUpperCase();
    expect(said[0]).toMatch(new RegExp(`^Lock: ${words}\\b`));
  } finally {
    await link.query('ROLLBACK');
  }
});
