/** What `check` says of foreign keys that were checked beside a plan, and of statements that were not run. */
import { expect, it } from 'vitest';
import type { CheckDocument } from '../../src/report/document.ts';
import { neverRunLines, triggerSections, triggerTexts } from '../../src/report/triggers.ts';
import { NOT_ASKED } from '../../src/workload/workload.ts';

type CheckQuery = CheckDocument['queries'][number];
type Triggers = CheckQuery['before']['triggers'];

const query = (id: string, more: object, before: Triggers = [], after: Triggers = []) =>
  ({
    id,
    neverRun: null,
    rolledBack: true,
    before: { triggers: before },
    after: { triggers: after },
    ...more,
  }) as unknown as CheckQuery;
const check = (name: string, ms: number | null, calls: number) => ({ name, relation: 'orders', ms, calls });
const documentOf = (...queries: CheckQuery[]) => ({ queries }) as unknown as CheckDocument;
const nameOf = ({ id }: CheckQuery) => id;

it('lists each check before and after, and what was rolled back', () => {
  const gone = query(
    '1',
    {},
    [check('items_fk', 478, 30), check('tags_fk', 2, 30)],
    [check('items_fk', 0.5, 1)],
  );
  const [table, sentence] = triggerSections(documentOf(gone, query('2', {})), nameOf);
  expect(table?.split('\n').map(line => line.trimEnd().replace(/ {2,}/g, ' | '))).toEqual([
    'query | checked beside its plan | on | before | after',
    expect.stringMatching(/^─/),
    '1 | items_fk | orders | 478 ms in 30 calls | 0.50 ms in 1 call',
    '1 | tags_fk | orders | 2.0 ms in 30 calls',
  ]);
  expect(sentence).toBe(
    'Each run of queries 1, 2 was rolled back; row versions that it made stay until the next VACUUM.',
  );
  expect(triggerTexts(gone)).toEqual([
    'Checked beside its plan: items_fk, 478 ms in 30 calls before, 0.50 ms in 1 call after',
    'Checked beside its plan: tags_fk, 2.0 ms in 30 calls before, nothing after',
  ]);
});

it('says nothing where nothing that writes was run, and why one was not although that was asked for', () => {
  const queries = documentOf(
    query('1', { rolledBack: false, neverRun: NOT_ASKED }),
    query('2', { rolledBack: false, neverRun: 'the table has triggers' }),
  );
  expect(triggerSections(queries, nameOf)).toEqual([]);
  expect(neverRunLines(queries, nameOf)).toEqual(['query 2 is never run: the table has triggers']);
});
