/** Every way a connection can fail: one line that says what is wrong and what to do, and never the password. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatError } from '../../src/base/errors.ts';
import type { ConnectionSettings } from '../../src/database/connectionSettings.ts';
import { connectionFailure } from '../../src/database/failure.ts';
import { connectTrusted as connect } from '../../src/database/link.ts';
import { errorResponse, fakeServer, sendsAway } from '../helpers/fakeServer.ts';
import { folderWith } from '../helpers/folder.ts';
import { programsOf } from '../helpers/majors.ts';
import { freePort, type OwnServer, startOwnServer } from '../helpers/ownServer.ts';
import { refusalOf } from '../helpers/refusal.ts';

const SETTINGS: ConnectionSettings = {
  host: '127.0.0.1',
  port: 5432,
  user: 'me',
  database: 'shop',
  password: 's3cret',
  tls: { mode: 'prefer', options: { rejectUnauthorized: false } },
};

/** What a person sees after `cannot connect to database shop as me at …: `. */
async function failure(settings: Partial<ConnectionSettings>): Promise<string> {
  const line = await refusalOf(async () => (await connect({ ...SETTINGS, ...settings }, 'test')).end());
  expect(line).not.toContain('s3cret');
  expect(line).not.toContain('\n');
  const [, rest] =
    /^pgopt-explore: cannot connect to database \S+ as \S+ (?:at \S+|\(.*?\)): (.*)$/.exec(line) ?? [];
  return rest ?? line;
}

