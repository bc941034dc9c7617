import { expect, it } from 'vitest';
import { identifier, literal } from '../../src/base/sql.ts';
import { connectTrusted as connect } from '../../src/database/link.ts';
import type { CheckDocument } from '../../src/report/document.ts';
import { catalogOf } from '../helpers/database.ts';
import { cacheOfFile, shopOfFile, untilNobodyWorks } from './caches.ts';
import { runPiped } from './programs.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

/** Everything but the password, which goes into the environment. */
function urlOf(database: string, user: string): string {
  return `postgresql://${user}@/${database}?host=${encodeURIComponent(shop.settings.host)}&port=${shop.settings.port}`;
}

async function checkAs(database: string, user: string, password: string): Promise<CheckDocument> {
  const args = ['check', '--json', '--yes', '--url', urlOf(database, user)];
  const { code, stdout, stderr } = await runPiped({ cache, args, env: { PGPASSWORD: password } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toContain(password);
  return JSON.parse(stdout);
}

it('finds the same plans for the owner of the tables, who may only drop, as for a superuser', async () => {
  const { settings } = shop;
  const maintenance = await connect({ ...settings, database: 'postgres' }, 'test');
  await maintenance.query(`CREATE ROLE owner LOGIN PASSWORD ${literal('owner-s3cret')}`);
  // A template must have no visitors.
  await shop.link.end();
  await maintenance.query(`CREATE DATABASE copy TEMPLATE ${identifier(settings.database)} OWNER owner`);
  const copy = await connect({ ...settings, database: 'copy' }, 'test');
  await copy.query('GRANT CREATE ON SCHEMA public TO owner');
  for (const { name } of await copy.query(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
  ))
    await copy.query(`ALTER TABLE ${identifier(String(name))} OWNER TO owner`);
  const before = await catalogOf(copy);

  const asOwner = await checkAs('copy', 'owner', 'owner-s3cret');
  const asSuperuser = await checkAs('copy', settings.user, settings.password ?? '');
  expect(asOwner.target).toMatchObject({ hiding: 'drop', embedded: false, user: 'owner', database: 'copy' });
  expect(asSuperuser.target).toMatchObject({ hiding: 'catalog', user: settings.user });
  const fingerprints = ({ queries }: CheckDocument) =>
    queries.map(({ id, before, after }) => [id, before.fingerprint, after.fingerprint]);
  expect(fingerprints(asOwner)).toEqual(fingerprints(asSuperuser));
  expect(asOwner.queries).toHaveLength(6);
  expect(asOwner.queries.every(({ before }) => before.fingerprint !== null)).toBe(true);

  await untilNobodyWorks(copy);
  expect(await catalogOf(copy)).toBe(before);
  await copy.end();
  await maintenance.end();
});
