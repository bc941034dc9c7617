/** What the gate in front of the program's own statements sets. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, type Link } from '../../src/database/link.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';

let database: TestDatabase;
let link: Link;
beforeAll(async () => {
  database = await testDatabase('guard', []);
  await database.link.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET jit = on', current_database()); END $$`,
  );
  link = await connect(database.settings, 'pgopt-test');
});
afterAll(async () => {
  await link?.end();
  await database?.drop();
});

it('compiles no plan of its own, and leaves those of a session as they are', async () => {
  const jit = async () => (await link.query("SELECT current_setting('jit') AS jit"))[0]?.jit;
  expect(await jit()).toBe('off');
  await link.batch(['BEGIN']);
  expect(await jit()).toBe('on');
  await link.batch(['ROLLBACK']);
  expect(await jit()).toBe('off');
});
