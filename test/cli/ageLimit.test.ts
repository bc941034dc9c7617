/** From which age on the explorer asks whether to start afresh. */
import { expect, it } from 'vitest';
import { ageLimitOf } from '../../src/cli/consent.ts';
import { run } from '../../src/cli/main.ts';
import { refusalOf } from '../helpers/refusal.ts';

it.each([
  [undefined, false, 900_000],
  // No other session's rows wait there.
  [undefined, true, undefined],
  ['1h', false, 3_600_000],
  ['2 min', true, 120_000],
  ['0', false, undefined],
  ['off', false, undefined],
])('--age-limit %s, embedded %s: %s ms', (ageLimit, embedded, ms) => {
  expect(ageLimitOf(ageLimit === undefined ? {} : { ageLimit }, embedded)).toBe(ms);
});

it('refuses what is no time', async () => {
  expect(await refusalOf(() => ageLimitOf({ ageLimit: 'soon' }, false))).toBe(
    'pgopt-explore: --age-limit "soon" is not a duration: write it like 500ms, 5s or 30min; 0 or off means never',
  );
});

it.each([
  ['check', '--age-limit does not apply to check, which asks no question'],
  ['plan', '--age-limit does not apply to plan, which needs no database'],
  ['init', '--age-limit does not apply to init, which starts no database'],
])('does not apply to %s', async (command, expected) => {
  let said = '';
  const stderr = Object.create(process.stderr, {
    write: {
      value: (text: string) => {
        said += text;
        return true;
      },
    },
  });
  const io = Object.create(process, { stderr: { value: stderr } });
  expect(await run(['--age-limit', '1h', command, ...(command === 'check' ? [] : ['x'])], io)).toBe(2);
  expect(said).toContain(expected);
});
