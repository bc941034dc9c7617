/** Rules about workers and compilation. */
import { formatMs } from '../../format/ms.ts';
import { percent } from '../../format/percent.ts';
import { JIT } from './thresholds.ts';
import type { Subject, Told } from './types.ts';

export function workersMissing({ nodes }: Subject): readonly Told[] {
  return nodes.flatMap((node): Told[] => {
    const { workersPlanned: planned = 0, workersLaunched: launched = planned, actual } = node;
    if (actual?.executed !== true || launched >= planned) return [];
    return [
      {
        severity: 'warning',
        nodeId: node.id,
        text: `${launched} of ${planned} planned workers came`,
        next: 'measure when the server is idle, or raise max_parallel_workers: this time is not the plan’s usual one',
      },
    ];
  });
}

export function jitShare({ plan }: Subject): readonly Told[] {
  const { jit } = plan.beside;
  const whole = plan.executionMs ?? plan.root.actual?.inclusiveMs;
  if (jit?.ms === undefined || jit.ms < JIT.leastMs || whole === undefined || whole <= 0) return [];
  const share = Math.min(1, jit.ms / whole);
  if (share <= JIT.notice) return [];
  return [
    {
      severity: share > JIT.warning ? 'warning' : 'notice',
      nodeId: undefined,
      text: `${formatMs(jit.ms)} went into compiling ${jit.functions} functions (JIT), ${percent(share)} of the execution`,
      next: 'jit = off for this query, or a higher jit_above_cost',
    },
  ];
}
