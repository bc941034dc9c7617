/** TLS against a real server: what each sslmode accepts, refuses, and falls back to. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatError, type PgoptError } from '../../src/base/errors.ts';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { resolveSettings } from '../../src/database/settings.ts';
import { makeCertificate } from '../helpers/certificates.ts';
import { programsOf } from '../helpers/majors.ts';
import { type OwnServer, startOwnServer } from '../helpers/ownServer.ts';

const folder = mkdtempSync(join(tmpdir(), 'pgopt-tls-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const authority = makeCertificate({ name: 'test authority', authority: true });
const stranger = makeCertificate({ name: 'another authority', authority: true });
const server = makeCertificate({ name: 'server', issuer: authority, hosts: ['db.test'] });
const expired = makeCertificate({ name: 'server', issuer: authority, hosts: ['db.test'], validForDays: -1 });
const client = makeCertificate({ name: 'certified', issuer: authority });
const strange = makeCertificate({ name: 'certified', issuer: stranger });
const root = file('root.crt', authority.cert);
const strangeRoot = file('stranger.crt', stranger.cert);
for (const [name, { cert, key }] of Object.entries({ server, expired, client, strange })) {
  file(`${name}.crt`, cert);
  file(`${name}.key`, key);
}

const ACCESS = [
  'hostssl all certified 127.0.0.1/32 cert',
  'hostssl all secretive 127.0.0.1/32 scram-sha-256',
  'hostnossl all plain 127.0.0.1/32 trust',
  'hostssl all encrypted 127.0.0.1/32 trust',
  'host all owner 127.0.0.1/32 trust',
];

let secure: OwnServer;
let late: OwnServer;
let bare: OwnServer;
beforeAll(async () => {
  const programs = await programsOf(15);
  const files = (name: string) => [root, join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const ssl = (name: string) => ({
    ssl: 'on',
    ssl_cert_file: `${name}.crt`,
    ssl_key_file: `${name}.key`,
    ssl_ca_file: 'root.crt',
  });
  const access = ACCESS;
  secure = await startOwnServer({ programs, access, files: files('server'), configuration: ssl('server') });
  late = await startOwnServer({ programs, access, files: files('expired'), configuration: ssl('expired') });
  bare = await startOwnServer({ programs, access });
  const link = await connect(secure.settings, 'test');
  for (const role of ['certified', 'plain', 'encrypted']) await link.query(`CREATE ROLE ${role} LOGIN`);
  await link.query("CREATE ROLE secretive LOGIN PASSWORD 's3cret'");
  await link.end();
});
afterAll(async () => {
  await Promise.all([secure, late, bare].map(one => one?.stop()));
  rmSync(folder, { recursive: true, force: true });
});

/** `TLSv1.3`, `plain`, or the line that a person would see. */
async function outcome(to: OwnServer, query: string, user = 'owner', host = 'db.test'): Promise<string> {
  const { settings } = await resolveSettings({
    url: `postgresql://${user}@${host}:${to.port}/postgres?hostaddr=127.0.0.1&${query}`,
    env: { PGPASSWORD: 's3cret' },
    userName: 'x',
    homeFolder: '/nowhere',
    platform: process.platform,
  });
  try {
    const link = await connect(settings, 'test');
    const [row] = await link.query('SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    await link.end();
    return row?.ssl === true ? String(row.version) : 'plain';
  } catch (error) {
    return formatError(error as PgoptError);
  }
}

const at = (name: string) => `sslrootcert=${encodeURIComponent(name)}`;
const presenting = (name: string) =>
  `sslcert=${encodeURIComponent(join(folder, `${name}.crt`))}&sslkey=${encodeURIComponent(join(folder, `${name}.key`))}`;

describe('sslmode on a server that has TLS', () => {
  it.each([
    ['sslmode=disable', 'plain'],
    ['sslmode=allow', 'plain'],
    ['', 'TLSv1.3'],
    ['sslmode=prefer', 'TLSv1.3'],
    ['sslmode=require', 'TLSv1.3'],
    [`sslmode=verify-ca&${at(root)}`, 'TLSv1.3'],
    [`sslmode=verify-full&${at(root)}`, 'TLSv1.3'],
  ])('%s', async (query, expected) => expect(await outcome(secure, query)).toBe(expected));

  it('compares the name in verify-full, and not in verify-ca', async () => {
    expect(await outcome(secure, `sslmode=verify-ca&${at(root)}`, 'owner', 'other.test')).toBe('TLSv1.3');
    expect(await outcome(secure, `sslmode=verify-full&${at(root)}`, 'owner', 'other.test')).toMatch(
      /^pgopt-explore: cannot connect to database postgres as owner at other\.test:\d+ \(127\.0\.0\.1\): the server’s certificate is not for the name other\.test: connect by a name /,
    );
  });

  it.each(['require', 'verify-ca', 'verify-full'])('trusts no other authority (%s)', async mode =>
    expect(await outcome(secure, `sslmode=${mode}&${at(strangeRoot)}`)).toMatch(
      /: the server’s certificate is signed by an authority that is not trusted here: name the authority’s certificate in sslrootcert$/,
    ),
  );

  it('does not take a private authority for a public one', async () => {
    expect(await outcome(secure, 'sslrootcert=system')).toMatch(/by an authority that is not trusted here/);
  });

  it('refuses a certificate that has expired', async () => {
    expect(await outcome(late, `sslmode=verify-ca&${at(root)}`)).toMatch(
      /: the server’s certificate has expired: have it renewed/,
    );
    expect(await outcome(late, 'sslmode=require')).toBe('TLSv1.3');
  });

  it('falls back where sslmode lets it: to plain for prefer, to TLS for allow', async () => {
    expect(await outcome(secure, `sslmode=prefer&${at(strangeRoot)}`)).toBe('plain');
    expect(await outcome(secure, 'sslmode=prefer', 'plain')).toBe('plain');
    expect(await outcome(secure, 'sslmode=allow', 'encrypted')).toBe('TLSv1.3');
    expect(await outcome(secure, 'sslmode=require', 'plain')).toMatch(
      /no pg_hba\.conf entry .* SSL encryption: have an entry .* or try sslmode=disable$/,
    );
    expect(await outcome(secure, 'sslmode=disable', 'encrypted')).toMatch(
      /no pg_hba\.conf entry .* no encryption: use sslmode=require/,
    );
  });

  it('logs in by a client certificate, and only by one that the server trusts', async () => {
    expect(
      await outcome(secure, `sslmode=verify-full&${at(root)}&${presenting('client')}`, 'certified'),
    ).toBe('TLSv1.3');
    expect(await outcome(secure, 'sslmode=require', 'certified')).toMatch(
      /connection requires a valid client certificate: name a client certificate for this role in sslcert/,
    );
    expect(await outcome(secure, `sslmode=require&${presenting('strange')}`, 'certified')).toMatch(
      /: the server refuses the TLS handshake \(.*unknown ca\): name a client certificate that it trusts/,
    );
    expect(await outcome(secure, `sslmode=require&${presenting('client')}`, 'encrypted')).toBe('TLSv1.3');
    expect(await outcome(secure, `sslmode=require&${presenting('client')}&${at(root)}`, 'nobody')).toMatch(
      /pg_hba/,
    );
  });

  it('binds the password to the connection where that is asked for', async () => {
    expect(await outcome(secure, 'sslmode=require&channel_binding=require', 'secretive')).toBe('TLSv1.3');
    expect(await outcome(secure, 'sslmode=require&channel_binding=require', 'encrypted')).toMatch(
      /: the server does not offer channel binding, which channel_binding=require asks for: /,
    );
  });
});

describe('sslmode on a server that has none', () => {
  it.each(['disable', 'allow', 'prefer'])('%s is content', async mode =>
    expect(await outcome(bare, `sslmode=${mode}`)).toBe('plain'),
  );
  it('require and better say so', async () => {
    expect(await outcome(bare, 'sslmode=require')).toMatch(
      /: the server does not offer TLS: have TLS enabled on the server \(ssl = on\), or use sslmode=prefer /,
    );
    expect(await outcome(bare, `sslmode=verify-full&${at(root)}`)).toMatch(
      /without it the server cannot be verified$/,
    );
  });
  it('reports the failure that came further, not the missing TLS', async () => {
    expect(await outcome(bare, 'sslmode=prefer', 'nobody')).toMatch(/no pg_hba\.conf entry/);
  });
});
