import { expect, it } from 'vitest';
import { productOf } from '../../src/database/products.ts';

it.each([
  [
    'PostgreSQL 15.18 on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit',
    [],
    undefined,
  ],
  [
    'PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu',
    ['plpgsql', 'pg_stat_statements'],
    undefined,
  ],
  ['CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27, go1.19.10)', [], 'CockroachDB'],
  [
    'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.57630',
    [],
    'Amazon Redshift',
  ],
  ['PostgreSQL 11.2-YB-2.19.3.0-b0 on x86_64-pc-linux-gnu, compiled by clang', [], 'YugabyteDB'],
  [
    'PostgreSQL 12.12 (Greenplum Database 7.0.0 build commit:0a7a3566) on x86_64-pc-linux-gnu',
    [],
    'Greenplum',
  ],
  [
    'PostgreSQL 15.4 on x86_64-pc-linux-gnu, compiled by x86_64-pc-linux-gnu-gcc',
    ['aurora_stat_utils'],
    'Amazon Aurora',
  ],
  ['PostgreSQL 16.1 on x86_64-pc-linux-gnu', ['plpgsql', 'citus'], 'Citus'],
])('%s %j', (version, extensions, name) => expect(productOf(version, extensions)?.name).toBe(name));

it('says what is missing there, and whether a session can run at all', () => {
  expect(productOf('CockroachDB CCL v23', [])).toMatchObject({
    works: false,
    missing: expect.stringMatching(/EXPLAIN/),
  });
  expect(productOf('PostgreSQL 16.1', ['citus'])?.works).toBe(true);
});
