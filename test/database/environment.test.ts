/** node-pg takes much from PG* variables by itself: none of it may reach a connection that the settings describe. */
import { afterEach, expect, it, vi } from 'vitest';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { fakeServer } from '../helpers/fakeServer.ts';
import { testServer } from '../helpers/server.ts';

afterEach(() => vi.unstubAllEnvs());

function meantForAnother(): void {
  const variables = {
    PGHOST: 'another.example',
    PGPORT: '1',
    PGPASSWORD: 's3cret',
    PGSSLMODE: 'require',
    PGSSLNEGOTIATION: 'direct',
    PGOPTIONS: '-c work_mem=1MB',
    PGAPPNAME: 'another',
    PGREPLICATION: 'database',
    PGCLIENT_ENCODING: 'LATIN1',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

it('comes from the settings alone', async () => {
  meantForAnother();
  const { settings } = await testServer();
  const link = await connect(settings, 'test of the environment');
  const [row] = await link.query(
    `SELECT source, current_setting('application_name') AS name, current_setting('client_encoding') AS encoding
     FROM pg_settings WHERE name = 'work_mem'`,
  );
  await link.end();
  expect(row).toEqual({ source: 'configuration file', name: 'test of the environment', encoding: 'UTF8' });
});

it('passes on the options that the settings have', async () => {
  const { settings } = await testServer();
  const link = await connect({ ...settings, options: '-c work_mem=1MB', applicationName: 'mine' }, 'test');
  const [row] = await link.query(
    "SELECT current_setting('work_mem') AS memory, current_setting('application_name') AS name",
  );
  await link.end();
  expect(row).toEqual({ memory: '1MB', name: 'mine' });
});

it('begins with nothing that a pooler would not take', async () => {
  meantForAnother();
  let startup = '';
  const port = await fakeServer(socket =>
    socket.once('data', data => {
      startup = data.toString('latin1', 8);
      socket.destroy();
    }),
  );
  await connect({ host: '127.0.0.1', port, user: 'me', database: 'shop' }, 'test').catch(() => undefined);
  const names = startup.split('\0').filter((_, position) => position % 2 === 0 && _ !== '');
  expect(names.sort()).toEqual(['application_name', 'client_encoding', 'database', 'user']);
});
