import { expect, it } from 'vitest';
import { progressLine } from '../../src/cli/progress.ts';
import type { Workload } from '../../src/workload/workload.ts';

it('a line of progress shows names, and does not obey them', () => {
  const written: string[] = [];
  const stream = { isTTY: true, columns: 80, write: (text: string) => written.push(text) };
  const progress = progressLine(
    stream as unknown as NodeJS.WriteStream,
    { queries: [] } as unknown as Workload,
  );
  const event = {
    type: 'build:running',
    proposalId: '\u001b[2J\r',
    fraction: 0.5,
    phase: '',
    elapsedMs: 0,
  } as const;
  progress.session(event);
  expect(written).toEqual(['\r\u001b[Kbuilding ␛[2J␍ 50 % …']);
});
