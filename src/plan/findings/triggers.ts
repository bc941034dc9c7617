/** Rules about what runs beside the tree and is no node's time. */
import { formatCount } from '../../format/count.ts';
import { formatMs } from '../../format/ms.ts';
import { percent } from '../../format/percent.ts';
import type { Trigger } from '../types.ts';
import { TRIGGER } from './thresholds.ts';
import type { Subject, Told } from './types.ts';

/** AFTER triggers are in the execution time and in no node: the tree alone would point at the wrong place. */
export function slowTriggers({ plan }: Subject): readonly Told[] {
  const whole = plan.executionMs;
  return plan.beside.triggers.flatMap((trigger): Told[] => {
    const { ms, calls } = trigger;
    if (ms === undefined || ms < TRIGGER.leastMs || whole === undefined || whole <= 0) return [];
    const share = Math.min(1, ms / whole);
    if (share <= TRIGGER.notice) return [];
    return [
      {
        severity: share > TRIGGER.warning ? 'warning' : 'notice',
        nodeId: undefined,
        text: `trigger ${nameOf(trigger)} took ${formatMs(ms)} in ${formatCount(calls)} ${calls === 1 ? 'call' : 'calls'}, ${percent(share)} of the execution`,
        next: trigger.constraint
          ? 'a foreign key is checked: an index on the referencing columns, where rows are deleted or keys updated'
          : 'see what the trigger’s function does for each row; a statement trigger runs once',
      },
    ];
  });
}

function nameOf({ name, relation }: Trigger): string {
  return relation === undefined ? name : `${name} on ${relation}`;
}
