/** Requirements that are not met, and were not when the baseline was made: told, but nothing that got worse. Pure. */
import type { Comparable, ComparableRequirement } from './types.ts';

export interface StillFailing {
  readonly id: string;
  readonly title: string;
  /** With today's figure. */
  readonly text: string;
}

/**
 * Numbers shift with the queries, so that a requirement is found again by its title, which has its limit in it: one with
 * another limit is another one. A title that several have says nothing without the number.
 */
export function stillFailing(then: Comparable, now: Comparable): readonly StillFailing[] {
  const isOne = ({ title }: ComparableRequirement) =>
    [then, now].every(({ requirements }) => requirements.filter(other => other.title === title).length === 1);
  return now.requirements
    .filter(one => one.after.state === 'fail')
    .filter(one =>
      then.requirements.some(
        was => was.title === one.title && (was.id === one.id || isOne(one)) && was.after.state === 'fail',
      ),
    )
    .map(({ id, title, after }) => ({ id, title, text: after.text }));
}
