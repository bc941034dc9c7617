/** The whole search on a real PostgreSQL: what it finds, what it refuses, and that it leaves nothing behind. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openProduction } from '../../src/production/productionLens.ts';
import { openSession } from '../../src/session/opening.ts';
import { candidatesFor } from '../../src/suggestion/candidates.ts';
import { suggest } from '../../src/suggestion/suggest.ts';
import type { Suggested, SuggestOptions } from '../../src/suggestion/suggested.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { catalogOf, type TestDatabase, testDatabase } from '../helpers/database.ts';
import { record } from '../helpers/recorder.ts';
import { testServer } from '../helpers/server.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('suggest', [
    'CREATE TABLE sale (id int PRIMARY KEY, buyer int, kind text, at date, amount int)',
    `INSERT INTO sale SELECT g, g % 5000, CASE WHEN g % 10 = 0 THEN 'void' ELSE 'paid' END,
       date '2025-01-01' + g / 200, g % 97 FROM generate_series(1, 60000) g`,
    'VACUUM (FREEZE, ANALYZE) sale',
  ]);
});
afterAll(() => database.drop());

/** @param role Connects, with the password `reads`. */
function found(
  workload: Workload,
  role?: string,
  options: { hiding?: 'drop' } & Partial<SuggestOptions> = {},
): Promise<Suggested> {
  const { hiding, ...given } = options;
  const settings =
    role === undefined ? database.settings : { ...database.settings, user: role, password: 'reads' };
  const session = { settings, eager: false, now: Date.now, ...(hiding && { hiding }) };
  const signal = new AbortController().signal;
  return suggest({
    workload,
    open: one => openSession({ ...session, workload: one }),
    production: async (session, one, { until, shares }) =>
      openProduction(session, await testServer(), { workload: one, signal: until, shares, now: Date.now }),
    budgetMs: 120_000,
    now: () => performance.now(),
    signal,
    onStep: () => undefined,
    ...given,
  });
}

it('finds an index for a search and a view for an answer, measures both, and leaves nothing', async () => {
  const before = await catalogOf(database.link);
  const workload = await makeWorkload({
    queries: {
      search: "SELECT amount FROM sale WHERE buyer = 4711 AND kind <> 'void'",
      sums: 'SELECT kind, sum(amount) AS total, count(*) AS n FROM sale GROUP BY kind ORDER BY kind',
    },
    proposals: { unasked: 'CREATE INDEX unasked ON sale (amount)' },
    budgets: { productionRows: { sale: 60_000_000 }, queryTargetMs: 2000, largeTableRows: 1_000_000 },
  });
  const { suggestions, recommended, queries, productionBytes, effort, complete } = await found(workload);
  const [index, view] = ['search', 'sums'].map(id =>
    suggestions.find(one => recommended.includes(one.proposal.id) && one.queries.includes(id)),
  );
  expect(index?.proposal.kind).toBe('index');
  expect(index?.proposal.ddl).toMatch(/ON sale\s+\(buyer\)/);
  expect(view).toMatchObject({
    proposal: { kind: 'view' },
    concurrently: true,
    dated: false,
    refreshMs: expect.any(Number),
    rewrites: [{ query: 'sums' }],
  });
  for (const { verdict, meets, scans } of queries) {
    expect(verdict.kind).toBe('faster');
    expect({ meets, scans }).toEqual({ meets: true, scans: false });
  }
  expect(productionBytes).toBeGreaterThan(index?.bytes ?? Number.POSITIVE_INFINITY);
  expect(complete).toBe(true);
  expect(effort.explains).toBeLessThan(100);
  expect(suggestions.map(({ proposal }) => proposal.id)).not.toContain('unasked');
  expect(await catalogOf(database.link)).toBe(before);
});

