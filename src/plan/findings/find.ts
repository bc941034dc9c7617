/** What is worth telling about a plan. */
import { flattenPlan, parentIds } from '../flatten.ts';
import { memoryOf } from '../memory.ts';
import { misestimates } from '../misestimate.ts';
import type { Plan } from '../types.ts';
import { RULES } from './rules.ts';
import type { Finding, Severity, Subject, Surroundings } from './types.ts';

export type { Finding, ProposedObject, Severity, Subject, Surroundings, TableRows } from './types.ts';

const ORDER: readonly Severity[] = ['severe', 'warning', 'notice'];

/** What rules look at, for whoever shows it as well. */
export function subjectOf(plan: Plan, surroundings: Surroundings = {}): Subject {
  const nodes = flattenPlan(plan);
  return {
    ...surroundings,
    plan,
    nodes,
    parents: parentIds(nodes),
    memory: memoryOf(plan, { hashMemMultiplier: surroundings.hashMemMultiplier }),
    misestimates: misestimates(nodes, plan.settings),
  };
}

export function findingsOf(plan: Plan, surroundings: Surroundings = {}): readonly Finding[] {
  return findingsIn(subjectOf(plan, surroundings));
}

/** The severest first; of equals what is first in the plan, and what is about the plan as a whole at their end. */
export function findingsIn(subject: Subject): readonly Finding[] {
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
