import { describe, expect, it } from 'vitest';
import type { TargetOptions } from '../../src/cli/commands/options.ts';
import type { Io } from '../../src/cli/io.ts';
import { chooseDatabase } from '../../src/cli/target.ts';
import { folderWith } from '../helpers/folder.ts';
import { refusalOf } from '../helpers/refusal.ts';

async function choose(options: TargetOptions, env: NodeJS.ProcessEnv = {}) {
  let said = '';
  const stderr = { write: (text: string) => (said += text) };
  // No terminal anywhere, on no platform that has a /dev/tty to look for.
  const io = { env: { HOME: '/nowhere', ...env }, stdin: {}, stderr, platform: 'win32' } as unknown as Io;
  const choice = await chooseDatabase(options, io);
  return { choice, said };
}
const host = async (options: TargetOptions, env: NodeJS.ProcessEnv = {}) =>
  (await choose(options, env)).choice?.host;

describe('the database', () => {
  it('is the demo unless one is named', async () => {
    expect(await host({})).toBeUndefined();
    // These say nothing about which one: PGUSER and PGPASSWORD are set in many shells.
    expect(
      await host({}, { PGUSER: 'u', PGPASSWORD: 'p', PGPORT: '1', PGSSLMODE: 'require', PGHOST: '' }),
    ).toBeUndefined();
    expect(await host({ url: 'postgresql://h/db' })).toBe('h');
  });

  it.each([['PGHOST'], ['PGHOSTADDR']])('is the one that %s names', async name =>
    expect(await host({}, { [name]: '10.0.0.1' })).toBe('10.0.0.1'),
  );

  it('is the one that PGDATABASE or PGSERVICE names', async () => {
    expect((await choose({}, { PGDATABASE: 'shop' })).choice?.database).toBe('shop');
    const home = await folderWith({ '.pg_service.conf': '[s]\nhost=of.service\n' });
    expect(await host({}, { PGSERVICE: 's', HOME: home })).toBe('of.service');
    expect(await host({ service: 's' }, { PGHOST: 'h', HOME: home })).toBe('of.service');
  });

  it('is the demo in spite of the variables when an option says so', async () => {
    for (const options of [{ demo: true }, { scale: 0.1 }, { fresh: true }])
      expect(await host(options, { PGHOST: 'h' })).toBeUndefined();
  });

  it.each([
    [{ url: 'postgresql://h', service: 's' }, '--url and --service exclude each other'],
    [{ url: 'postgresql://h', demo: true }, '--demo and --url exclude each other'],
    [{ service: 's', scale: 1 }, '--scale and --service exclude each other'],
    [{ url: 'postgresql://h', fresh: true }, '--fresh and --url exclude each other'],
    [{ password: true, demo: true }, '--demo and --password exclude each other'],
    [{ password: true }, 'the demo needs no --password'],
  ])('%j is no choice', async (options, says) => {
    expect(await refusalOf(() => choose(options))).toMatch(new RegExp(`^pgopt-explore: ${says}: `));
  });

  it('asks for no password without a terminal', async () => {
    expect(await refusalOf(() => choose({ url: 'postgresql://h/db', password: true }))).toBe(
      'pgopt-explore: there is no terminal to ask for the password: use PGPASSWORD or ~/.pgpass',
    );
  });

  it('warns of what was ignored, in one line', async () => {
    const home = await folderWith({ '.pgpass': '*:*:*:*:s3cret\n' });
    const { choice, said } = await choose({ url: 'postgresql://h/db' }, { PGPASSFILE: home });
    expect(choice).not.toHaveProperty('password');
    expect(said).toBe(
      `pgopt-explore: warning: the password file ${home} is ignored: it is not a plain file\n`,
    );
  });
});
