/** Rules about what the planner believed. */
import { formatCount } from '../../format/count.ts';
import { percent } from '../../format/percent.ts';
import { flattenFrom } from '../flatten.ts';
import { againstLoops, againstMisestimate } from './advice.ts';
import { MISESTIMATE, NESTED_LOOP } from './thresholds.ts';
import type { Severity, Subject, Told } from './types.ts';
import { times } from './words.ts';

/** Only where a misestimate begins: what is above it counts on its rows. */
export function misestimated({ nodes, parents, misestimates }: Subject): readonly Told[] {
  return nodes.flatMap((node): Told[] => {
    const one = misestimates[node.id];
    if (one?.begins !== true) return [];
    let worst = one.factor;
    for (let id = parents[node.id] ?? -1; id >= 0; id = parents[id] ?? -1)
      worst = Math.max(worst, misestimates[id]?.factor ?? 1);
    const grows = worst >= one.factor * 2 ? `, and ${times(worst)} further up` : '';
    return [
      {
        severity: severityOf(worst),
        nodeId: node.id,
        text: `${formatCount(one.actual)} rows where ${formatCount(one.estimated)} were expected: ${times(one.factor)} ${one.direction} (the misestimate begins here${grows})`,
        next: againstMisestimate(node),
      },
    ];
  });
}

function severityOf(factor: number): Severity {
  if (factor >= MISESTIMATE.severe) return 'severe';
  return factor >= MISESTIMATE.warning ? 'warning' : 'notice';
}

export function nestedLoops({ plan, nodes, parents }: Subject): readonly Told[] {
  return nodes.flatMap((node): Told[] => {
    const parent = nodes[parents[node.id] ?? -1];
    const { actual } = node;
    if (parent?.nodeType !== 'Nested Loop' || node.parentRelationship !== 'Inner' || actual === undefined)
      return [];
    const whole = nodes[node.scope]?.actual?.inclusiveMs ?? 0;
    const share = whole > 0 ? (actual.inclusiveMs ?? 0) / whole : 0;
    if (actual.loops < NESTED_LOOP.leastLoops || (plan.timed && share <= NESTED_LOOP.notice)) return [];
    return [
      {
        severity: share > NESTED_LOOP.warning ? 'warning' : 'notice',
        nodeId: parent.id,
        text: `nested loop over many rows: the inner side ran ${formatCount(actual.loops)} times${plan.timed ? `, ${percent(share)} of the time` : ''}`,
        next: againstLoops(parent, flattenFrom(node)),
      },
    ];
  });
}
