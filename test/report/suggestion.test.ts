/** What `suggest` prints, from a small result by hand; every field of the document is described. */
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { suggestionDocument } from '../../src/report/suggestion/document.ts';
import { suggestionText } from '../../src/report/suggestion/text.ts';
import type { Suggested, Suggestion } from '../../src/suggestion/suggested.ts';
import { NOT_ASKED } from '../../src/workload/workload.ts';
import { columnNames, keysOf, namesIn, readDocument } from '../helpers/documents.ts';
import { makeWorkload } from '../helpers/workload.ts';

const ABOUT = {
  program: '1.0.0',
  at: '2026-11-29T12:00:00.000Z',
  title: 'Shop',
  target: { label: 'shop at db.example:5432\u001b[31m', serverVersion: '15.4' },
};

async function found(more: Partial<Suggested> = {}): Promise<Suggested> {
  const workload = await makeWorkload({
    queries: { search: 'SELECT 1', sums: 'SELECT 2' },
    proposals: {
      sale_buyer_idx: 'CREATE INDEX sale_buyer_idx ON sale (buyer)',
      sums_view: 'CREATE MATERIALIZED VIEW sums_view AS SELECT kind, count(*) AS n FROM sale GROUP BY kind',
      sale_kind_idx: 'CREATE INDEX sale_kind_idx ON sale (kind)',
    },
  });
  const [search, sums] = workload.queries;
  const [index, view, other] = workload.proposals;
  if (
    search === undefined ||
    sums === undefined ||
    index === undefined ||
    view === undefined ||
    other === undefined
  )
    throw new Error('no workload');
  const suggestion = (proposal: typeof index, rest: Partial<Suggestion>): Suggestion => ({
    proposal,
    rewrites: [],
    queries: ['search'],
    bytes: 2_000_000,
    productionBytes: 900_000_000,
    refreshMs: undefined,
    productionRefreshMs: undefined,
    concurrently: false,
    dated: false,
    tied: false,
    opened: [],
    ...rest,
  });
  const clear = { beforeMs: 40, afterMs: 0.5, factor: 80, atLeast: false, interval: undefined, p: undefined };
  return {
    suggestions: [
      suggestion(index, {}),
      suggestion(view, {
        queries: ['sums'],
        refreshMs: 1234,
        productionRefreshMs: 61_000,
        concurrently: true,
        dated: true,
        rewrites: [
          {
            query: 'sums',
            id: 'sums_view',
            needs: ['sums_view'],
            sql: 'SELECT kind, n FROM sums_view',
            file: 'queries/sums@sums_view.sql',
            text: 'SELECT kind, n FROM sums_view;\n',
          },
        ],
      }),
      suggestion(other, { bytes: undefined }),
    ],
    recommended: ['sale_buyer_idx', 'sums_view'],
    rejected: [{ id: 'sale_at_idx', reason: 'makes query 2 slower here: 1.0 ms → 3.0 ms' }],
    queries: [
      {
        query: search,
        by: ['sale_buyer_idx'],
        rewrite: undefined,
        verdict: { kind: 'faster', ...clear, settled: true },
        beforeMs: 9000,
        afterMs: 12,
        meets: true,
        scans: false,
        risky: false,
        untried: undefined,
        neverRun: undefined,
        failure: undefined,
      },
      {
        query: sums,
        by: ['sums_view'],
        rewrite: 'sums_view',
        verdict: { kind: 'faster', ...clear, settled: true },
        beforeMs: 20_000,
        afterMs: 3000,
        meets: false,
        scans: false,
        risky: false,
        untried: undefined,
        neverRun: undefined,
        failure: undefined,
      },
    ],
    unplanned: [],
    productionBytes: 1_800_000_000,
    budgetBytes: 2 * 1024 ** 3,
    productionMs: 3012,
    weighted: false,
    frontier: [],
    complete: true,
    planned: false,
    effort: { explains: 40, executions: 20, builds: 3 },
    ...more,
  };
}

const textOf = async (more: Partial<Suggested>, width: number) =>
  suggestionText(suggestionDocument(await found(more), ABOUT), width);

