/** A schema of keys of several columns, sampled by tenants: its lens against the database that really has the rows. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openProduction, type Production } from '../../src/production/productionLens.ts';
import type { ExplorerSession } from '../../src/session/events.ts';
import { openSession } from '../../src/session/opening.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { testServer } from '../helpers/server.ts';
import { makeWorkload } from '../helpers/workload.ts';

/** tenants ← projects(tenant, project) ← tasks(tenant, project, task) ← hours; a task may have a parent in its own table. */
const schema = (tenants: number): string[] => [
  'CREATE TABLE kinds (kind integer PRIMARY KEY)',
  'CREATE TABLE tenants (tenant integer PRIMARY KEY)',
  `CREATE TABLE projects (tenant integer REFERENCES tenants, project integer, kind integer REFERENCES kinds,
     PRIMARY KEY (tenant, project))`,
  `CREATE TABLE tasks (tenant integer, project integer, task integer, parent integer, state integer,
     PRIMARY KEY (tenant, project, task), FOREIGN KEY (tenant, project) REFERENCES projects,
     FOREIGN KEY (tenant, project, parent) REFERENCES tasks)`,
  `CREATE TABLE hours (id integer PRIMARY KEY, tenant integer, project integer, task integer, day date, spent integer,
     FOREIGN KEY (tenant, project, task) REFERENCES tasks)`,
  'INSERT INTO kinds SELECT generate_series(1, 30)',
  `INSERT INTO tenants SELECT generate_series(1, ${tenants})`,
  'INSERT INTO projects SELECT tenant, p, 1 + (tenant * 7 + p) % 30 FROM tenants, generate_series(1, 5) p',
  `INSERT INTO tasks SELECT tenant, project, t, CASE WHEN t > 1 THEN t / 2 END, t % 3
   FROM projects, generate_series(1, 8) t`,
  `INSERT INTO hours SELECT i, 1 + x / 40, 1 + x / 8 % 5, 1 + x % 8, date '2025-01-01' + i % 300, i % 9
   FROM (SELECT i, (hashint4(i)::bigint + 2147483648) % ${tenants * 40} AS x FROM generate_series(1, ${tenants * 400}) i) s`,
  'CREATE INDEX hours_task ON hours (tenant, project, task)',
  'VACUUM ANALYZE',
];

const QUERIES = {
  tenant: 'SELECT sum(spent) FROM hours WHERE tenant = 17',
  task: 'SELECT sum(spent) FROM hours WHERE tenant = 17 AND project = 3 AND task = 4',
  kinds: 'SELECT kind, count(*) FROM projects GROUP BY kind',
  tenants: 'SELECT tenant, sum(spent) FROM hours GROUP BY tenant',
  tasks: 'SELECT tenant, project, task, sum(spent) FROM hours GROUP BY tenant, project, task',
  children:
    'SELECT count(*) FROM tasks a JOIN tasks b ON (b.tenant, b.project, b.parent) = (a.tenant, a.project, a.task)',
  joined: 'SELECT kind, sum(spent) FROM hours JOIN projects USING (tenant, project) GROUP BY kind',
  days: 'SELECT day, sum(spent) FROM hours GROUP BY day',
};
const SAMPLE = 50;
const LARGE = 1000;

let databases: readonly TestDatabase[];
let sample: ExplorerSession;
let large: ExplorerSession;
let production: Production;

beforeAll(async () => {
  const made = await makeWorkload({ queries: QUERIES, proposals: {} });
  const productionRows = {
    tenants: LARGE,
    projects: LARGE * 5,
    tasks: LARGE * 40,
    hours: LARGE * 400,
  };
  const workload: Workload = { ...made, budgets: { ...made.budgets, productionRows } };
  databases = [await testDatabase('keys', schema(SAMPLE)), await testDatabase('keys_large', schema(LARGE))];
  const open = ({ settings }: TestDatabase) =>
    openSession({ settings, workload, eager: false, estimatesOnly: true, now: Date.now });
  const [small, real] = databases as [TestDatabase, TestDatabase];
  sample = await open(small);
  large = await open(real);
  production = await openProduction(sample, await testServer(), { workload, now: Date.now });
});
afterAll(async () => {
  await production.session.close();
  await sample.close();
  await large.close();
  for (const database of databases) await database.drop();
});

async function estimated(session: ExplorerSession, queryId: string) {
  const answer = await session.background({ kind: 'estimate', queryId, proposals: [] });
  if (answer.kind !== 'estimated') throw new Error(JSON.stringify(answer));
  return answer.plan;
}

it.each(Object.keys(QUERIES))(
  '%s: the plan and the rows of the database that really has them',
  async query => {
    const [real, lens] = [await estimated(large, query), await estimated(production.session, query)];
    expect(lens.fingerprint).toBe(real.fingerprint);
    expect(Math.abs(Math.log(lens.root.planRows / real.root.planRows))).toBeLessThan(0.15);
  },
);

it('counts what each column has in production', () => {
  const distinct = (path: string) => {
    const [table, name] = path.split('.');
    const found = production.document.tables.find(one => one.name === table);
    const column = found?.columns.find(one => one.dropped !== true && one.name === name);
    const value = column?.dropped === true ? undefined : column?.statistics?.distinct;
    return value === undefined || value >= 0 ? value : -value * (found?.rows ?? 0);
  };
  expect(distinct('hours.tenant')).toBeCloseTo(LARGE, -2);
  expect(distinct('tasks.tenant')).toBeCloseTo(LARGE, -2);
  expect(distinct('projects.kind')).toBeCloseTo(30);
  expect(distinct('hours.project')).toBe(5);
  expect(distinct('tasks.parent')).toBe(4);
  expect(distinct('hours.day')).toBe(300);
});
