/** A database of a test's own on the run's server: made before, dropped after. */
import { identifier } from '../../src/base/sql.ts';
import type { ConnectionSettings } from '../../src/database/connectionSettings.ts';
import { connectTrusted as connect, type Link } from '../../src/database/link.ts';
import { testServer } from './server.ts';

export interface TestDatabase {
  readonly settings: ConnectionSettings;
  /** A connection outside every session, to set up and to look at what others see. */
  readonly link: Link;
  drop(): Promise<void>;
}

/**
 * @param statements Sent one by one.
 * @param server Another than the run's.
 */
export async function testDatabase(
  name: string,
  statements: readonly string[],
  server?: { readonly settings: ConnectionSettings },
): Promise<TestDatabase> {
  server ??= await testServer();
  const unique = `${name}_${process.pid}_${Date.now().toString(36)}`;
  const maintenance = await connect(server.settings, 'test');
  await maintenance.query(`CREATE DATABASE ${identifier(unique)}`);
  const settings = { ...server.settings, database: unique };
  const link = await connect(settings, 'test');
  // VACUUM marks only those pages all-visible whose commits have reached the disk; the server has this off.
  await link.query('SET synchronous_commit = on');
  for (const statement of statements) await link.query(statement);
  return {
    settings,
    link,
    drop: async () => {
      await link.end();
      await maintenance.query(`DROP DATABASE ${identifier(unique)} WITH (FORCE)`);
      await maintenance.end();
    },
  };
}

/** What must be the same before and after a session: the rows of the catalog that say what exists. */
export async function catalogOf(link: Link): Promise<string> {
  const rows = await link.query(`
    SELECT 'class' AS what, c.oid::text, c.relname::text AS name, c.relfilenode::text AS extra FROM pg_class c
    UNION ALL SELECT 'index', indexrelid::text, indisvalid::text, indrelid::text FROM pg_index
    UNION ALL SELECT 'namespace', oid::text, nspname::text, '' FROM pg_namespace
    UNION ALL SELECT 'attribute', attrelid::text, attname::text, atttypid::text FROM pg_attribute
    UNION ALL SELECT 'statistics', oid::text, stxname::text, '' FROM pg_statistic_ext
    UNION ALL SELECT 'sequence', seqrelid::text, '', '' FROM pg_sequence
    ORDER BY 1, 2, 3, 4`);
  return rows.map(row => Object.values(row).join(' ')).join('\n');
}
