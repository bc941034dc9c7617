/** Finds the problems of a plan. */
import { atOnce, type Steps } from '../../base/steps.ts';
import { misestimates } from '../accounting/estimates.ts';
import { memoryOf } from '../memory/memory.ts';
import type { Plan } from '../plan.ts';
import { flattenPlan, parentIds } from '../tree.ts';
import type { Finding, RuleInput, Severity, Surroundings } from './finding.ts';
import { RULES } from './rules.ts';

export type { Finding, ProposedObject, RuleInput, Severity, Surroundings } from './finding.ts';

const ORDER: readonly Severity[] = ['severe', 'warning', 'notice'];

/** What the rules examine. */
export function ruleInputOf(plan: Plan, surroundings: Surroundings = {}): RuleInput {
  return atOnce(ruleInputSteps(plan, surroundings));
}

export function* ruleInputSteps(plan: Plan, surroundings: Surroundings): Steps<RuleInput> {
  const nodes = flattenPlan(plan);
  const parents = parentIds(nodes);
  yield;
  const memory = memoryOf(plan, { hashMemMultiplier: surroundings.hashMemMultiplier });
  yield;
  return { ...surroundings, plan, nodes, parents, memory, misestimates: misestimates(nodes, plan.settings) };
}

export function findingsOf(plan: Plan, surroundings: Surroundings = {}): readonly Finding[] {
  return findingsIn(ruleInputOf(plan, surroundings));
}

/** The most severe first, then in plan order; findings about the whole plan come last. */
export function findingsIn(input: RuleInput): readonly Finding[] {
  return atOnce(findingSteps(input));
}

export function* findingSteps(input: RuleInput): Steps<readonly Finding[]> {
  const found: Finding[] = [];
  for (const { name, find } of RULES) {
    for (const observation of find(input)) found.push({ rule: name, ...observation });
    yield;
  }
  const place = ({ nodeId }: Finding) => nodeId ?? Number.POSITIVE_INFINITY;
  return found.sort(
    (a, b) =>
      ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) ||
      (place(a) < place(b) ? -1 : Number(place(a) > place(b))),
  );
}

/** undefined without findings. */
export function worstSeverity(findings: readonly Finding[]): Severity | undefined {
  return ORDER.find(severity => findings.some(finding => finding.severity === severity));
}
