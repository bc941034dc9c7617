import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Parameters } from '../../src/database/parameters.ts';
import { tlsSettings } from '../../src/database/tls.ts';
import { folderWith } from '../helpers/folder.ts';
import { refusalOf } from '../helpers/refusal.ts';

const read = async (given: Parameters, home = '/nowhere') => {
  const { tls, warnings } = await tlsSettings(given, home);
  const { checkServerIdentity, ...options } = tls?.options ?? {};
  return { mode: tls?.mode, options, comparesNames: checkServerIdentity === undefined, warnings };
};

describe('sslmode', () => {
  it('is prefer by default, and verifies nothing without a root certificate', async () => {
    expect(await read({})).toMatchObject({ mode: 'prefer', options: { rejectUnauthorized: false } });
    expect(await read({ sslmode: 'require' })).toMatchObject({ options: { rejectUnauthorized: false } });
    expect(await read({ sslmode: 'disable' })).toMatchObject({ mode: undefined });
  });

  it('verifies the chain wherever there is a root certificate, and the name in verify-full only', async () => {
    const home = await folderWith({ '.postgresql/root.crt': 'ROOT', other: 'OTHER' });
    const verified = { ca: 'ROOT', rejectUnauthorized: true };
    expect(await read({ sslmode: 'require' }, home)).toMatchObject({
      options: verified,
      comparesNames: false,
    });
    expect(await read({ sslmode: 'verify-ca' }, home)).toMatchObject({
      options: verified,
      comparesNames: false,
    });
    expect(await read({ sslmode: 'verify-full' }, home)).toMatchObject({
      options: verified,
      comparesNames: true,
    });
    const sslrootcert = join(home, 'other');
    expect(await read({ sslmode: 'verify-ca', sslrootcert }, home)).toMatchObject({
      options: { ca: 'OTHER' },
    });
  });

  it('takes public authorities with verify-full only', async () => {
    const sslrootcert = 'system';
    expect(await read({ sslrootcert })).toMatchObject({
      mode: 'verify-full',
      options: { rejectUnauthorized: true },
      comparesNames: true,
    });
    expect(await refusalOf(() => read({ sslrootcert, sslmode: 'require' }))).toMatch(
      /too weak .*: use sslmode=verify-full$/,
    );
  });

  it.each([
    [
      { sslmode: 'verify-full' },
      /the root certificate \/nowhere\/\.postgresql\/root\.crt does not exist: .*sslrootcert=system/,
    ],
    [{ sslmode: 'require', sslrootcert: '/none' }, /the root certificate \/none does not exist/],
    [{ sslmode: 'sometimes' }, /sslmode "sometimes" is not known: write disable, allow, /],
    [{ sslmode: 'no-verify' }, /: write require, which encrypts and verifies nothing$/],
    [{ sslcert: '/none' }, /the client certificate \/none does not exist: correct sslcert$/],
  ])('refuses %j', async (given, says) => expect(await refusalOf(() => read(given))).toMatch(says));

  it('presents the client certificate from the home folder, with a key for its owner alone', async () => {
    const home = await folderWith({
      '.postgresql/postgresql.crt': 'CERT',
      '.postgresql/postgresql.key': 'KEY',
    });
    const key = join(home, '.postgresql/postgresql.key');
    expect((await read({ sslmode: 'require' }, home)).options).toMatchObject({ cert: 'CERT', key: 'KEY' });
    await chmod(key, 0o644);
    expect(await refusalOf(() => read({ sslmode: 'require' }, home))).toBe(
      `pgopt-explore: others may read the private key ${key}: chmod 600 ${key}`,
    );
    // Who does not insist on TLS is not kept out.
    expect(await read({}, home)).toMatchObject({
      options: { rejectUnauthorized: false },
      warnings: [`the client certificate is not used: others may read the private key ${key}`],
    });
  });

  it('misses the key of a certificate', async () => {
    const home = await folderWith({ '.postgresql/postgresql.crt': 'CERT' });
    expect(await refusalOf(() => read({ sslmode: 'require' }, home))).toMatch(
      /the private key .*postgresql\.key does not exist: name the key of .*postgresql\.crt in sslkey$/,
    );
  });
});
