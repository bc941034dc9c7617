import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ConnectionSettings } from '../../src/database/connectionSettings.ts';
import { connectTrusted as connect, type Link } from '../../src/database/link.ts';
import type { CheckDocument } from '../../src/report/document.ts';
import { loadWorkload } from '../../src/workload/load.ts';
import { catalogOf } from '../helpers/database.ts';
import { serverWith } from '../helpers/serverWith.ts';
import { cacheOfFile } from './caches.ts';
import { runPiped } from './programs.ts';

const cache = cacheOfFile();

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-init-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

describe('without a database', () => {
  const init = (cwd: string, ...args: string[]) => runPiped({ cache, cwd, args: ['init', ...args] });

  it('writes a template that loads, into a folder that need not be there', async () => {
    const cwd = await emptyFolder();
    const { code, stdout, stderr } = await init(cwd, 'deep/er/mine');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const folder = join(cwd, 'deep/er/mine');
    const files = await filesIn(folder);
    expect(files).toEqual([
      'README.md',
      'queries/01-example.sql',
      'schema/proposals/orders_by_date.sql',
      'schema/workload.json',
    ]);
    for (const file of files) expect(stdout).toContain(file);
    expect(stdout).toContain('pgopt-explore check deep/er/mine');
    expect((await loadWorkload(folder, cwd)).queries).toHaveLength(1);
    // Nothing beside it.
    expect(await readdir(join(cwd, 'deep/er'))).toEqual(['mine']);
    expect(await readdir(cache.root)).toEqual([]);
  });

  it('writes into an empty folder', async () => {
    const cwd = await emptyFolder();
    await mkdir(join(cwd, 'mine'));
    expect((await init(cwd, 'mine')).code).toBe(0);
    expect(await readdir(join(cwd, 'mine'))).toContain('queries');
  });

  it('overwrites nothing, and leaves nothing half-written', async () => {
    const cwd = await emptyFolder();
    await mkdir(join(cwd, 'full'));
    await writeFile(join(cwd, 'full', 'mine.txt'), 'mine');
    await writeFile(join(cwd, 'file'), 'mine');
    for (const [name, why] of [
      ['full', 'full is not empty'],
      ['file', 'file: it is a file, or in one'],
      ['file/inner', 'file/inner: it is a file, or in one'],
    ] as const) {
      const { code, stdout, stderr } = await init(cwd, name);
      expect({ code, stdout, stderr }).toEqual({
        code: 2,
        stdout: '',
        stderr: `pgopt-explore: ${why}: name a folder that does not exist yet, or is empty\n`,
      });
    }
    expect(await filesIn(cwd)).toEqual(['file', 'full/mine.txt']);
  });

  it('refuses what means nothing', async () => {
    const cwd = await emptyFolder();
    expect((await init(cwd, 'mine', '--top', '3')).stderr).toMatch(/--top needs a database/);
    expect((await init(cwd, 'mine', '--scale', '1')).code).toBe(2);
    expect((await init(cwd)).stderr).toMatch(/missing required argument/);
    expect(await readdir(cwd)).toEqual([]);
  });
});

