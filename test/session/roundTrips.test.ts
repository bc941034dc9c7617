/** What a probe costs: one round trip, however many things it switches. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SessionNames } from '../../src/session/names.ts';
import { probe } from '../../src/session/probe.ts';
import { WorkTransaction } from '../../src/session/transaction.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('round_trips', ['CREATE TABLE t (id int)', 'CREATE INDEX t_id ON t (id)']);
});
afterAll(() => database.drop());

it('is one round trip, and hides all indexes in one statement', async () => {
  const work = await WorkTransaction.open(database.settings);
  try {
    const rows = await work.link.query("SELECT 'public.t_id'::regclass::oid::int8 AS oid");
    const index = {
      oids: [Number(rows[0]?.oid)],
      kind: 'index' as const,
      schema: 'public',
      realName: 't_id',
      onView: false,
      plannedAs: ['public.t_id'],
      informs: false,
    };
    const batch = vi.spyOn(work.link, 'batch');
    const restore = ['SELECT 1'];
    await probe(work, new SessionNames('trips'), 'SELECT * FROM t', 'estimate', {
      hiding: 'catalog',
      switchings: [
        { hide: [index], restore },
        { hide: [index], restore },
        { set: [{ name: 'work_mem', value: '1MB' }] },
        { set: [{ name: 'enable_sort', value: 'off' }] },
        {},
      ],
    });
    expect(batch).toHaveBeenCalledTimes(1);
    const sent = (batch.mock.calls[0]?.[0] ?? []).map(sql => (typeof sql === 'string' ? sql : sql.asUser));
    expect(sent.filter(sql => sql.includes('indisvalid'))).toHaveLength(1);
    // Ahead and behind, once each.
    expect(sent.filter(sql => sql === 'SELECT 1')).toHaveLength(2);
  } finally {
    await work.rollback();
    await work.link.end();
  }
});
