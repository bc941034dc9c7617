/** The search for suggestions behind the panes: its page, the marked proposals that it brings, what is saved, and how it ends. */
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { PgoptError } from '../../src/base/errors.ts';
import type { Suggested, Suggestion } from '../../src/suggestion/suggested.ts';
import type { SuggestPart } from '../../src/tui/suggestWith.ts';
import type { Query, Workload } from '../../src/workload/workload.ts';
import { proposalFromText } from '../../src/workload/write.ts';
import type { FakeSession } from '../helpers/fakeSession.ts';
import { expectFrame as matchFrame } from '../helpers/screenFrame.ts';
import { type Harness, TARGET } from '../helpers/tuiHarness.tsx';
import { mounted } from './explorer.ts';
import { shop } from './shop.ts';

const SIZES = [
  [80, 24],
  [120, 40],
] as const;
const VIEW = 'customer_lifetime_stats';
const OF_VIEW = '05-customer-lifetime-value';
const INDEX = 'orders_customer_id_idx';

let screen: Harness;
let session: FakeSession;

type Given = Parameters<SuggestPart['search']>[0];

/** A search whose steps the test decides. */
class FakeSearch implements SuggestPart {
  readonly searches: Given[] = [];
  readonly saved: { readonly ids: readonly string[]; readonly folder: string | undefined }[] = [];
  refusal: PgoptError | undefined;
  private settle: { resolve: (found: Suggested) => void; reject: (error: unknown) => void } | undefined;

  search = (given: Given): Promise<Suggested> => {
    this.searches.push(given);
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
  };

  save: SuggestPart['save'] = async (_workload, suggestions, folder) => {
    if (this.refusal !== undefined) throw this.refusal;
    const ids = suggestions.map(({ proposal }) => proposal.id);
    this.saved.push({ ids, folder });
    return ids.map(id => `schema/proposals/${id}.sql`);
  };

  get given(): Given {
    const given = this.searches.at(-1);
    if (given === undefined) throw new Error('nothing was searched');
    return given;
  }

  async end(found: Suggested): Promise<void> {
    this.settle?.resolve(found);
    await setImmediate();
  }

  async fail(error: unknown): Promise<void> {
    this.settle?.reject(error);
    await setImmediate();
  }
}

let search: FakeSearch;

/** The demo without its view, which the search finds, and an index beside it. */
async function explorer(options: { hasFolder?: boolean; hiding?: 'drop' } = {}): Promise<Suggested> {
  const { workload: demo } = await shop();
  const workload: Workload = {
    ...demo,
    proposals: demo.proposals.filter(({ id }) => id !== VIEW),
    queries: demo.queries.map(query => ({ ...query, rewrites: [] })),
  };
  search = new FakeSearch();
  const { hiding } = options;
  ({ screen, session } = await mounted({
    columns: 80,
    rows: 24,
    workload,
    target: { ...TARGET, hasFolder: options.hasFolder === true },
    suggestions: search,
    own: ({ opened }) => (hiding === undefined ? {} : { opened: { ...opened, hiding } }),
  }));
  return foundIn(demo);
}

async function foundIn(demo: Workload): Promise<Suggested> {
  const queries = demo.queries.map(query => ({ ...query, rewrites: [] }));
  const numbered = (number: number): Query => {
    const query = queries[number - 1];
    if (query === undefined) throw new Error(`no query ${number}`);
    return query;
  };
  const index = await proposalFromText(`CREATE INDEX ${INDEX} ON orders (customer_id)`, undefined, new Set());
  const view = demo.proposals.find(({ id }) => id === VIEW);
  const rewrite = demo.queries.find(({ id }) => id === OF_VIEW)?.rewrites[0];
  // What the workload has already, under a name of its own.
  const own = demo.proposals.find(({ id }) => id === 'idx_inventory_product');
  if (view === undefined || rewrite === undefined || own === undefined) throw new Error('the demo has them');
  const suggestion = (
    change: Pick<Suggestion, 'proposal' | 'queries'> & Partial<Suggestion>,
  ): Suggestion => ({
    rewrites: [],
    bytes: 184_000,
    productionBytes: 802_000_000,
    refreshMs: undefined,
    productionRefreshMs: undefined,
    concurrently: false,
    dated: false,
    tied: false,
    opened: [],
    ...change,
  });
  const before = (query: Query) => ({
    query,
    by: [],
    rewrite: undefined,
    verdict: { kind: 'not measured' } as const,
    beforeMs: 900,
    afterMs: 900,
    meets: true,
    scans: false,
    risky: false,
    untried: undefined,
    neverRun: undefined,
    failure: undefined,
  });
  const renamed = { ...own, id: 'inventory_product_idx' };
  return {
    suggestions: [
      suggestion({ proposal: index, queries: [numbered(1).id, numbered(3).id] }),
      suggestion({
        proposal: view,
        queries: [OF_VIEW],
        rewrites: [{ ...rewrite, query: OF_VIEW }],
        refreshMs: 257,
        concurrently: true,
        dated: true,
      }),
      suggestion({ proposal: renamed, queries: [numbered(4).id] }),
    ],
    recommended: [INDEX, VIEW, renamed.id],
    rejected: [{ id: 'orders_date_idx', reason: 'makes query 4 slower here: 112.0 ms → 205.0 ms' }],
    queries: [
      ...[2, 3, 6].map(number => before(numbered(number))),
      {
        ...before(numbered(5)),
        by: [VIEW],
        rewrite: VIEW,
        verdict: {
          kind: 'faster',
          beforeMs: 2210,
          afterMs: 7.1,
          factor: 311,
          atLeast: false,
          interval: [250, 360],
          p: 0.01,
          settled: true,
        },
        beforeMs: 220_000,
        afterMs: 710,
      },
    ],
    unplanned: [],
    productionBytes: 812_000_000,
    budgetBytes: 2_000_000_000,
    productionMs: 3012,
    weighted: false,
    frontier: [],
    complete: true,
    planned: false,
    effort: { explains: 111, executions: 42, builds: 11 },
  };
}

