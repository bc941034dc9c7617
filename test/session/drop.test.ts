/** Existing indexes as proposals to drop, on a real server, hidden in either way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteOn } from '../../src/advisor/existing.ts';
import { existingIndexes } from '../../src/database/indexes.ts';
import type { BuildContext } from '../../src/session/builders/builder.ts';
import { DROPS as BUILDER } from '../../src/session/builders/drop.ts';
import { IN_POSTGRESQL } from '../../src/session/engines/engine.ts';
import type { ExplorerSession } from '../../src/session/events.ts';
import type { Hiding } from '../../src/session/hide.ts';
import { openSession } from '../../src/session/opening.ts';
import type { Proposal } from '../../src/workload/workload.ts';
import { catalogOf, type TestDatabase, testDatabase } from '../helpers/database.ts';
import { type Recorder, record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('drop', [
    'CREATE TABLE orders AS SELECT g AS id, g % 500 AS customer, g % 97 AS amount FROM generate_series(1, 20000) g',
    'ALTER TABLE orders ADD CONSTRAINT orders_pk PRIMARY KEY (id)',
    'CREATE INDEX old_customer ON orders (customer)',
    'CREATE INDEX "Twice Customer" ON orders (customer)',
    'CREATE INDEX old_amount ON orders (amount)',
    'CREATE UNIQUE INDEX once ON orders (id, amount)',
    'CREATE TABLE parts (id int) PARTITION BY RANGE (id)',
    'CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10000)',
    'INSERT INTO parts SELECT generate_series(0, 9999)',
    'CREATE INDEX parts_id ON parts (id)',
    'VACUUM (FREEZE, ANALYZE) orders, parts',
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'old_amount'::regclass",
  ]);
});
afterAll(() => database.drop());

const DROPS = {
  customer: 'DROP INDEX old_customer, public."Twice Customer"',
  part: 'DROP INDEX parts_id',
  pk: 'DROP INDEX orders_pk',
  child: 'DROP INDEX parts_1_id_idx',
  gone: 'DROP INDEX nowhere',
};

for (const hiding of ['catalog', 'drop'] as const) {
  describe(`an existing index, hidden by ${hiding}`, () => {
    const open = async (): Promise<{ session: ExplorerSession; recorder: Recorder }> => {
      const workload = await makeWorkload({
        queries: {
          one: 'SELECT amount FROM orders WHERE customer = 7',
          two: 'SELECT id FROM parts WHERE id = 7',
        },
        proposals: { ...DROPS, wide: 'CREATE INDEX wide ON orders (customer) INCLUDE (amount)' },
      });
      const session = await openSession({
        settings: database.settings,
        workload,
        eager: false,
        hiding,
        now: Date.now,
        budget: { runs: 1, totalMs: 1 },
      });
      return { session, recorder: record(session) };
    };

    it('is there in the baseline, gone where it is switched off, and there again afterwards', async () => {
      const before = await catalogOf(database.link);
      const { session, recorder } = await open();
      let revision = 0;
      const uses = async (...proposals: string[]) => {
        const from = recorder.events.length;
        revision++;
        session.setDesired({ revision, proposals, queryId: 'one' });
        await recorder.idle(from);
        const desired = [...proposals].sort().join(' ');
        const plans = recorder
          .ofType('plan:estimated', from)
          .filter(({ configuration, missing }) => configuration === desired && missing.length === 0);
        return Object.fromEntries(
          plans.map(({ queryId, plan }) => [
            queryId,
            JSON.stringify(plan.root).match(/"index":"([^"]*)"/)?.[1],
          ]),
        );
      };
      try {
        const asItIs = await uses();
        expect(['old_customer', 'Twice Customer']).toContain(asItIs.one);
        expect(asItIs.two).toBe('parts_1_id_idx');
        expect(await uses('customer', 'part')).toEqual({ one: undefined, two: undefined });
        expect(await uses('customer', 'wide')).toMatchObject({ one: 'wide', two: 'parts_1_id_idx' });
        expect((await uses()).one).toBe(asItIs.one);
        expect(recorder.ofType('plan:failed')).toEqual([]);
      } finally {
        await session.close();
      }
      expect(await catalogOf(database.link)).toBe(before);
    });

    it('is looked up unasked: its size, or why it cannot go', async () => {
      const { session, recorder } = await open();
      try {
        session.setDesired({ revision: 1, proposals: [], queryId: 'one' });
        await recorder.idle(0);
        const found = recorder.ofType('build:finished');
        expect(found.map(({ proposalId }) => proposalId)).toEqual(['customer', 'part', 'gone']);
        expect(found[0]?.built.objects).toMatchObject([
          { kind: 'index', name: 'old_customer', table: 'orders', rows: 20000 },
          { kind: 'index', name: 'Twice Customer', table: 'orders', rows: 20000 },
        ]);
        for (const { built } of found.slice(0, 2)) expect(built.bytes).toBeGreaterThan(8192);
        expect(recorder.ofType('build:failed').map(({ proposalId, reason }) => [proposalId, reason])).toEqual(
          [
            ['pk', '"orders_pk" cannot be dropped: the primary key orders_pk depends on it'],
            ['child', '"parts_1_id_idx" cannot be dropped: it is a part of the index parts_id'],
          ],
        );
      } finally {
        await session.close();
      }
    });
  });
}

it('says who may switch an index off, where it must be dropped for that', async () => {
  await database.link.query('CREATE ROLE drop_reader LOGIN');
  await database.link.query('GRANT SELECT ON orders TO drop_reader');
  try {
    const workload = await makeWorkload({
      queries: { one: 'SELECT amount FROM orders WHERE customer = 7' },
      proposals: { customer: 'DROP INDEX old_customer' },
    });
    await database.link.query('SET ROLE drop_reader');
    const lookUp = (hiding: Hiding) =>
      BUILDER.build(
        { ...IN_POSTGRESQL, link: database.link, hiding, now: Date.now } as BuildContext,
        workload.proposals[0] as Proposal,
      );
    await expect(lookUp('drop')).rejects.toThrow(
      'only the owner of "old_customer" or a superuser can switch it off',
    );
    const found = await lookUp('catalog');
    expect(found.objects).toMatchObject([{ name: 'old_customer' }]);
  } finally {
    await database.link.query('RESET ROLE');
    await database.link.query('DROP OWNED BY drop_reader');
    await database.link.query('DROP ROLE drop_reader');
  }
});

it('points at indexes that are invalid, doubled or never scanned', async () => {
  const indexes = await existingIndexes(database.link);
  const notes = Object.fromEntries(indexes.map(index => [index.name, noteOn(index)]));
  expect(notes).toEqual({
    old_customer: expect.stringMatching(/^never scanned since/),
    'Twice Customer': 'the same as old_customer',
    old_amount: expect.stringMatching(/^invalid: /),
    orders_pk: undefined,
    once: undefined,
  });
  expect(indexes.find(({ name }) => name === 'orders_pk')).toMatchObject({
    table: 'orders',
    constraint: 'orders_pk',
    unique: true,
    valid: true,
  });
});
