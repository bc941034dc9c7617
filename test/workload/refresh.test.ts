import { expect, it } from 'vitest';
import { refreshInterval } from '../../src/workload/header.ts';
import { refusalOf } from '../helpers/refusal.ts';

it.each([
  ['-- title: T\n-- refresh: 1 h\n\nCREATE …', 3_600_000],
  ['\n--  Refresh : 15 min  \n', 900_000],
  ['-- refreshed: 1 h\n', undefined],
  ['CREATE …\n-- refresh: 1 h\n', undefined],
])('reads %j', (text, interval) => {
  expect(refreshInterval('v.sql', text)).toBe(interval);
});

it('points at what is no duration', async () => {
  expect(await refusalOf(() => refreshInterval('v.sql', '-- title: T\n-- refresh: daily\n'))).toBe(
    'v.sql:2:13: not a duration: "daily": write it like `1 h` or `15 min`\n  -- refresh: daily\n              ^',
  );
});
