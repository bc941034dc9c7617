/** Which options EXPLAIN was given, as far as its lines show: JSON says 0 where the text says nothing. */

import { isRecord } from '../../json.ts';
import { BLOCK_KEYS, WAL_KEYS } from './counters.ts';
import type { Draft, NodeDraft } from './drafts.ts';

export interface Traits {
  readonly analyze: boolean;
  readonly timing: boolean;
  readonly costs: boolean;
  readonly verbose: boolean;
  /** Keys that each node has once one node has them: blocks, times of I/O, WAL. */
  readonly counters: readonly string[];
}

const TIMINGS = ['', 'Shared ', 'Local ', 'Temp '].flatMap(kind => [
  `${kind}I/O Read Time`,
  `${kind}I/O Write Time`,
]);

/** @param below What stands below the tree: planning may have touched blocks where no node did. */
export function traitsOf(nodes: readonly NodeDraft[], below: Draft): Traits {
  const all: readonly Draft[] = nodes.flatMap(node => [node.properties, ...node.workers.values()]);
  const sections = [below.Planning, below.Serialization].filter(isRecord);
  const seen = new Set([...all, ...sections].flatMap(draft => Object.keys(draft)));
  const anyFigure = (key: string) => nodes.some(({ heading }) => key in heading.figures);
  return {
    analyze: anyFigure('Actual Loops') || nodes.some(({ heading }) => heading.neverExecuted),
    timing: anyFigure('Actual Total Time'),
    costs: anyFigure('Total Cost'),
    verbose: seen.has('Output'),
    counters: [
      ...BLOCK_KEYS.filter(key => seen.has(key)),
      ...timingKeys(seen),
      ...[...WAL_KEYS, 'WAL Buffers Full'].filter(key => seen.has(key)),
    ],
  };
}

/** From 17 on a server that times I/O times all three kinds; only in 15 and 16 two of them. */
function timingKeys(seen: ReadonlySet<string>): readonly string[] {
  const modern = seen.has('Shared I/O Read Time') || seen.has('Local I/O Read Time');
  const temp = seen.has('Temp I/O Read Time');
  return TIMINGS.filter(key =>
    key.startsWith('I/O') ? seen.has(key) : modern || (temp && key.startsWith('Temp')),
  );
}
