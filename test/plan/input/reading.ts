/** What the tests of the text format share: reading one plan, and short ways to its nodes. */

import { isRecord, type Json, recordsOf } from '../../../src/base/json.ts';
import { readPlans } from '../../../src/plan/input/read.ts';

/** The only statement. */
export function read(text: string): Json {
  const [plan, ...others] = readPlans(text, 'plan.txt');
  if (plan === undefined || others.length > 0) throw new Error(`${others.length + 1} plans`);
  return plan;
}

export function root(text: string): Json {
  const { Plan: plan } = read(text);
  if (!isRecord(plan)) throw new Error('no Plan');
  return plan;
}

export function children(node: Json): readonly Json[] {
  return recordsOf(node, 'Plans');
}

/** Types with relationships, nested as the plan is: `Sort(Outer Seq Scan)`. Not for deep plans. */
export function shape(node: Json): string {
  const name = node['Subplan Name'] === undefined ? '' : `${node['Subplan Name']}: `;
  const inner = children(node).map(child => `${child['Parent Relationship']} ${shape(child)}`);
  return `${name}${node['Node Type']}${inner.length === 0 ? '' : `(${inner.join(', ')})`}`;
}

/** A node's properties alone: without what every node has. */
export function properties(node: Json): Json {
  const {
    'Node Type': _type,
    'Parent Relationship': _relation,
    'Parallel Aware': _parallel,
    'Async Capable': _async,
    Plans: _plans,
    ...own
  } = node;
  return own;
}