async function expectFrames(name: string): Promise<void> {
  for (const [columns, rows] of SIZES) {
    screen.resize(columns, rows);
    await matchFrame(await screen.frame(), { columns, rows }, `suggestions-${name}`);
  }
}

const status = async () => (await screen.frame()).split('\n').at(-2) ?? '';
const ids = () => screen.state().workload.proposals.map(({ id }) => id);

it('is begun by S, followed on the status line and on its page, and brings marked proposals', async () => {
  const found = await explorer();
  expect(search.searches).toEqual([]);
  screen.press('S');
  expect(screen.state().overlay).toBeUndefined();
  expect(search.given.taken?.has('idx_orders_customer_status')).toBe(true);
  search.given.onStep('query 3: running 4 plans');
  expect(await status()).toMatch(/suggestions \(S\): query 3: run/);
  screen.press('S');
  search.given.onFound?.({ ...found, complete: false });
  screen.tick(screen.state().now + 12_000);
  await expectFrames('searching');
  screen.press('escape');

  const before = ids();
  const { on } = screen.state();
  await search.end(found);
  expect(await status()).toMatch(/2 suggestions are new in the list/);
  // What the workload has already is marked, and not added.
  expect(ids()).toEqual([...before, INDEX, VIEW]);
  expect([...screen.state().suggested.keys()]).toEqual([INDEX, VIEW, 'idx_inventory_product']);
  expect(screen.state().on).toEqual(on);
  await expectFrames('listed');

  session.settle();
  screen.press('5', 'G', 'space');
  session.settle();
  const planned = screen.state().plans[OF_VIEW]?.[VIEW];
  expect(planned).toMatchObject({ state: 'planned', rewrite: VIEW });
  await expectFrames('on');
  screen.press('D');
  await expectFrames('ddl');
  screen.press('D', 'S');
  await expectFrames('ended');
});

it('stays a suggestion until it is edited', async () => {
  const found = await explorer();
  screen.press('S');
  await search.end(found);
  const edited = { ...screen.state().workload.proposals.at(-1) };
  screen.dispatch({ type: 'proposal:written', proposal: edited as Workload['proposals'][number] });
  expect(await screen.frame()).toMatch(/\[x\] customer_lifetime_stats/);
});

it('keeps what it had when it is stopped, and ignores what an older search reports', async () => {
  const found = await explorer();
  screen.press('S', 'S', 'x');
  expect(search.given.signal.aborted).toBe(true);
  expect(screen.state().suggestions?.state).toBe('stopping');
  const { given } = search;
  await search.end({ ...found, complete: false, recommended: [INDEX] });
  expect(screen.state().suggestions?.state).toBe('stopped');
  expect(ids().at(-1)).toBe(INDEX);
  screen.press('r');
  given.onStep('something old');
  expect(screen.state().suggestions?.words).toBe('beginning');
  // The name of an earlier suggestion is free for the next search.
  expect(search.given.taken?.has(INDEX)).toBe(false);
  const proposal = screen.state().workload.proposals.at(-1);
  await search.end(found);
  expect(screen.state().workload.proposals.find(({ id }) => id === INDEX)).toBe(proposal);
  expect(ids().at(-1)).toBe(VIEW);
});

it('says why it failed, and ends with the session', async () => {
  await explorer();
  screen.press('S');
  await search.fail(new PgoptError('connection-lost', 'connection lost (terminated)'));
  expect(await status()).toMatch(/the search failed \(S\)/);
  screen.press('S');
  expect(await screen.frame()).toMatch(/Failed after .*connection lost \(terminated\)/);
  screen.press('r');
  session.lose('gone');
  expect(search.given.signal.aborted).toBe(true);
});

it('does not begin where both transactions would lock the same table', async () => {
  await explorer({ hiding: 'drop' });
  screen.press('S');
  expect(search.searches).toEqual([]);
  expect(await status()).toMatch(/no search: what this role built here locks its tables/);
});

it('saves into the workload’s own folder, all or one, and says what stands in the way', async () => {
  const found = await explorer({ hasFolder: true });
  screen.press('S');
  await search.end(found);
  screen.press('S');
  search.refusal = new PgoptError(
    'workload-unwritable',
    'nothing was written: queries/a.sql is in w already',
  );
  screen.press('w');
  await setImmediate();
  expect(await screen.frame()).toMatch(/nothing was written: queries\/a\.sql is in w already/);
  search.refusal = undefined;
  screen.press('escape', 'G', 'w');
  await setImmediate();
  expect(search.saved).toEqual([{ ids: [VIEW], folder: undefined }]);
  screen.press('S', 'w');
  await setImmediate();
  expect(search.saved.at(-1)).toEqual({ ids: [INDEX], folder: undefined });
  expect(await screen.frame()).toMatch(new RegExp(`wrote schema/proposals/${INDEX}.sql`));
  screen.press('w');
  expect(await screen.frame()).toMatch(/nothing to save/);
  expect(search.saved).toHaveLength(2);
});

it('asks for a new folder where the files are the program’s own', async () => {
  const found = await explorer();
  screen.press('S');
  await search.end(found);
  screen.press('S', 'w');
  await expectFrames('folder');
  screen.press('2', 'enter');
  await setImmediate();
  expect(search.saved).toEqual([{ ids: [INDEX, VIEW], folder: 'suggested2' }]);
  expect(await screen.frame()).toMatch(/wrote suggested2:/);
});
