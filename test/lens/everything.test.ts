import { it } from 'vitest';
import { testDatabase } from '../helpers/database.ts';
import { testServer } from '../helpers/server.ts';
import { everything } from './everything.ts';
import { expectSamePlans } from './samePlans.ts';

it('a lens of a schema of every kind plans as the database does, at the same costs', async () => {
  const database = await testDatabase('everything', [...everything(15), 'VACUUM ANALYZE']);
  try {
    await expectSamePlans(database, await testServer());
  } finally {
    await database.drop();
  }
});