it('works beside a session that hides by DROP INDEX, while nothing is built there', async () => {
  const workload = await makeWorkload({
    queries: { search: "SELECT amount FROM sale WHERE buyer = 4711 AND kind <> 'void'" },
    proposals: { own: 'CREATE INDEX own ON sale (buyer)' },
    budgets: { productionRows: { sale: 60_000_000 }, queryTargetMs: 2000, largeTableRows: 1_000_000 },
  });
  const { settings } = database;
  const beside = await openSession({ settings, workload, eager: false, now: Date.now, hiding: 'drop' });
  onTestFinished(() => beside.close());
  const recorder = record(beside);
  beside.setDesired({ revision: 1, proposals: [], queryId: 'search' });
  await recorder.idle(0);
  const soFar: Suggested[] = [];
  const { recommended, queries } = await found(workload, undefined, {
    hiding: 'drop',
    onFound: one => soFar.push(one),
  });
  expect(recommended).toHaveLength(1);
  expect(queries[0]?.verdict.kind).toBe('faster');
  expect(soFar[0]).toMatchObject({ complete: false, recommended: expect.any(Array) });
  // Its locks went with it.
  const from = recorder.events.length;
  beside.setDesired({ revision: 2, proposals: ['own'], queryId: 'search' });
  await recorder.idle(from);
  const plans = recorder.ofType('plan:estimated', from);
  expect(plans.findLast(({ configuration }) => configuration === 'own')?.plan.uses).toEqual(['own']);
});

it('suggests nothing for a query that nothing helps, and no view whose rows would differ', async () => {
  const workload = await makeWorkload({
    queries: {
      key: 'SELECT amount FROM sale WHERE id = 77',
      // Each execution has another answer: a view of it is refused by the comparison.
      chance: 'SELECT kind, sum(amount * random()) AS total FROM sale GROUP BY kind ORDER BY kind',
    },
    proposals: {},
    budgets: { largeTableRows: 1000, queryTargetMs: 2000 },
  });
  const { recommended, rejected, queries } = await found(workload);
  expect(recommended).toEqual([]);
  expect(rejected.find(({ id }) => id === 'chance_view')?.reason).toMatch(/^its answer is different/);
  expect(queries.map(({ by }) => by)).toEqual([[], []]);
});

it('suggests no view of a table with row security: it would show its rows to every reader', async () => {
  await database.link.query(
    'CREATE TABLE secret AS SELECT g AS id, g % 7 AS owner FROM generate_series(1, 5000) g',
  );
  await database.link.query('ALTER TABLE secret ENABLE ROW LEVEL SECURITY');
  await database.link.query('CREATE VIEW around AS SELECT owner FROM secret');
  await database.link.query('ANALYZE secret');
  const workload = await makeWorkload({
    queries: {
      direct: 'SELECT owner, count(*) AS n FROM secret GROUP BY owner ORDER BY owner',
      behind: 'SELECT owner, count(*) AS n FROM around GROUP BY owner ORDER BY owner',
    },
    proposals: {},
    budgets: { largeTableRows: 100, queryTargetMs: 2000 },
  });
  const { suggestions, rejected } = await found(workload);
  expect(suggestions.filter(({ proposal }) => proposal.kind === 'view')).toEqual([]);
  expect(rejected).toEqual([]);
});

it('is planned only for a role that may build nothing', async () => {
  await database.link.query("CREATE ROLE suggest_reader LOGIN PASSWORD 'reads'");
  await database.link.query('GRANT SELECT ON sale TO suggest_reader');
  try {
    const workload = await makeWorkload({
      queries: { search: 'SELECT amount FROM sale WHERE buyer = 4711' },
      proposals: {},
      budgets: { largeTableRows: 1000, queryTargetMs: 2000 },
    });
    const result = await found(workload, 'suggest_reader');
    expect(result).toMatchObject({ planned: true, effort: { builds: 0 } });
    expect(result.recommended).toHaveLength(1);
    expect(result.recommended[0]).toMatch(/^sale_buyer(_amount)?_idx$/);
    expect(result.queries[0]?.verdict).toEqual({ kind: 'not measured' });
  } finally {
    await database.link.query('DROP OWNED BY suggest_reader');
    await database.link.query('DROP ROLE suggest_reader');
  }
});

