import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatError } from '../../src/base/errors.ts';
import { loadWorkload } from '../../src/workload/load.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-calls-'));
  await mkdir(join(folder, 'queries'));
  await mkdir(join(folder, 'schema'));
  const sets = '-- values small: :a = 1\n-- values big one: :a = 2\n-- values: :a = 3\nSELECT :a';
  await writeFile(join(folder, 'queries/01-sets.sql'), sets);
  await writeFile(join(folder, 'queries/02-plain.sql'), 'SELECT 1');
  await writeFile(join(folder, 'queries/03-broken.sql'), 'SELECT FROM WHERE');
});
afterEach(() => rm(folder, { recursive: true }));

/** What is said of workload.json, and the numbers. */
async function load(calls: string) {
  await writeFile(join(folder, 'schema/workload.json'), `{\n  "calls_a_day": ${calls}\n}`);
  const { callsADay, problems } = await loadWorkload(folder, folder);
  const said = problems.filter(({ location }) => location?.file === 'schema/workload.json').map(formatError);
  return { calls: { ...callsADay }, said };
}

describe('calls a day', () => {
  it('are none where nothing is said', async () => {
    expect(await load('{}')).toEqual({ calls: {}, said: [] });
  });

  it('of a file are split evenly over its sets', async () => {
    expect((await load('{"01-sets": 300, "02-plain": 0.5}')).calls).toEqual({
      '01-sets': 100,
      '01-sets#big-one': 100,
      '01-sets#3': 100,
      '02-plain': 0.5,
    });
  });

  it('of a set are its own, and the file’s are for the others, whatever comes first', async () => {
    expect((await load('{"01-sets": 300, "01-sets#big-one": 7}')).calls).toEqual({
      '01-sets': 150,
      '01-sets#big-one': 7,
      '01-sets#3': 150,
    });
    expect((await load('{"01-sets#small": 0, "01-sets": 10}')).calls).toEqual({
      '01-sets': 0,
      '01-sets#big-one': 5,
      '01-sets#3': 5,
    });
  });

  it('of no query are an error with its location, and the others count', async () => {
    const { calls, said } = await load('{"02-plian": 9, "02-plain": 4}');
    expect(calls).toEqual({ '02-plain': 4 });
    expect(said).toEqual([
      `schema/workload.json:2:19: there is no query "02-plian": choose from 01-sets, 02-plain, 03-broken\n    "calls_a_day": {"02-plian": 9, "02-plain": 4}\n                    ^`,
    ]);
  });

  it('of no set name the sets there are', async () => {
    const { said } = await load('{"01-sets#huge": 9}');
    expect(said[0]).toContain('choose from 01-sets#small, 01-sets#big-one, 01-sets#3');
    expect((await load('{"02-plain#1": 9}')).said[0]).toContain('there is no query "02-plain#1"');
  });

  it('of a file with an error are no second error', async () => {
    expect(await load('{"03-broken": 9, "03-broken#x": 1}')).toEqual({ calls: {}, said: [] });
  });

  it('that nothing is left for are an error', async () => {
    const { said } = await load('{"01-sets#small": 1, "01-sets#big-one": 2, "01-sets#3": 3, "01-sets": 4}');
    expect(said[0]).toContain('every set of values of 01-sets has its own number: remove this line');
  });
});
