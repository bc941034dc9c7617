/** How a time was worked out, in one sentence. */
import { formatFactor } from '../format/factor.ts';
import type { Rehearsal } from './types.ts';

/** @param factor From the largest size to the one it is projected to. */
export function methodOf(seen: readonly Rehearsal[], factor: number): string {
  const sizes = seen.map(({ size }) => size.label).join(', ');
  const last = seen.at(-1)?.size.label ?? '';
  return `production's plan, run at ${sizes} with memory and cost limits as small as the data; each node's time goes on with its rows (${formatFactor(1, factor)?.text ?? ''} those of ${last}), on the machine that ran it, with as many processors`;
}
