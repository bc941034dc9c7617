/** Advice about indexes to drop, a tight budget and what is in place, from surveys of a real database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adviceOf } from '../../src/advisor/advice/advice.ts';
import { lostUnder } from '../../src/advisor/indexNeeds.ts';
import { maskOf, type Survey } from '../../src/advisor/survey.ts';
import { openedBy } from '../../src/session/events.ts';
import { openSession } from '../../src/session/opening.ts';
import { startSurvey } from '../../src/survey/runSurvey.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('harmless', [
    'CREATE TABLE author (id int PRIMARY KEY)',
    'INSERT INTO author SELECT generate_series(1, 500)',
    `CREATE TABLE book (id int PRIMARY KEY, author int REFERENCES author ON DELETE SET NULL, isbn text, title text,
       shelf int, floor int, CONSTRAINT title_once UNIQUE (title, id))`,
    "INSERT INTO book SELECT g, 1 + g % 500, 'i' || g, md5(g::text), g % 40, g % 40 FROM generate_series(1, 60000) g",
    'CREATE INDEX book_author ON book (author)',
    'CREATE INDEX book_shelf_1 ON book (shelf)',
    'CREATE INDEX book_shelf_2 ON book (shelf)',
    'CREATE UNIQUE INDEX book_isbn ON book (isbn)',
    'CREATE UNIQUE INDEX book_identity ON book (id, shelf) ',
    'ALTER TABLE book ALTER shelf SET NOT NULL, REPLICA IDENTITY USING INDEX book_identity',
    'VACUUM (FREEZE, ANALYZE) author, book',
  ]);
});
afterAll(() => database.drop());

async function survey(
  queries: Readonly<Record<string, string>>,
  proposals: Readonly<Record<string, string>>,
  {
    budgetMs = 60_000,
    rewrites = {},
  }: { budgetMs?: number; rewrites?: Readonly<Record<string, string>> } = {},
): Promise<Survey> {
  const workload = await makeWorkload({ queries, proposals, rewrites });
  const session = await openSession({ settings: database.settings, workload, eager: false, now: Date.now });
  try {
    const tables = openedBy(session)?.tables ?? [];
    const options = { verify: false, budgetMs, plansOnly: false };
    const running = startSurvey(
      session,
      workload,
      tables,
      options,
      () => undefined,
      () => performance.now(),
    );
    return (await running.ended).survey;
  } finally {
    await session.close();
  }
}

const recommended = (found: Survey) => adviceOf(found, [], 0.05).recommended?.proposals;

const COUNT = { all: 'SELECT floor, count(*) FROM book GROUP BY floor' };

describe('indexes to drop', () => {
  it('keeps the last one of a foreign key, a unique one, and one of two copies', async () => {
    const found = await survey(COUNT, {
      author: 'DROP INDEX book_author',
      isbn: 'DROP INDEX book_isbn',
      shelf_1: 'DROP INDEX book_shelf_1',
      shelf_2: 'DROP INDEX book_shelf_2',
    });
    const lost = (...ids: string[]) =>
      lostUnder(found, maskOf(found, ids)).map(({ kind, name }) => [kind, name]);
    expect(lost('author')).toEqual([['foreign key', 'book_author_fkey']]);
    expect(lost('isbn')).toEqual([['unique', 'book_isbn']]);
    expect([lost('shelf_1'), lost('shelf_2')]).toEqual([[], []]);
    expect(lost('shelf_1', 'shelf_2')).toEqual([['copies', 'book_shelf_1']]);
    expect(recommended(found)).toHaveLength(1);
    expect(recommended(found)?.[0]).toMatch(/^shelf_[12]$/);
    const [key] = lostUnder(found, maskOf(found, ['author']));
    expect(key?.foreignKey).toMatchObject({ parent: 'author', onDelete: 'SET NULL', rows: 60_000 });
    const { withIndex = 0, without = 0 } = key?.foreignKey?.lookup ?? {};
    expect(withIndex).toBeGreaterThan(0);
    expect(without).toBeGreaterThan(withIndex * 3);
  });

  it('lets the last one of a foreign key go for another one that begins with its columns', async () => {
    const found = await survey(COUNT, {
      author: 'DROP INDEX book_author',
      wider: 'CREATE INDEX wider ON book (author, floor)',
      elsewhere: 'CREATE INDEX elsewhere ON book (floor, author)',
    });
    const lost = (...ids: string[]) => lostUnder(found, maskOf(found, ids)).length;
    expect([lost('author'), lost('author', 'wider'), lost('author', 'elsewhere')]).toEqual([1, 0, 1]);
  });

  it('refuses those behind a constraint, and a replica identity', async () => {
    const found = await survey(COUNT, {
      key: 'DROP INDEX book_pkey',
      once: 'DROP INDEX title_once',
      identity: 'DROP INDEX book_identity',
    });
    expect(found.leftOut.map(({ id, reason }) => [id, reason])).toEqual([
      ['key', '"book_pkey" cannot be dropped: the primary key book_pkey depends on it'],
      ['once', '"title_once" cannot be dropped: the unique constraint title_once depends on it'],
      ['identity', '"book_identity" cannot be dropped: it is the replica identity of book'],
    ]);
    expect(recommended(found)).toEqual([]);
  });

  it('never drops what a query misses', async () => {
    const found = await survey(
      {
        ...COUNT,
        one: "SELECT id FROM book WHERE isbn = 'i4711'",
        two: 'SELECT id FROM book WHERE author = 42',
      },
      { author: 'DROP INDEX book_author', shelf: 'DROP INDEX book_shelf_1' },
    );
    expect(recommended(found)).toEqual(['shelf']);
  });
});

describe('a budget', () => {
  it('is spent on what is fast first, and stops what is running', async () => {
    const found = await survey(
      {
        slow: 'SELECT count(*) FROM book a JOIN book b ON a.floor = b.floor AND a.title < b.title',
        fast: "SELECT id FROM book WHERE title = md5('4711') AND floor = 31",
      },
      { i: 'CREATE INDEX i ON book (title)', j: 'CREATE INDEX j ON book (floor, title)' },
      { budgetMs: 1500 },
    );
    const advice = adviceOf(found, [], 0.05);
    expect(found).toMatchObject({ budgetSpent: true });
    expect(found.effort.elapsedMs).toBeLessThan(15_000);
    const fast = found.queries.find(({ id }) => id === 'fast');
    expect(fast?.plans.every(({ runsMs }) => runsMs.length >= 2)).toBe(true);
    // What was not measured is said of each proposal, and is neither recommended nor rejected.
    for (const { id, advice: said, unmeasured } of advice.proposals) {
      const isOpen = unmeasured.length > 0;
      expect([id, said === 'not measured']).toEqual([id, isOpen]);
      if (isOpen) expect(advice.recommended?.proposals).not.toContain(id);
    }
  });

  it('stops a comparison of answers, and nothing stands on a rewrite that was not compared', async () => {
    const found = await survey(
      { pairs: 'SELECT count(*) AS n FROM book a JOIN book b ON a.floor = b.floor AND a.title < b.title' },
      { v: 'CREATE MATERIALIZED VIEW v AS SELECT 2699940000 / 2 AS n' },
      { budgetMs: 1000, rewrites: { 'pairs@v': 'SELECT n FROM v' } },
    );
    expect(found.effort.elapsedMs).toBeLessThan(15_000);
    expect([...found.answers.values()].filter(({ verdict }) => verdict === 'same')).toEqual([]);
    const advice = adviceOf(found, [], 0.05);
    expect(advice.recommended?.proposals ?? []).toEqual([]);
    expect(advice.proposals[0]?.advice).toBe('not measured');
  });
});

it('finds what is in place, and compares the rest', async () => {
  const found = await survey(
    { one: 'SELECT id FROM book WHERE author = 42' },
    {
      there: 'CREATE INDEX book_author ON book (author)',
      gone: 'DROP INDEX book_long_gone',
      floor: 'CREATE INDEX floor ON book (floor)',
    },
  );
  expect(new Set(found.inPlace?.map(({ id }) => id))).toEqual(new Set(['gone', 'there']));
  expect(found.proposals.map(({ id }) => id)).toEqual(['floor']);
  expect(found.leftOut).toEqual([]);
});