/** The real extension: it must be in shared_preload_libraries, so the server is started a second time. */
describe('with pg_stat_statements', () => {
  let settings: ConnectionSettings;
  let link: Link;
  beforeAll(async () => {
    const server = await serverWith(
      "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'",
      cache.root,
    );
    const maintenance = await connect(server.settings, 'test');
    await maintenance.query('CREATE DATABASE load');
    await maintenance.end();
    settings = { ...server.settings, database: 'load' };
    link = await connect(settings, 'test');
    for (const statement of SHOP) await link.query(statement);
    return async () => {
      await link.end();
      await server.release();
    };
  });
  const url = () => {
    const { user, password = '', host, port } = settings;
    return `postgresql://${user}:${encodeURIComponent(password)}@/load?host=${encodeURIComponent(host)}&port=${port}`;
  };
  const init = (cwd: string, ...args: string[]) =>
    runPiped({ cache, cwd, args: ['init', 'mine', '--url', url(), ...args] });

  it('says so when the extension is not there, and goes on with the rest', async () => {
    const cwd = await emptyFolder();
    const { code, stdout, stderr } = await init(cwd);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^No queries were written: the extension pg_stat_statements is not installed .*\.$/m,
    );
    const workload = await loadWorkload(join(cwd, 'mine'), cwd);
    expect(workload.queries.map(({ id }) => id)).toEqual(['00-example']);
    expect(workload.proposals.length).toBeGreaterThan(0);
  });

  it('proposes indexes for foreign keys, lists idle ones, and trusts no name', async () => {
    const cwd = await emptyFolder();
    const { stdout } = await init(cwd);
    const files = await filesIn(join(cwd, 'mine'));
    expect(await filesIn(cwd)).toEqual(files.map(file => `mine/${file}`));
    for (const file of files) expect(file).toMatch(/^[a-z0-9_/-]+\.(sql|sql\.todo|json)$|^README\.md$/);
    const { proposals, budgets } = await loadWorkload(join(cwd, 'mine'), cwd);
    const ddl = proposals.map(proposal => proposal.statements[0]?.sql).sort();
    expect(ddl).toEqual([
      'CREATE INDEX etc_2jevil_a_b_idx ON U&"../etc/\\001B[2Jevil" ("a\nb")',
      'CREATE INDEX items_order_id_line_idx ON items (order_id, line)',
      'CREATE INDEX orders_customer_id_idx ON orders (customer_id)',
    ]);
    expect(budgets.productionRows).toMatchObject({ orders: 2000 });
    const text = (file: string) => readFile(join(cwd, 'mine', file), 'utf8');
    expect(await text('schema/proposals/drop-orders_status_again.sql.todo')).toMatch(
      /^-- todo: on orders, .*: the same as orders_status\n\nDROP INDEX orders_status_again;$/m,
    );
    expect(await text('schema/proposals/drop-items_unused.sql.todo')).toMatch(/never read/);
    expect(await text('schema/proposals/drop-served_either_order.sql.todo')).toMatch(
      /never read.*; without it a DELETE from lines reads the whole table$/m,
    );
    // Of two copies one stays.
    expect(files.filter(file => file.includes('drop-items_note'))).toEqual([
      'schema/proposals/drop-items_note_again.sql.todo',
    ]);
    expect(await text('schema/proposals/drop-orders_broken.sql.todo')).toMatch(/: invalid: /);
    expect(await text('schema/proposals/drop-customers_id_again.sql.todo')).toMatch(
      /the same as customers_pkey/,
    );
    expect(files.filter(file => file.includes('pkey'))).toEqual([]);
    expect(stdout + (await text('README.md'))).not.toContain('\u001b');
    expect(await text('README.md')).toContain('`orders_status_again`');
    expect(await text('README.md')).toContain('- `tiny` (`customer_id`): 2 rows');
  });

  it('writes the costliest queries with values, and check runs on them', async () => {
    await link.query('CREATE EXTENSION pg_stat_statements');
    await link.query('SELECT pg_stat_statements_reset()');
    for (const statement of LOAD) await link.query(statement);
    const before = await catalogOf(link);
    const cwd = await emptyFolder();
    const { code, stdout, stderr } = await init(cwd);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await catalogOf(link)).toBe(before);
    const folder = join(cwd, 'mine');
    const files = await filesIn(folder);
    const text = async (file: string) => readFile(join(folder, file), 'utf8');
    const queries = await Promise.all(files.filter(file => /^queries.*\.sql$/.test(file)).map(text));
    const one = (part: string) => queries.filter(query => query.includes(part)).join('\n----\n');

    // Deduplicated, in spite of blanks and case.
    expect(one('AND amount >').match(/title:/g)).toHaveLength(1);
    expect(one('AND amount >')).toContain("-- $1 is 'paid', a value of orders.status\n");
    expect(one('AND amount >')).toMatch(/-- review: values are guesses from pg_stats/);
    expect(one('LIMIT')).toContain('-- $2 is 100\n');
    expect(one('interval')).toContain("-- $3 is '30 days', a guess in the text\n");
    expect(one('ILIKE')).toMatch(
      /-- \$1 is 'user\d+%' \(common\) or 'user\d+%' \(rare\), values of customers.email\n/,
    );
    expect(one('CASE')).toMatch(
      /'paid'[\s\S]*-- \$2 is 1, a guess in the text\n-- \$3 is 1, a guess in the text\n/,
    );
    expect(one('IN (')).toMatch(/'paid'[\s\S]*'new', a value of orders.status/);
    const titles = queries.map(query => /^-- title: (.*)$/m.exec(query)?.[1]);
    expect(new Set(titles).size).toBe(queries.length);
    const { callsADay, queries: drafted } = await loadWorkload(folder, cwd);
    const [{ days } = {}] = await link.query(
      'SELECT extract(epoch FROM now() - stats_reset)::float8 / 86400 AS days FROM pg_stat_statements_info',
    );
    // Counted a moment ago: the same call is a little less often a day with each second, from the first one on.
    const since = Math.max(Number(days), 1 / 86_400);
    for (const { id } of drafted) expect(callsADay[id], id).toBeGreaterThan(0.499 / since);
    const loaded = drafted.map(({ sql }) => sql);
    expect(loaded.join('\n')).not.toMatch(/\$\d/);
    // A common amount, and a rare one.
    expect(loaded.filter(sql => sql.includes("status = 'paid' AND amount >"))).toHaveLength(2);

    // What is left out, and why; our own catalog queries are no load.
    const readme = await text('README.md');
    expect(readme).toMatch(/The most expensive writes[^#]*in 1 call: `UPDATE orders SET amount/);
    expect(readme).not.toMatch(/not UPDATE|pg_catalog|reads only PostgreSQL|not CREATE/);
    expect(readme).toMatch(/reads no table/);
    expect(stdout).toMatch(/^Skipped \d+ expensive statements/m);
    // Planned in a lens of this database, nothing was built; the index of a foreign key that one of them serves is left out.
    expect(stdout).toMatch(/^Suggested by the planner; nothing was built or run:\n {2}\w+_idx: for 0\d-/m);
    expect(queries.join()).not.toMatch(/pg_catalog/);
    const todo = files.filter(file => /^queries.*\.todo$/.test(file));
    expect(todo).toHaveLength(1);
    expect(await text(todo[0] ?? '')).toMatch(
      /-- todo: \$1 is compared with no column of a table\n[\s\S]*\$1/,
    );
    expect(stdout).toContain(todo[0]);

    const checked = await runPiped({
      cache,
      cwd,
      args: ['check', 'mine', '--yes', '--url', url(), '--json'],
    });
    const document = JSON.parse(checked.stdout) as CheckDocument;
    expect(document.queries.map(({ id, before: { failure } }) => [id, failure])).toEqual(
      document.queries.map(({ id }) => [id, null]),
    );
    expect(new Set(document.queries.map(({ id }) => id.replace(/#.*/, ''))).size).toBe(queries.length);
    expect(document.proposals.map(({ state }) => state)).toEqual(document.proposals.map(() => 'built'));
    expect(checked.code).toBe(0);
    expect(await catalogOf(link)).toBe(before);
  });

  it('takes as many as it is told', async () => {
    const cwd = await emptyFolder();
    await init(cwd, '--top', '2');
    expect((await filesIn(join(cwd, 'mine'))).filter(file => file.startsWith('queries/'))).toHaveLength(2);
  });

  it('shows a role no more than it may see', async () => {
    await link.query("CREATE ROLE reader LOGIN PASSWORD 'reader'");
    await link.query('GRANT SELECT ON orders TO reader');
    const cwd = await emptyFolder();
    const { user, password = '' } = settings;
    const asReader = url().replace(`${user}:${encodeURIComponent(password)}@`, 'reader:reader@');
    const { code, stdout, stderr } = await runPiped({
      cache,
      cwd,
      args: ['init', 'mine', '--url', asReader],
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/another role's, whose text this role may not read/);
    const { queries } = await loadWorkload(join(cwd, 'mine'), cwd);
    expect(queries.map(({ sql }) => sql)).toEqual(['SELECT * FROM "public"."orders" LIMIT 100']);
  });

  it('leaves nothing when the database cannot be had', async () => {
    const cwd = await emptyFolder();
    const { code, stderr } = await runPiped({
      cache,
      cwd,
      args: ['init', 'mine', '--url', url().replace('/load?', '/nowhere?')],
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^pgopt-explore: cannot connect to .*\n$/);
    expect(await readdir(cwd)).toEqual([]);
  });
});

const SHOP = [
  'CREATE TABLE customers (id int PRIMARY KEY, email text, country char(2))',
  `CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, status text, created_at timestamp,
                        amount numeric, parent int)`,
  `CREATE TABLE lines (order_id int, line int, PRIMARY KEY (order_id, line))`,
  // Two foreign keys: one that its primary key serves in another order, one that only a partial index begins with.
  `CREATE TABLE items (line int, order_id int, note text, PRIMARY KEY (order_id, note, line),
                       FOREIGN KEY (order_id, line) REFERENCES lines, FOREIGN KEY (order_id) REFERENCES orders)`,
  'CREATE TABLE served (line int, order_id int, FOREIGN KEY (order_id, line) REFERENCES lines)',
  // As Rails writes them: a lookup of a value implies that there is one.
  'CREATE TABLE optional (order_id int REFERENCES orders, note text)',
  'CREATE INDEX optional_order ON optional (order_id) WHERE order_id IS NOT NULL',
  'CREATE TABLE empty (order_id int REFERENCES orders)',
  'CREATE INDEX served_either_order ON served (line, order_id)',
  'CREATE INDEX items_unused ON items (note)',
  'CREATE INDEX items_note ON items (order_id, note)',
  'CREATE INDEX items_note_again ON items (order_id, note)',
  'CREATE INDEX items_partial ON items (order_id, line) WHERE line > 3',
  // Not valid: it serves no foreign key.
  'CREATE INDEX orders_broken ON orders (customer_id)',
  "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_broken'::regclass",
  'CREATE UNIQUE INDEX customers_id_again ON customers (id)',
  'CREATE INDEX orders_status ON orders (status)',
  `CREATE TABLE "../etc/\u001b[2Jevil" ("a\nb" int REFERENCES customers)`,
  "INSERT INTO customers SELECT g, 'user' || g || '@example.org', 'DE' FROM generate_series(1, 500) g",
  `INSERT INTO orders SELECT g, g % 500 + 1, CASE WHEN g % 3 = 0 THEN 'new' ELSE 'paid' END,
     timestamp '2026-01-01' + g * interval '1 hour', g % 97, NULL FROM generate_series(1, 2000) g`,
  'INSERT INTO lines SELECT g, 1 FROM generate_series(1, 1500) g',
  "INSERT INTO items SELECT 1, g, 'x' FROM generate_series(1, 1500) g",
  'INSERT INTO optional SELECT g FROM generate_series(1, 1500) g',
  `INSERT INTO "../etc/\u001b[2Jevil" SELECT g % 500 + 1 FROM generate_series(1, 1500) g`,
  'CREATE TABLE tiny (customer_id int REFERENCES customers)',
  'INSERT INTO tiny VALUES (1), (2)',
  'SET enable_seqscan = off',
  "SELECT count(*) FROM orders WHERE status = 'paid'",
  'SELECT pg_stat_force_next_flush()',
  'RESET enable_seqscan',
  // Read less often than its twin: it is the one to go.
  'CREATE INDEX orders_status_again ON orders (status)',
  'VACUUM ANALYZE',
];

const LOAD = [
  "SELECT * FROM orders WHERE status = 'paid' AND amount > 5",
  "select *  from orders\nWHERE status = 'new' AND amount > 7",
  "SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.country = 'DE' ORDER BY o.created_at DESC LIMIT 5",
  "SELECT date_trunc('day', created_at), sum(amount) FROM orders WHERE created_at > timestamp '2026-02-01' - interval '3 days' GROUP BY 1",
  "SELECT id FROM customers WHERE email ILIKE 'user1%'",
  "SELECT sum(CASE WHEN status = 'paid' THEN 1 ELSE 0 END) FROM orders",
  "SELECT count(*) FROM orders WHERE status IN ('paid', 'new') AND created_at BETWEEN '2026-01-02' AND '2026-03-01'",
  'SELECT extract(year FROM created_at), coalesce(max(parent), 0) FROM orders GROUP BY 1 HAVING count(*) > 3',
  'SELECT count(*) FROM orders WHERE abs(5) > random()',
  // Object mappers and query generators write a comment before the statement.
  "/* app: orders */ -- by hand\nUPDATE orders SET amount = amount + 1 WHERE status = 'lost'",
  '/* app: migration */ CREATE TEMP TABLE migrated AS SELECT id FROM orders',
  'SELECT relname FROM pg_class WHERE relpages > 3',
  'SELECT md5(md5(1::text))',
];