it('names the columns of an answer as PostgreSQL does', async () => {
  const expressions = [
    'id',
    's.id + 1',
    'count(*)',
    "'1'::int",
    'id::text',
    '(id + 1)::bigint',
    'CASE WHEN id = 1 THEN 2 END',
    'CASE WHEN id = 1 THEN 2 ELSE id END',
    'coalesce(id, 1)',
    'nullif(id, 1)',
    'greatest(id, 2)',
    'least(id, 2)',
    'CURRENT_DATE',
    'localtimestamp(0)',
    'EXISTS (SELECT 1)',
    'ARRAY(SELECT 1)',
    '(SELECT max(id) AS top FROM sale)',
    'ARRAY[id]',
    'ROW(id, 1)',
    'kind COLLATE "C"',
    '(ARRAY[id])[1]',
    'extract(year FROM at)',
    'sum(id) OVER ()',
  ];
  for (const expression of expressions) {
    const sql = `SELECT ${expression} FROM sale s GROUP BY id, kind, at`;
    const workload = await makeWorkload({ queries: { q: sql }, proposals: {} });
    const columns = { sale: ['id', 'buyer', 'kind', 'at', 'amount'] };
    const found = await candidatesFor(workload, { columns, taken: new Set(), rows: new Map() });
    const rewrite = found.workload.queries[0]?.rewrites[0]?.sql ?? '';
    const [{ name } = { name: undefined }] = await namesOf(sql);
    const [, read, as] = /^SELECT (\S+)(?: AS (\S+))?/.exec(rewrite) ?? [];
    expect((as ?? read)?.replaceAll('"', ''), expression).toBe(name);
  }
});

/** As the server itself calls them. */
async function namesOf(sql: string): Promise<readonly { readonly name: string }[]> {
  const rows = await database.link.query(`SELECT * FROM (${sql}) q LIMIT 1`);
  return Object.keys(rows[0] ?? {}).map(name => ({ name }));
}

