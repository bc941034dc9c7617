import { expect, it } from 'vitest';
import type { CheckDocument } from '../../src/report/document.ts';
import { cacheOfFile, SCALE, shopOfFile } from './caches.ts';
import { runPiped } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();
shopOfFile(cache);

/** The shop's orders are far from a million here: what is large is a matter of the workload. */
const folder = (largeTableRows: number) =>
  workloadFolder({
    'queries/01-of-a-customer.sql': 'SELECT total_amount FROM orders WHERE customer_id = 7;',
    'schema/proposals/by_customer.sql':
      'CREATE INDEX by_customer ON orders (customer_id) INCLUDE (total_amount);',
    'schema/workload.json': `{ "title": "Test", "budgets": { "large_table_rows": ${largeTableRows} } }`,
  });
const check = (cwd: string, ...args: string[]) =>
  runPiped({ cache, cwd, args: ['check', '.', '--scale', SCALE, ...args] });

it('exits with 1 where a requirement fails after, says which and why, and with 0 where it only failed before', async () => {
  const cwd = await folder(1000);
  const met = await check(cwd);
  expect({ code: met.code, stderr: met.stderr }).toEqual({ code: 0, stderr: '' });
  expect(met.stdout).toMatch(/^REQ-03 +No Seq Scan, tables > 1 k rows +FAIL 1 scan +pass none$/m);
  expect(met.stdout).not.toContain('FAILS');
  expect(met.stdout).toMatch(
    /^Nothing committed +pass +rolled back; others see none of 1 objects; 0 sequences, 0 replication slots, statistics and settings as before$/m,
  );

  const missed = await check(cwd, '--without', 'by_customer');
  expect({ code: missed.code, stderr: missed.stderr }).toEqual({ code: 1, stderr: '' });
  expect(missed.stdout).toMatch(
    /^REQ-03 FAILS: Seq Scan on orders \(10 k rows\) in Q1\n {2}Q1: Seq Scan on orders: 10,000 rows, executed$/m,
  );
});

it('is told as JSON with the same exit code; what is not applicable fails nothing', async () => {
  const json = async (largeTableRows: number) => {
    const { code, stdout, stderr } = await check(
      await folder(largeTableRows),
      '--json',
      '--without',
      'by_customer',
    );
    expect(stderr).toBe('');
    return { code, document: JSON.parse(stdout) as CheckDocument };
  };
  const missed = await json(9_999);
  expect(missed.code).toBe(1);
  expect(missed.document.requirements.map(({ id, after }) => `${id} ${after.state}`)).toEqual([
    'REQ-01 pass',
    'REQ-02 not applicable',
    'REQ-03 fail',
    'REQ-04 pass',
  ]);
  expect(missed.document.requirements[2]?.after.evidence[0]).toEqual({
    text: 'Q1: Seq Scan on orders: 10,000 rows, executed',
    queryId: '01-of-a-customer',
    node: { id: 0, label: 'Seq Scan on orders' },
    bytes: null,
  });
  expect(missed.document.invariants.map(({ verdict }) => verdict.state)).toEqual([
    'not applicable',
    'pass',
    'pass',
    'pass',
  ]);
  const untested = await json(10_000);
  expect(untested.code).toBe(0);
  expect(untested.document.requirements[2]?.after).toMatchObject({
    state: 'not applicable',
    text: 'no table has more than 10 k rows here: nothing was tested',
  });
});

it('judges the demo by the nine of the case study; so small a shop has no large table', async () => {
  const { code, stdout } = await runPiped({ cache, args: ['check', '--scale', SCALE, '--json'] });
  const { requirements, invariants } = JSON.parse(stdout) as CheckDocument;
  expect(requirements.map(({ id }) => id)).toEqual(
    Array.from({ length: 9 }, (_, index) => `REQ-0${index + 1}`),
  );
  const states = requirements.map(({ before, after }) => [before.state, after.state]);
  for (const each of states.slice(0, 6)) expect(each).toEqual(['pass', 'pass']);
  expect(states.slice(6)).toEqual([
    ['not applicable', 'pass'],
    ['not applicable', 'not applicable'],
    ['pass', 'pass'],
  ]);
  expect(invariants.map(({ verdict }) => verdict.state)).toEqual(['pass', 'pass', 'pass', 'pass']);
  expect(code).toBe(0);
});
