import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { Configuration, configurationKey, effectiveKey } from '../../src/session/configuration.ts';
import { runFingerprint, structureOf } from '../../src/session/runFingerprint.ts';
import { sizeSetting, stepFrom, stopsOf } from '../../src/session/settingFacts.ts';
import { PLANNER_SETTINGS } from '../../src/workload/plannerSettings.ts';

const plan = (compiled = false) =>
  ({
    statement: { triggers: [], jit: compiled ? { functions: 3, ms: undefined } : undefined },
  }) as unknown as Plan;
const MEMORY = { name: 'work_mem', value: '64kB' };
const COST = { name: 'random_page_cost', value: '1.1' };

describe('what a run time is filed under', () => {
  it('is the structure alone, as long as nothing changes the run', () => {
    expect(runFingerprint(plan(), 'f', [])).toBe('f');
    expect(runFingerprint(plan(), 'f', [COST])).toBe('f');
  });

  it('counts in what makes the same plan run differently, in whatever order', () => {
    const jit = { name: 'jit', value: 'off' };
    const both = runFingerprint(plan(), 'f', [MEMORY, jit, COST]);
    expect(both).not.toBe('f');
    expect(both).toBe(runFingerprint(plan(), 'f', [COST, jit, MEMORY]));
    expect(both).not.toBe(runFingerprint(plan(), 'f', [jit]));
    expect(structureOf(both)).toBe('f');
  });

  it('counts every setting where the server compiles the plan, and that it does', () => {
    const compiled = runFingerprint(plan(true), 'f', []);
    expect(compiled).not.toBe('f');
    expect(runFingerprint(plan(true), 'f', [COST])).not.toBe(compiled);
    // Cheap enough under the setting that it is not compiled any more: the same as uncompiled without it.
    expect(runFingerprint(plan(false), 'f', [COST])).toBe(runFingerprint(plan(false), 'f', []));
    expect(structureOf(compiled)).toBe('f');
  });
});

describe('settings in a configuration', () => {
  it('stand beside proposals, and nothing is the baseline', () => {
    expect(configurationKey([], [])).toBe('');
    const odd = { name: 'work_mem', value: '64 MB|x' };
    const key = configurationKey(['b', 'a=c'], [odd]);
    expect(key.split(' ')).toHaveLength(3);
    expect(Configuration.fromKey(key).settings).toEqual([odd]);
    expect(effectiveKey(key, ['b'])).toBe(configurationKey(['a=c'], [odd]));
    expect(() => configurationKey([], [{ name: 'jit', value: '\ud800' }])).not.toThrow();
    expect(`${Configuration.of(['a'], [MEMORY])}`).toBe('a work_mem=64kB');
  });
});

describe('stepping', () => {
  it('has the server’s own value among the stops, and ends at the ends', () => {
    expect(stopsOf(['1MB', '4MB'], '500kB')).toEqual(['500kB', '1MB', '4MB']);
    expect(stopsOf(['1MB', '4MB'], '2GB')).toEqual(['1MB', '4MB', '2GB']);
    expect(stopsOf(['on', 'off'], 'off')).toEqual(['on', 'off']);
    expect(stopsOf(['1MB', '4MB'], '?')).toEqual(['1MB', '4MB']);
    expect(stepFrom(['1', '1.1', '4'], '4', 1)).toBeUndefined();
    expect(stepFrom(['1', '1.1', '4'], '4', -1)).toBe('1.1');
    expect(stepFrom(['1', '1.1', '4'], '2', -1)).toBe('1.1');
    expect(stepFrom(['1', '1.1', '4'], '2', 1)).toBe('4');
    expect(stepFrom(['1', '4'], '?', 1)).toBeUndefined();
  });

  it('has steps in their order for every setting', () => {
    for (const { name, steps } of PLANNER_SETTINGS) {
      expect(steps.length, name).toBeGreaterThan(1);
      expect(new Set(steps).size, name).toBe(steps.length);
    }
  });

  it('spells sizes as the server does', () => {
    expect([64, 1024, 512_000, 1_048_576, 18_511_872].map(sizeSetting)).toEqual([
      '64kB',
      '1MB',
      '500MB',
      '1GB',
      '18078MB',
    ]);
  });
});
