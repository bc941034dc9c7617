import pg from 'pg';
import { expect, it } from 'vitest';
import { testServer } from '../../helpers/server.ts';

it('gives each test file a real PostgreSQL 15', async () => {
  const { settings, serverVersion } = await testServer();
  const client = new pg.Client(settings);
  await client.connect();
  try {
    const answer = await client.query('SHOW server_version');
    expect(answer.rows).toEqual([{ server_version: serverVersion }]);
    expect(serverVersion).toMatch(/^15\./);
  } finally {
    await client.end();
  }
});
