/** The reasons why an index is not used, by the planner of each major. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { programsOf, tried } from '../helpers/majors.ts';
import { type OwnServer, startOwnServer } from '../helpers/ownServer.ts';
import { asked, CASES, UNUSED_SCHEMA } from '../helpers/unusedCases.ts';

describe.each(tried([13, 14, 16, 17, 18]))('PostgreSQL %i', major => {
  let server: OwnServer;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await startOwnServer({ programs: await programsOf(major) });
    database = await testDatabase('unused', UNUSED_SCHEMA, server);
  }, 300_000);
  afterAll(async () => {
    await database?.drop();
    await server?.stop();
  });

  it('gives the same reasons', async () => {
    const answers = await asked(database.settings, CASES);
    expect(answers.map(({ index, query, reason }) => [index, query, reason])).toEqual(
      CASES.map(([index, query, reason]) => [index, query, reason]),
    );
  });
});