describe('the text of a suggestion', () => {
  it.each([80, 120])('fits %i columns, and reads as it did', async width => {
    const text = await textOf({}, width);
    expect(text).not.toContain('\u001b');
    for (const line of text.split('\n').filter(one => !/^(CREATE|SELECT)/.test(one)))
      expect(stringWidth(line), line).toBeLessThanOrEqual(width);
    await expect(text).toMatchFileSnapshot(`suggestion/suggestion-${width}.txt`);
  });

  it('says when there was no time, and rejects nothing for it', async () => {
    const text = await textOf({ recommended: [], complete: false }, 100);
    expect(text).toContain('Nothing is suggested: no candidate was measured');
    expect(text).toMatch(/Considered, and not measured:\n {2}sale_kind_idx/);
  });

  it('labels what was not run as planned, what may be no faster, and shows other sets', async () => {
    const { queries } = await found();
    const [search, sums] = queries;
    if (search === undefined || sums === undefined) throw new Error('there are two');
    const untried = { by: ['sale_at_idx'], afterMs: 40 };
    const other = { options: [], bytes: 100_000, unmet: [search.query.id], stale: 0, ms: 9000 };
    const text = await textOf(
      {
        queries: [
          { ...search, risky: true },
          { ...sums, verdict: { kind: 'not measured' }, untried },
        ],
        frontier: [{ ...other, proposals: ['sale_kind_idx'] }],
        complete: false,
      },
      100,
    );
    expect(text).toContain('not sure');
    expect(text).toContain('Query 1 may be no faster in production');
    expect(text).toContain('Query 2: run with its own proposals, not with all of them; there was no time.');
    expect(text).toMatch(/Planned only, for lack of time.*\n {2}query 2: ≈ 3.00 s → 40 ms by sale_at_idx/);
    expect(text).toMatch(
      /Other sets, .*\nstorage +meet +read views +all queries +proposals\n─.*\n98 kB +1 of 2 +0 +≈ 9.00 s/,
    );
  });

  it('says that a target is only just met, and that a total is a day of calls', async () => {
    const { queries } = await found();
    const close = queries.map(one => ({ ...one, afterMs: 1800, meets: false }));
    const frontier = [{ proposals: [], options: [], bytes: 1, unmet: [], stale: 0, ms: 9000 }];
    const text = await textOf({ queries: close, frontier, weighted: true }, 120);
    expect(text).toContain(
      '0 of 2 queries then meet their targets there; not 1 (within 20 % of its target), 2',
    );
    expect(text).toContain('2 s: within 20 %');
    expect(text).not.toContain('MISSED');
    expect(text).toContain('time a day');
  });

  it('has no table without a query that was planned', async () => {
    const { queries } = await found();
    const unplanned = queries.map(({ query }) => ({ query, reason: 'relation "t" does not exist' }));
    const text = await textOf({ queries: [], unplanned, recommended: [], suggestions: [] }, 100);
    expect(text).toContain('no query could be planned');
    expect(text).toContain('relation "t" does not exist');
    expect(text).not.toContain('─');
  });

  it('names statements that write: run, refused, or left alone, and queries that fail', async () => {
    const { queries } = await found();
    const [first, second] = queries;
    if (first === undefined || second === undefined) throw new Error('there are two queries');
    const writing = { ...first, query: { ...first.query, writes: 'DELETE' as const } };
    const reason = 'a write may not reach nextval()';
    const text = (more: Partial<typeof first>) => textOf({ queries: [{ ...writing, ...more }, second] }, 200);
    expect(await text({})).toContain('Query 1 writes: each run was rolled back.');
    const same = { verdict: { kind: 'same plan' } as const };
    expect(await text(same)).toContain('Query 1 writes and was not run: nothing suggested touches it.');
    expect(await text(same)).toContain(
      '0 of 2 queries then meet their targets there; not 2; not measured: 1.',
    );
    expect(await text(same)).toContain('2 s: not measured');
    expect(await text(same)).not.toContain('rolled back. Dead');
    const unmeasured = { verdict: { kind: 'not measured' } as const };
    expect(await text({ ...unmeasured, neverRun: reason })).toContain(
      `Query 1 writes and is never run: ${reason}.`,
    );
    expect(await text({ ...unmeasured, neverRun: NOT_ASKED })).toContain('--write-cost runs and rolls back.');
    expect(await text({ ...unmeasured, failure: 'division by zero' })).toContain(
      'Query 1 could not be run here: division by zero.',
    );
  });

  it('is labeled planned where nothing was run', async () => {
    const effort = { explains: 40, executions: 0, builds: 0 };
    const text = await textOf({ planned: true, effort }, 100);
    expect(text).toMatch(/planned, nothing was run/);
    expect(text).toContain('Planned only');
    expect(text).not.toContain('measured here');
  });
});

it('every field of the document is described in docs/suggest-json.md', async () => {
  const page = readDocument('docs/suggest-json.md');
  const named = namesIn(page);
  const result = await found();
  const unplanned = result.queries.map(({ query }) => ({ query, reason: 'it was stopped' }));
  const untried = { by: [], afterMs: 1 };
  const [{ query } = { query: { id: '' } }] = result.queries;
  const frontier = [{ proposals: [], options: [], bytes: 0, unmet: [query.id], stale: 0, ms: 0 }];
  const queries = result.queries.map(one => ({ ...one, untried }));
  const document = suggestionDocument({ ...result, queries, unplanned, frontier }, ABOUT);
  const keys = new Set(keysOf(document));
  expect([...keys].filter(key => !named.has(key))).toEqual([]);
  expect(columnNames(page).filter(name => !keys.has(name))).toEqual([]);
});
