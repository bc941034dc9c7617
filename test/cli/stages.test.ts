import { expect, it } from 'vitest';
import { PgoptError } from '../../src/base/errors.ts';
import type { Io } from '../../src/cli/io.ts';
import { openStages, type Place } from '../../src/cli/stages.ts';
import { openSession } from '../../src/session/opening.ts';
import { EMBEDDED_TIMEOUTS } from '../../src/session/options.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { makeWorkload } from '../helpers/workload.ts';

const SETUP = [
  'CREATE TABLE items (id int PRIMARY KEY, shop int)',
  'INSERT INTO items SELECT i, i % 10 FROM generate_series(1, 100) i',
  'ANALYZE items',
];

const sessionsOn = async ({ link }: TestDatabase): Promise<number> => {
  const rows = await link.query(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pgopt-explore%'`,
  );
  return rows.length;
};

it('closes what it has opened, the last first, when one size cannot be had', async () => {
  const workload = await makeWorkload({
    queries: { '01-count': 'SELECT count(*) FROM items' },
    proposals: {},
  });
  const database = await testDatabase('stages', SETUP);
  const closed: string[] = [];
  const here = (label: string): Place => ({
    label,
    open: async () => ({
      settings: database.settings,
      // Its session is gone by now, those before are not.
      release: async () => void closed.push(`${label}: ${await sessionsOn(database)} left`),
    }),
  });
  const gone: Place = {
    label: 'gone',
    open: () => Promise.reject(new PgoptError('connection-refused', 'no server there')),
  };
  const largest = await openSession({ settings: database.settings, workload, eager: false, now: Date.now });
  const each = await sessionsOn(database);
  const steps = { startup: () => {}, session: () => {}, survey: () => {}, step: () => {}, done: () => {} };
  const { signal } = new AbortController();
  const options = { workload, timeouts: EMBEDDED_TIMEOUTS, progress: steps, signal, label: 'all', build: [] };
  try {
    const opening = openStages(largest, { ...options, smaller: [here('a'), here('b'), gone] }, {} as Io);
    await expect(opening).rejects.toThrow('no server there');
    expect(closed).toEqual([`b: ${each * 2} left`, `a: ${each} left`]);
  } finally {
    await largest.close();
    await database.drop();
  }
});
