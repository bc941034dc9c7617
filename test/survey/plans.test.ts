/** The plans of all configurations, few of them asked for, against asking for each: on a real PostgreSQL. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { howKnown, idsOf, planUnder } from '../../src/advisor/survey.ts';
import type { ExplorerSession, TableFact } from '../../src/session/events.ts';
import { openSession } from '../../src/session/opening.ts';
import { startSurvey } from '../../src/survey/runSurvey.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { makeWorkload } from '../helpers/workload.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('survey', [
    'CREATE TABLE people (id int PRIMARY KEY, email text, town int)',
    `INSERT INTO people SELECT g, 'p' || g || '@example.com', g % 50 FROM generate_series(1, 20000) g`,
    'CREATE TABLE visits (id int PRIMARY KEY, person int, day date, cost int)',
    `INSERT INTO visits SELECT g, 1 + g * 7 % 20000, date '2026-01-01' + g % 300, g % 97 FROM generate_series(1, 60000) g`,
    'CREATE INDEX visits_day ON visits (day)',
    'CREATE TABLE events (id int, at date, kind int) PARTITION BY RANGE (at)',
    `CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-06-01')`,
    `CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-06-01') TO ('2027-01-01')`,
    `INSERT INTO events SELECT g, date '2026-01-01' + g % 300, g % 40 FROM generate_series(1, 30000) g`,
    'CREATE VIEW dear AS SELECT person, cost FROM visits WHERE cost > 90',
    'VACUUM (FREEZE, ANALYZE) people, visits, events',
  ]);
});
afterAll(() => database.drop());

const QUERIES = {
  one: 'SELECT p.email, v.cost FROM people p JOIN visits v ON v.person = p.id WHERE p.town = 7 AND v.cost = 3',
  two: `SELECT count(*) FROM visits WHERE day > '2026-10-20'`,
  three: `SELECT sum(cost) FROM dear WHERE person < 100`,
  four: `SELECT kind, count(*) FROM events WHERE at >= '2026-10-01' AND kind = 3 GROUP BY kind`,
  five: `SELECT * FROM people WHERE lower(email) = 'p77@example.com'`,
  six: 'SELECT p.town, sum(v.cost) FROM people p JOIN visits v ON v.person = p.id GROUP BY p.town ORDER BY p.town',
};
const PROPOSALS = {
  visits_person: 'CREATE INDEX visits_person ON visits (person) INCLUDE (cost)',
  visits_cost: 'CREATE INDEX visits_cost ON visits (cost) WHERE cost > 90',
  visits_cost_person: 'CREATE INDEX visits_cost_person ON visits (cost, person)',
  people_email: 'CREATE UNIQUE INDEX people_email ON people (lower(email))',
  people_town: 'CREATE INDEX people_town ON people (town)',
  events_at: 'CREATE INDEX events_at ON events (at)',
  events_2_kind: 'CREATE INDEX events_2_kind ON events_2 (kind)',
  no_visits_day: 'DROP INDEX visits_day',
  town_costs: `CREATE MATERIALIZED VIEW town_costs AS SELECT p.town, sum(v.cost) AS cost FROM people p JOIN visits v ON v.person = p.id GROUP BY p.town;
CREATE INDEX town_costs_town ON town_costs (town)`,
};

async function surveyed(workload: Workload, verify: boolean) {
  const session = await openSession({ settings: database.settings, workload, eager: false, now: Date.now });
  const running = startSurvey(
    session,
    workload,
    await tablesOf(session),
    { verify, budgetMs: 0, plansOnly: true },
    () => undefined,
    Date.now,
  );
  const { survey } = await running.ended;
  return { session, survey };
}

const tablesOf = (session: ExplorerSession) =>
  new Promise<readonly TableFact[]>(resolve => {
    session.subscribe(event => {
      if (event.type === 'session:opened') resolve(event.tables);
    });
  });

describe('the plans of all configurations', () => {
  it('are those that the planner gives when each is asked for, and few were', async () => {
    const workload = await makeWorkload({
      queries: QUERIES,
      proposals: PROPOSALS,
      rewrites: { 'six@town_costs': 'SELECT town, cost FROM town_costs ORDER BY town' },
    });
    const { session, survey } = await surveyed(workload, false);
    expect(survey.leftOut).toEqual([]);
    expect(survey.proposals).toHaveLength(9);
    const wrong: string[] = [];
    for (const query of survey.queries) {
      expect(query.failure).toBeUndefined();
      for (let configuration = 0; configuration < 512; configuration++) {
        const proposals = idsOf(survey, configuration);
        const answer = await session.background({ kind: 'estimate', queryId: query.id, proposals });
        const plan = planUnder(survey, query, configuration);
        if (answer.kind !== 'estimated' || answer.plan.fingerprint !== plan?.fingerprint)
          wrong.push(`${query.id} ${proposals.join(' ')} ${howKnown(survey, query, configuration)}`);
      }
    }
    await session.close();
    expect(wrong).toEqual([]);
    const { cells, asked, inferred, explains, builds } = survey.effort;
    expect({ cells, known: asked + inferred, builds }).toEqual({ cells: 3072, known: 3072, builds: 9 });
    expect(explains).toBeLessThan(cells / 4);
  });
});
