import { describe, expect, it } from 'vitest';
import { parseOptions, SUBJECTS } from '../../bench/options.ts';
import { PgoptError } from '../../src/base/errors.ts';

describe('parseOptions', () => {
  it('measures everything at the demo’s usual scale, each subject with its own number of rounds', () => {
    expect(parseOptions([])).toEqual({ rounds: undefined, scale: 0.01, only: SUBJECTS });
  });

  it('takes rounds, scale and subjects, repeated or with commas, in the order in which they are measured', () => {
    const argv = ['--rounds', '5', '--scale=0.1', '--only', 'start', '--only', 'load,estimate'];
    expect(parseOptions(argv)).toEqual({ rounds: 5, scale: 0.1, only: ['estimate', 'load', 'start'] });
  });

  it('asks for help', () => {
    expect(parseOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [['--rounds', '0']],
    [['--rounds', '2.5']],
    [['--rounds', 'many']],
    [['--scale', '0']],
    [['--scale', '11']],
    [['--scale', 'large']],
    [['--only', 'nothing']],
    [['--fast']],
    [['folder']],
  ])('refuses %j', argv => {
    expect(() => parseOptions(argv)).toThrow(PgoptError);
  });
});