it('builds no partial index for one value or one pattern, and names the extension that a search inside a text needs', async () => {
  const made = [
    'CREATE TABLE word AS SELECT g AS id, md5(g::text) AS text FROM generate_series(1, 40000) g',
    'ANALYZE word',
  ];
  await make(made, 'DROP TABLE word');
  const workload = await makeWorkload({
    queries: {
      latest: "SELECT id, at FROM sale WHERE buyer = 4711 AND kind = 'paid' ORDER BY at DESC LIMIT 20",
      inside: "SELECT id FROM sale WHERE kind ILIKE '%oi%'",
      word: "SELECT id FROM word WHERE text ILIKE '%abc%' ORDER BY text LIMIT 10",
      start: "SELECT id FROM word WHERE text LIKE 'abc%' ORDER BY text",
    },
    proposals: {},
    budgets: { productionRows: { sale: 60_000_000 }, queryTargetMs: 2000, largeTableRows: 1_000_000 },
  });
  const { suggestions, recommended, rejected } = await found(workload);
  expect(suggestions.map(({ proposal }) => proposal.ddl).join('\n')).not.toContain('abc');
  const chosen = suggestions.filter(({ proposal }) => recommended.includes(proposal.id));
  expect(chosen.map(({ proposal }) => proposal.ddl).join('\n')).toMatch(/\(buyer/);
  expect(suggestions.map(({ proposal }) => proposal.ddl).join('\n')).not.toContain('buyer = 4711');
  expect(rejected.map(({ reason }) => reason)).toContain(
    'needs the extension pg_trgm, which this database does not have',
  );
});

/** For one test. */
async function make(statements: readonly string[], drop: string): Promise<void> {
  for (const statement of statements) await database.link.query(statement);
  onTestFinished(async () => {
    await database.link.query(drop);
  });
}

it('drops a copy and a prefix, no index that a constraint or a query needs', async () => {
  const made = [
    'CREATE INDEX sale_buyer ON sale (buyer)',
    'CREATE INDEX sale_buyer_again ON sale (buyer)',
    'CREATE INDEX sale_buyer_at ON sale (buyer, at)',
    'CREATE INDEX sale_amount ON sale (amount)',
    "CREATE INDEX sale_amount_paid ON sale (amount, id) WHERE kind <> 'void'",
    'ANALYZE sale',
  ];
  await make(made, 'DROP INDEX sale_buyer, sale_buyer_again, sale_buyer_at, sale_amount, sale_amount_paid');
  const workload = await makeWorkload({
    queries: { of_buyer: 'SELECT amount FROM sale WHERE buyer = 4711 ORDER BY at' },
    proposals: {},
    budgets: { productionRows: { sale: 60_000_000 }, queryTargetMs: 2000, largeTableRows: 1_000_000 },
  });
  const { suggestions, recommended } = await found(workload);
  const drops = suggestions.filter(({ proposal }) => proposal.kind === 'drop');
  expect(drops.map(({ proposal }) => proposal.title).sort()).toEqual([
    'Drop sale_buyer: sale_buyer_at begins with its columns',
    'Drop sale_buyer_again: a copy of sale_buyer',
  ]);
  for (const { proposal, bytes = 0, productionBytes } of drops) {
    expect(recommended).toContain(proposal.id);
    expect(bytes).toBeGreaterThan(0);
    expect(productionBytes).toBeGreaterThan(bytes * 100);
  }
});

it('suggests one view for several queries that compare with constants, rather than one of each answer', async () => {
  const workload = await makeWorkload({
    queries: {
      kinds:
        "SELECT kind, sum(amount) AS total FROM sale WHERE at >= date '2025-03-01' GROUP BY kind ORDER BY kind",
      days: "SELECT at, count(*) AS n FROM sale WHERE kind = 'paid' GROUP BY at ORDER BY at",
    },
    proposals: {},
    budgets: { productionRows: { sale: 600_000_000 }, queryTargetMs: 2000, largeTableRows: 1_000_000 },
  });
  const { suggestions, recommended, queries } = await found(workload);
  expect(recommended).toHaveLength(1);
  const [view] = suggestions.filter(({ proposal }) => recommended.includes(proposal.id));
  expect(view).toMatchObject({ tied: false, dated: false, concurrently: true, queries: ['kinds', 'days'] });
  expect([...(view?.opened ?? [])].sort()).toEqual(['at', 'kind']);
  expect(view?.rewrites.map(({ query }) => query)).toEqual(['kinds', 'days']);
  for (const { verdict } of queries) expect(verdict.kind).toBe('faster');
});

it('finds the statistics without which the planner takes the wrong join, and none where the plan stays', async () => {
  const made = [
    `CREATE TABLE place AS SELECT g AS id, g % 250 AS city, (g % 250) * 7 AS zip, g % 3 AS kind
     FROM generate_series(1, 50000) g`,
    `CREATE TABLE visit AS SELECT g AS place, g % 250 AS day, g % 3 AS kind
     FROM generate_series(1, 50000) g`,
    'ANALYZE place, visit',
  ];
  await make(made, 'DROP TABLE place, visit');
  const workload = await makeWorkload({
    queries: {
      stars: `SELECT v.place FROM place p JOIN visit v ON v.kind = p.kind
        WHERE p.city = 7 AND p.zip = 49 AND v.day = 8`,
      groups: 'SELECT city, zip, count(*) AS n FROM place GROUP BY city, zip ORDER BY city',
    },
    proposals: {},
    budgets: { queryTargetMs: 2000, largeTableRows: 1_000_000 },
  });
  const before = await catalogOf(database.link);
  const { suggestions, recommended, rejected, queries } = await found(workload);
  const [statistics] = suggestions.filter(({ proposal }) => proposal.kind === 'statistics');
  expect(statistics?.proposal.statements[0]?.sql).toMatch(
    /^CREATE STATISTICS \w+ \(ndistinct, dependencies\) ON city, zip FROM place$/,
  );
  expect(recommended).toContain(statistics?.proposal.id);
  expect(statistics).toMatchObject({ queries: ['stars'], productionBytes: 0 });
  const [stars] = queries;
  expect(stars?.by).toContain(statistics?.proposal.id);
  expect(stars?.verdict.kind).toBe('faster');
  expect(rejected.filter(({ id }) => id.endsWith('_stats'))).toEqual([]);
  expect(await catalogOf(database.link)).toBe(before);
});

/** Seconds, and nothing helps it. */
const slow = (than: number) => `SELECT g FROM generate_series(1, 30000000) g WHERE g < -${than}`;

it('ends in time: queries that take long leave time for the others', async () => {
  const many = Array.from({ length: 6 }, (_, at) => [`slow_${at}`, slow(at)] as const);
  const workload = await makeWorkload({
    queries: {
      ...Object.fromEntries(many),
      zz_search: "SELECT amount FROM sale WHERE buyer = 4711 AND kind <> 'void'",
    },
    proposals: {},
    budgets: { productionRows: { sale: 60_000_000 }, queryTargetMs: 2000, largeTableRows: 1_000_000 },
  });
  const budgetMs = 15_000;
  const startedAt = performance.now();
  const { complete, queries, recommended, unplanned } = await found(workload, undefined, { budgetMs });
  expect(performance.now() - startedAt).toBeLessThan(budgetMs * 1.3);
  expect({ complete, unplanned }).toEqual({ complete: false, unplanned: [] });
  const last = queries.at(-1);
  expect(last?.verdict.kind).toBe('faster');
  expect(last?.by).toEqual(recommended.filter(id => id.startsWith('sale_buyer')));
  // What was not run is planned, and not suggested.
  const untried = queries.flatMap(one => one.untried?.by ?? []);
  expect(recommended.filter(id => untried.includes(id))).toEqual([]);
});

it('answers with what it knows when it is stopped', async () => {
  const workload = await makeWorkload({
    queries: { search: "SELECT amount FROM sale WHERE buyer = 4711 AND kind <> 'void'", slow: slow(1) },
    proposals: {},
    budgets: { productionRows: { sale: 60_000_000 }, queryTargetMs: 2000, largeTableRows: 1_000_000 },
  });
  const stop = new AbortController();
  const onStep = (step: string) => {
    if (step.startsWith('trying')) stop.abort();
  };
  const { complete, queries, recommended } = await found(workload, undefined, {
    signal: stop.signal,
    onStep,
  });
  expect(complete).toBe(false);
  expect(recommended).toHaveLength(1);
  expect(queries[0]?.by).toEqual(recommended);
  expect(queries[0]?.verdict).toEqual({ kind: 'not measured' });
});

it('suggests no index whose gain is less than what times at production size are off', async () => {
  // An index-only scan of most rows, and as much to do with each: faster here, but not twice as fast.
  const query = 'SELECT md5(buyer || md5(amount::text)) AS hash FROM sale WHERE buyer < 3500';
  const workload = (rows: number) =>
    makeWorkload({
      queries: { most: query },
      proposals: {},
      budgets: { productionRows: { sale: rows }, queryTargetMs: 1, largeTableRows: 100_000_000 },
    });
  const { recommended, suggestions } = await found(await workload(6_000_000));
  expect(suggestions.map(({ bytes }) => bytes)).toContainEqual(expect.any(Number));
  expect(recommended).toEqual([]);
});

it('sizes a partial index by a sample of the rows, not by a third of them for each comparison of columns', async () => {
  const made = [
    `CREATE TABLE parcel AS SELECT g AS id, g % 1000 AS client, g AS due, g + CASE WHEN g % 7 = 0 THEN 0 ELSE 1 END AS sent,
       (g * 1.37)::numeric(12, 2) AS price, ((g % 11) / 100.0)::numeric(12, 2) AS discount
     FROM generate_series(1, 100000) g`,
    'VACUUM (ANALYZE) parcel',
  ];
  await make(made, 'DROP TABLE parcel');
  const workload = await makeWorkload({
    queries: {
      late: 'SELECT id FROM parcel WHERE client = 7 AND due < sent',
      dear: 'SELECT price, discount FROM parcel WHERE client = 7 AND due < sent',
    },
    proposals: {},
    budgets: { queryTargetMs: 2000, largeTableRows: 1000 },
  });
  const { suggestions } = await found(workload);
  const partial = suggestions.filter(
    ({ proposal, bytes }) => bytes !== undefined && proposal.ddl.includes('WHERE due < sent'),
  );
  expect(partial.length).toBeGreaterThan(0);
  for (const { bytes = 0, productionBytes } of partial)
    expect(Math.abs(productionBytes / bytes - 1)).toBeLessThan(0.03);
});

it('sizes an index of an expression, whose values no statistics know, by the one that was built here', async () => {
  const made = [
    `CREATE TABLE member AS SELECT g AS id, 'Member.with.a.long.name.' || g || '@example.org' AS mail
     FROM generate_series(1, 30000) g`,
    'VACUUM (ANALYZE) member',
  ];
  await make(made, 'DROP TABLE member');
  const workload = await makeWorkload({
    queries: { mail: "SELECT id FROM member WHERE lower(mail) = 'member.with.a.long.name.7@example.org'" },
    proposals: {},
    budgets: { productionRows: { member: 60_000 }, queryTargetMs: 2000, largeTableRows: 1000 },
  });
  const { suggestions, recommended } = await found(workload);
  const [index] = suggestions.filter(({ proposal }) => recommended.includes(proposal.id));
  expect((index?.productionBytes ?? 0) / (index?.bytes ?? 1)).toBeCloseTo(2, 1);
});
