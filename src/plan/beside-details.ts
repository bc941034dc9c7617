/** What stands beside the tree, in lines: triggers, JIT, serialization, the planner's memory, settings, and whatever else. */
import { formatBytes } from '../format/bytes.ts';
import { formatCount } from '../format/count.ts';
import { formatMs } from '../format/ms.ts';
import type { Detail } from './details.ts';
import type { Plan } from './types.ts';

export function besideDetails({ beside, settings }: Plan): readonly Detail[] {
  const { triggers, jit, serialization, planningBytes, other } = beside;
  const timed = (ms: number | undefined, rest: string) =>
    ms === undefined ? rest : `${formatMs(ms)}, ${rest}`;
  return [
    ...triggers.map(({ name, relation, ms, calls }) => ({
      key: `Trigger ${name}${relation === undefined ? '' : ` on ${relation}`}`,
      value: timed(ms, `${formatCount(calls)} calls`),
    })),
    ...(jit === undefined ? [] : [{ key: 'JIT', value: timed(jit.ms, `${jit.functions} functions`) }]),
    ...(serialization === undefined
      ? []
      : [{ key: 'Serialization', value: timed(serialization.ms, formatBytes(serialization.bytes)) }]),
    ...(planningBytes === undefined ? [] : [{ key: "Planner's memory", value: formatBytes(planningBytes) }]),
    ...Object.entries(settings).map(([name, value]) => ({ key: `Setting ${name}`, value })),
    ...other,
  ];
}
