import { describe, expect, it } from 'vitest';
import { resolveSettings, type Sources } from '../../src/database/settings.ts';
import { folderWith } from '../helpers/folder.ts';
import { refusalOf } from '../helpers/refusal.ts';

const resolve = (sources: Partial<Sources>) =>
  resolveSettings({
    env: {},
    userName: 'system',
    homeFolder: '/nowhere',
    platform: 'linux',
    socketFolders: [],
    ...sources,
  });
const settings = async (sources: Partial<Sources>) => (await resolve(sources)).settings;

const ENV = {
  PGHOST: 'env.example',
  PGPORT: '5001',
  PGDATABASE: 'env_db',
  PGUSER: 'env_user',
  PGPASSWORD: 'env_password',
  PGSSLMODE: 'disable',
  PGCONNECT_TIMEOUT: '7',
  PGOPTIONS: '-c geqo=off',
  PGAPPNAME: 'mine',
};

describe('where the database is', () => {
  it('is said by the URL, then the service, then the variables, then by default', async () => {
    const homeFolder = await folderWith({
      '.pg_service.conf': '[s]\nhost=service.example\nport=5002\nuser=service_user\n',
    });
    const url = 'postgresql://url.example';
    expect(await settings({ url, service: 's', env: ENV, homeFolder })).toEqual({
      host: 'url.example',
      port: 5002,
      user: 'service_user',
      database: 'env_db',
      password: 'env_password',
      connectTimeoutMs: 7000,
      options: '-c geqo=off',
      applicationName: 'mine',
    });
    expect(await settings({ env: { ...ENV, PGSERVICE: 's' }, homeFolder })).toMatchObject({
      host: 'service.example',
    });
    expect(await settings({ url: `${url}?service=s`, homeFolder })).toMatchObject({ user: 'service_user' });
    expect(await settings({ env: ENV })).toMatchObject({ host: 'env.example', port: 5001 });
    expect(await settings({ env: { PGSSLMODE: 'disable', PGHOST: '' } })).toEqual({
      host: 'localhost',
      port: 5432,
      user: 'system',
      database: 'system',
    });
  });

  it('is the local socket when there is one and no host is named, and that is not encrypted', async () => {
    const folder = await folderWith({ '.s.PGSQL.5433': '' });
    const here = { socketFolders: ['/nowhere', folder], env: { PGSSLMODE: 'verify-full' } };
    expect(await settings({ ...here, url: 'postgresql:///shop?port=5433' })).toEqual({
      host: folder,
      port: 5433,
      user: 'system',
      database: 'shop',
    });
    expect(await settings({ socketFolders: [folder], env: {} })).toMatchObject({ host: 'localhost' });
  });

  it('may be an address besides the name, which certificates are still held to', async () => {
    const env = { PGHOSTADDR: '10.0.0.1', PGSSLMODE: 'disable' };
    expect(await settings({ env })).toMatchObject({ host: '10.0.0.1', hostAddress: '10.0.0.1' });
    expect(await settings({ env, url: 'postgresql://h' })).toMatchObject({
      host: 'h',
      hostAddress: '10.0.0.1',
    });
  });

  it('looks into ~/.pgpass, or PGPASSFILE, when nothing else names a password', async () => {
    const homeFolder = await folderWith({
      '.pgpass': 'h:5432:db:me:at_home\n',
      other: 'h:*:*:*:elsewhere\n',
    });
    const url = 'postgresql://me@h/db';
    expect(await settings({ url, homeFolder })).toMatchObject({ password: 'at_home' });
    const env = { PGPASSFILE: `${homeFolder}/other` };
    expect(await settings({ url, homeFolder, env })).toMatchObject({ password: 'elsewhere' });
    expect(await settings({ url, homeFolder, env: ENV })).toMatchObject({ password: 'env_password' });
    expect(await settings({ url, homeFolder, askPassword: true })).not.toHaveProperty('password');
  });

  it.each([
    [{ PGPORT: '0' }, /^pgopt-explore: port "0" is not valid: it must be a number from 1 to 65535$/],
    [{ PGPORT: '1,2' }, /names several hosts: name the one to work on$/],
    [{ PGHOST: 'a,b' }, /names several hosts/],
    [{ PGHOSTADDR: 'db.example' }, /hostaddr "db.example" is not valid: it must be an IP address/],
    [{ PGCONNECT_TIMEOUT: 'long' }, /connect_timeout "long" is not valid/],
    [{ PGCHANNELBINDING: 'maybe' }, /channel_binding "maybe" is not valid/],
    [{ PGCHANNELBINDING: 'require', PGSSLMODE: 'disable' }, /channel_binding=require needs TLS/],
    [
      { PGREQUIREAUTH: 'scram-sha-256' },
      /^pgopt-explore: PGREQUIREAUTH asks for something that is not supported/,
    ],
    [{ PGTARGETSESSIONATTRS: 'read-write' }, /PGTARGETSESSIONATTRS asks for something/],
    [
      { PGSERVICE: 'none' },
      /there is no service "none": define \[none\] in \/nowhere\/\.pg_service\.conf or /,
    ],
  ])('refuses %j in one line', async (env, says) => {
    const refusal = await refusalOf(() => resolve({ env }));
    expect(refusal).toMatch(says);
    expect(refusal).not.toContain('\n');
  });

  it('waits as libpq does: two seconds at least, for ever when told so', async () => {
    const wait = async (PGCONNECT_TIMEOUT: string) =>
      (await settings({ env: { PGCONNECT_TIMEOUT } })).connectTimeoutMs;
    expect(await Promise.all(['1', '30', '0', '-1'].map(wait))).toEqual([2000, 30_000, 0, 0]);
  });
});
