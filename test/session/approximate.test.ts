/**
 * Indexes that change answers. No server here has pgvector: `hnsw` is imitated by hash under an operator class for ILIKE, whose
 * hashes know upper case from lower: rows in the other case do not come back.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isApproximate, recallOf } from '../../src/session/approximate.ts';
import type { Built } from '../../src/session/builders/builder.ts';
import { openSession } from '../../src/session/opening.ts';
import { approximates, plannedTextOf, rewriteOf } from '../../src/session/plannedText.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { makeWorkload } from '../helpers/workload.ts';

const rows = (...of: number[]) => of.map(row => ({ 'pgopt~row': `(${row})` }));

it('names what is planned: a rewrite, approximate indexes, or a rewrite through them', () => {
  const built = new Map([
    ['near', { approximate: true } as unknown as Built],
    ['plain', {} as Built],
  ]);
  const query = { rewrites: [{ id: 'view', sql: '', needs: ['view'], file: '', text: '' }] };
  expect(['hnsw', 'ivfflat', 'btree', 'gist'].map(isApproximate)).toEqual([true, true, false, false]);
  expect(plannedTextOf(undefined, ['plain'], built)).toBeUndefined();
  expect(plannedTextOf('view', ['plain'], built)).toBe('view');
  const own = plannedTextOf(undefined, ['plain', 'near'], built) ?? '';
  expect(own).toBe('near (approximate)');
  expect(approximates(own)).toEqual(['near']);
  expect(rewriteOf(query, own)).toBeUndefined();
  const both = plannedTextOf('view', ['view', 'near'], built) ?? '';
  expect(both).toBe('view through near (approximate)');
  expect(approximates(both)).toEqual(['near']);
  expect(rewriteOf(query, both)?.id).toBe('view');
  expect(approximates('near')).toBeUndefined();
  expect(rewriteOf(query, 'view')?.id).toBe('view');
});

it('counts how many rows of the exact answer came back, each as often as it should', () => {
  expect(recallOf(rows(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), rows(1, 2, 3, 4, 5, 6, 7, 8, 11, 12))).toMatchObject({
    verdict: 'different',
    recall: { found: 8, exact: 10 },
    differing: { original: 2, rewrite: 2 },
    explanation: 'recall 8 of 10: the index is approximate',
  });
  expect(recallOf(rows(1, 1), rows(1))).toMatchObject({
    verdict: 'different',
    recall: { found: 1, exact: 2 },
  });
  expect(recallOf(rows(2, 1), rows(1, 2)).verdict).toBe('same');
  expect(recallOf(rows(), rows(1)).verdict).toBe('different');
});

describe('in a session', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase('approximate', [
      'CREATE ACCESS METHOD hnsw TYPE INDEX HANDLER hashhandler',
      'CREATE OPERATOR CLASS near_ops DEFAULT FOR TYPE text USING hnsw AS OPERATOR 1 ~~* (text, text), FUNCTION 1 hashtext(text)',
      'CREATE TABLE items (id int NOT NULL, note text NOT NULL)',
      `INSERT INTO items SELECT g, CASE WHEN g < 8 THEN 'near' WHEN g < 10 THEN 'NEAR' ELSE 'item ' || g END
       FROM generate_series(0, 20000) g`,
      'VACUUM ANALYZE items',
    ]);
  });
  afterAll(() => database.drop());

  const explored = async (...on: readonly string[]) => {
    const workload = await makeWorkload({
      queries: {
        one: "SELECT id FROM items WHERE note ILIKE 'near'",
        'one@copy': "SELECT id FROM copy WHERE note ILIKE 'near'",
      },
      proposals: {
        near: 'CREATE INDEX near ON items USING hnsw (note)',
        copy: 'CREATE MATERIALIZED VIEW copy AS SELECT id, note FROM items; CREATE INDEX near_copy ON copy USING hnsw (note)',
      },
    });
    const session = await openSession({ settings: database.settings, workload, eager: false, now: Date.now });
    const recorder = record(session);
    session.setDesired({ revision: 1, proposals: [...on], queryId: 'one' });
    await recorder.idle(0);
    await session.close();
    expect(recorder.ofType('build:failed')).toEqual([]);
    return new Map(recorder.ofType('answer:compared').map(({ rewrite, answer }) => [rewrite, answer]));
  };

  it('counts the rows that come back through the index', async () => {
    const answers = await explored('near');
    expect([...answers.keys()]).toEqual(['near (approximate)']);
    expect(answers.get('near (approximate)')).toMatchObject({
      verdict: 'different',
      recall: { found: 8, exact: 10 },
    });
  });

  it('judges a rewrite by its text and by what it reads through the index', async () => {
    const answers = await explored('near', 'copy');
    expect([...answers.keys()]).toEqual(['copy', 'copy through copy (approximate)']);
    expect(answers.get('copy through copy (approximate)')).toMatchObject({
      verdict: 'different',
      recall: { found: 8, exact: 10 },
    });
  });
});