describe('what answers there', () => {
  it('is nothing', async () => {
    expect(await failure({ port: await freePort() })).toBe(
      'nothing listens there (connection refused): start the server, or correct host and port (--url, PGHOST, PGPORT)',
    );
  });

  it('is no socket, or a dead one', async () => {
    const host = await folderWith({ '.s.PGSQL.5433': '' });
    const says = (port: number) =>
      `no server listens on the socket .s.PGSQL.${port} there: start the server, or name the folder of its unix_socket_directories, its port, or a host`;
    expect(await failure({ host })).toBe(says(5432));
    expect(await failure({ host, port: 5433 })).toBe(says(5433));
  });

  it.each([
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['HTTP, after S', 'S-HTTP'],
  ])('speaks %s', async (_, answer) => {
    const port = await fakeServer(socket => socket.once('data', () => socket.write(answer)));
    const says = /^what answers there does not speak PostgreSQL’s protocol: correct host and port/;
    expect(await failure({ port })).toMatch(says);
    expect(await failure({ port, tls: { mode: 'require', options: {} } })).toMatch(says);
  });

  it('speaks HTTP to a client without TLS', async () => {
    const port = await fakeServer(socket => socket.once('data', () => socket.write('HTTP/1.1 400 Bad\r\n')));
    const { tls: _, ...plain } = SETTINGS;
    expect(await refusalOf(() => connect({ ...plain, port }, 'test'))).toMatch(
      /does not speak PostgreSQL’s protocol/,
    );
  });

  it('greets like SSH before it is spoken to', async () => {
    const port = await fakeServer(socket => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
    expect(await failure({ port })).toMatch(/^what answers there does not speak PostgreSQL’s protocol/);
  });

  it('says nothing', async () => {
    let connections = 0;
    const port = await fakeServer(() => connections++);
    expect(await failure({ port, connectTimeoutMs: 200 })).toBe(
      'no answer within 0.2 s: check host, port and firewalls, or wait longer with PGCONNECT_TIMEOUT (seconds)',
    );
    expect(connections).toBe(1);
  });

  it('hangs up', async () => {
    const port = await fakeServer(socket => socket.once('data', () => socket.destroy()));
    expect(await failure({ port })).toMatch(
      /^the connection was cut before the server had answered: check the server’s log/,
    );
  });

  it('refuses TLS with an error, which is reported without TLS if that is allowed', async () => {
    const port = await fakeServer(socket =>
      socket.once('data', data => {
        if (data.length === 8) socket.end('Ecould not fork new process for connection\n\0');
        else socket.end(errorResponse('FATAL', '53300', 'sorry, too many clients already'));
      }),
    );
    expect(await failure({ port, tls: { mode: 'require', options: {} } })).toMatch(
      /^the server answered the request for TLS with an error: try sslmode=disable to see which/,
    );
    expect(await failure({ port })).toMatch(/^sorry, too many clients already: end other connections/);
  });

  it.each([
    ['57P03', 'the database system is starting up', /: wait a moment and start again$/],
    ['57P03', 'the database system is shutting down', /: wait a moment and start again$/],
    ['57P03', 'the database system is in recovery mode', /: wait until the server has recovered/],
    ['53300', 'sorry, too many clients already', /: end other connections, or raise max_connections /],
    [
      '53300',
      'remaining connection slots are reserved for roles with the SUPERUSER attribute',
      /: end other conn/,
    ],
    ['08P01', 'no more connections allowed (max_client_conn)', /: end other connections/],
    ['08P01', 'no such database: shop', /: correct the name of the database/],
    ['08P01', 'database "shop" does not exist', /: correct the name of the database/],
    ['08P01', '"trust" authentication failed', /: correct the name of the role .*, as the pooler knows it$/],
    ['08P01', 'no such user: me', /: correct the name of the role .*, as the pooler knows it$/],
    ['08P01', 'unsupported startup parameter: options', /: unset PGOPTIONS /],
    ['08P01', 'query_wait_timeout', /: the pool has no free connection to the server: /],
    [
      '08P01',
      'server login has been failing, try again later (server_login_retry)',
      /: the pooler cannot reach /,
    ],
    ['08P01', 'SSL required', /: use sslmode=require$/],
    [
      '28000',
      'no pg_hba.conf entry for host "h", user "me", database "shop", SSL off',
      /: use sslmode=require/,
    ],
    ['28000', 'Peer authentication failed for user "me"', /: run as the account of that name/],
    [
      '28P01',
      'password authentication failed for user "me"',
      /: correct the password \(--password asks for it/,
    ],
    ['42501', 'permission denied for database "shop"', /: have CONNECT granted/],
    ['XX000', 'something else', /^something else: check host and port/],
  ])('%s %s', async (code, message, says) => {
    const found = await failure({ port: await fakeServer(sendsAway(code, message)) });
    expect(found).toContain(message);
    expect(found).toMatch(says);
  });
});

describe('a real server', () => {
  let server: OwnServer;
  const ask = (settings: Partial<ConnectionSettings>) => failure({ port: server.port, ...settings });
  beforeAll(async () => {
    const access = ['host all trusted 127.0.0.1/32 trust', 'host all all 127.0.0.1/32 scram-sha-256'];
    server = await startOwnServer({ programs: await programsOf(15), access });
    const link = await connect(server.settings, 'test');
    for (const statement of [
      "CREATE ROLE me LOGIN PASSWORD 'other'",
      "CREATE ROLE full LOGIN PASSWORD 's3cret' CONNECTION LIMIT 0",
      'CREATE ROLE trusted NOLOGIN',
      "CREATE ROLE right LOGIN PASSWORD 's3cret'",
      'CREATE DATABASE closed',
      'REVOKE CONNECT ON DATABASE closed FROM PUBLIC',
    ])
      await link.query(statement);
    await link.end();
  });
  afterAll(() => server?.stop());

  it('does not take the password, or misses it', async () => {
    expect(await ask({})).toMatch(/^password authentication failed for user "me": correct the password/);
    const { password: _, ...without } = SETTINGS;
    expect(await refusalOf(() => connect({ ...without, port: server.port }, 'test'))).toMatch(
      /: the server wants a password, and none was given: use --password to be asked for it, PGPASSWORD, or ~\/\.pgpass$/,
    );
  });

  it('has no such database, or keeps it to others', async () => {
    expect(await ask({ user: 'right' })).toMatch(/^database "shop" does not exist: correct the name/);
    expect(await ask({ user: 'right', database: 'closed' })).toMatch(
      /^permission denied .*: have CONNECT granted/,
    );
  });

  it('lets the role not in, or no more of it', async () => {
    expect(await ask({ user: 'trusted' })).toMatch(/is not permitted to log in: name another role/);
    expect(await ask({ user: 'full', database: 'postgres' })).toMatch(
      /^too many connections for role "full": end other/,
    );
  });
});

describe('what only other networks show', () => {
  const line = (error: object, settings: Partial<ConnectionSettings> = {}) =>
    formatError(connectionFailure(error, { ...SETTINGS, ...settings }));
  it.each([
    ['ENOTFOUND', /: the host name 127\.0\.0\.1 is not known: correct the host/],
    ['EAI_AGAIN', /: the name server does not answer for 127\.0\.0\.1: /],
    ['ETIMEDOUT', /: no answer: check host, port and firewalls/],
    ['EHOSTUNREACH', /: there is no route to that host: /],
    ['ECONNRESET', /: the connection was cut before /],
    ['EACCES', /: you may not use that socket \(permission denied\): /],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /by an authority that is not trusted here: /],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /: the server’s certificate cannot be verified \(m\): /],
    ['CERT_NOT_YET_VALID', /: the server’s certificate is not valid yet: /],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /: TLS failed \(m\): /],
    ['ERR_OSSL_BAD_DECRYPT', /: the private key is encrypted: /],
  ])('%s', (code, says) => expect(line({ code, message: 'm' })).toMatch(says));

  it('has one error for each address of a host', () => {
    const errors = [Object.assign(new Error('connect ECONNREFUSED ::1:5432'), { code: 'ECONNREFUSED' })];
    expect(line(Object.assign(new AggregateError(errors), { code: 'ECONNREFUSED' }))).toMatch(
      /nothing listens there/,
    );
  });

  it('names the address beside the name', () => {
    expect(line({ code: 'ECONNREFUSED', message: '' }, { host: 'db', hostAddress: '10.0.0.1' })).toMatch(
      /as me at db:5432 \(10\.0\.0\.1\): /,
    );
  });
});
