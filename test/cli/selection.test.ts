import { expect, it } from 'vitest';
import { selectProposals } from '../../src/cli/selection.ts';
import { makeWorkload } from '../helpers/workload.ts';

it('builds what is on, and takes away only the existing indexes that are named in --without', async () => {
  const workload = await makeWorkload({
    queries: { q: 'SELECT 1' },
    proposals: { a: 'CREATE INDEX a ON t (a)', b: 'CREATE INDEX b ON t (b)', old: 'DROP INDEX old' },
  });
  expect(selectProposals(workload, undefined, undefined)).toEqual(['a', 'b']);
  expect(selectProposals(workload, undefined, ['b'])).toEqual(['a']);
  expect(selectProposals(workload, undefined, ['b', 'old'])).toEqual(['a', 'old']);
  expect(selectProposals(workload, ['a'], undefined)).toEqual(['a']);
  expect(selectProposals(workload, ['old'], undefined)).toEqual([]);
  expect(() => selectProposals(workload, ['c'], undefined)).toThrow('there is no proposal "c"');
});
