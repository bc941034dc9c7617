/** What is worth telling about a plan. */
import { flattenPlan, parentIds } from '../flatten.ts';
import { memoryOf } from '../memory.ts';
import { misestimates } from '../misestimate.ts';
import type { Plan } from '../types.ts';
import { RULES } from './rules.ts';
import type { Finding, Severity, Surroundings } from './types.ts';

export type { Finding, ProposedObject, Severity, Surroundings, TableRows } from './types.ts';

const ORDER: readonly Severity[] = ['severe', 'warning', 'notice'];

/** The severest first; of equals what is first in the plan, and what is about the plan as a whole at their end. */
export function findingsOf(plan: Plan, surroundings: Surroundings = {}): readonly Finding[] {
  const nodes = flattenPlan(plan);
  const { hashMemMultiplier } = surroundings;
  const subject = {
    ...surroundings,
    plan,
    nodes,
    parents: parentIds(nodes),
    memory: memoryOf(plan, hashMemMultiplier === undefined ? {} : { hashMemMultiplier }),
    misestimates: misestimates(nodes),
  };
  const found = RULES.flatMap(rule =>
    rule.find(subject).map((told): Finding => ({ rule: rule.name, ...told })),
  );
  const place = ({ nodeId }: Finding) => nodeId ?? Number.POSITIVE_INFINITY;
  return found.sort(
    (a, b) =>
      ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) ||
      (place(a) < place(b) ? -1 : Number(place(a) > place(b))),
  );
}

/** The severest of some findings; undefined of none. */
export function worstSeverity(findings: readonly Finding[]): Severity | undefined {
  return ORDER.find(severity => findings.some(finding => finding.severity === severity));
}
