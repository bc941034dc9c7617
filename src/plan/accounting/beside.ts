/** What EXPLAIN reports beside the tree: planning, triggers, JIT, serialization. */

import { isRecord, type Json, numberOf, oneLine, recordsOf, textOf } from '../../base/json.ts';
import type { Detail } from '../details.ts';
import type { Beside, Trigger } from '../plan.ts';
import { buffersOf } from './counters.ts';

const KILO = 1024;

/** Said elsewhere: in the plan, in its figures or above. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set([
  'Plan',
  'Planning',
  'Planning Time',
  'Execution Time',
  'Total Runtime',
  'Settings',
  'Triggers',
  'JIT',
  'Serialization',
  'Query Text',
  // Of auto_explain: taken for the execution time where that is not said.
  'Duration',
]);

export function besideOf(statement: Json): Beside {
  const planning = recordAt(statement, 'Planning');
  const plannerKilobytes = numberOf(planning, 'Memory Used');
  return {
    triggers: recordsOf(statement, 'Triggers').map(triggerOf),
    jit: jitOf(recordAt(statement, 'JIT')),
    serialization: serializationOf(recordAt(statement, 'Serialization')),
    planningBuffers: buffersOf(planning),
    planningBytes: plannerKilobytes === undefined ? undefined : plannerKilobytes * KILO,
    other: Object.entries(statement)
      .filter(([key]) => !SHOWN_ELSEWHERE.has(key))
      .flatMap(([key, value]) => linesOf(key, value)),
  };
}

/** A list of objects has a line for each (pg_overexplain's range table), an object its keys. */
function linesOf(key: string, value: unknown): readonly Detail[] {
  const list = Array.isArray(value) && value.length > 0 && value.every(isRecord) ? value : undefined;
  if (list !== undefined) return list.map((item, i) => ({ key: `${key} ${i + 1}`, value: pairsOf(item) }));
  return [{ key, value: isRecord(value) ? pairsOf(value) : oneLine(value) }];
}

/** `Kind: relation, Alias: v ()`, what is not so left out. */
function pairsOf(record: Json): string {
  return Object.entries(record)
    .filter(([, value]) => value !== false)
    .map(([key, value]) => `${key}: ${oneLine(value)}`)
    .join(', ');
}

function recordAt(raw: Json, key: string): Json {
  const value = raw[key];
  return isRecord(value) ? value : {};
}

function triggerOf(raw: Json): Trigger {
  return {
    name: textOf(raw, 'Constraint Name') ?? textOf(raw, 'Trigger Name') ?? '?',
    constraint:
      raw['Constraint Name'] !== undefined ||
      /^RI_ConstraintTrigger_/.test(textOf(raw, 'Trigger Name') ?? ''),
    relation: textOf(raw, 'Relation'),
    ms: numberOf(raw, 'Time'),
    calls: numberOf(raw, 'Calls') ?? 0,
  };
}

function jitOf(raw: Json): Beside['jit'] {
  const functions = numberOf(raw, 'Functions');
  if (functions === undefined) return undefined;
  const timing = recordAt(raw, 'Timing');
  // From 17 on generation has parts of its own.
  const generation = numberOf(timing, 'Generation') ?? numberOf(recordAt(timing, 'Generation'), 'Total');
  return {
    functions,
    ms: numberOf(timing, 'Total'),
    generationMs: generation,
    inliningMs: numberOf(timing, 'Inlining'),
    optimizationMs: numberOf(timing, 'Optimization'),
    emissionMs: numberOf(timing, 'Emission'),
  };
}

/** `Output Volume` is in kB. */
function serializationOf(raw: Json): Beside['serialization'] {
  const kilobytes = numberOf(raw, 'Output Volume');
  if (kilobytes === undefined) return undefined;
  return { ms: numberOf(raw, 'Time'), bytes: kilobytes * KILO };
}
