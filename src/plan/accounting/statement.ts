/** Figures that EXPLAIN reports next to the tree: planning, triggers, JIT, serialization. */

import { KILOBYTE } from '../../base/format.ts';
import { isRecord, type Json, numberOf, oneLine, recordsOf, textOf } from '../../base/json.ts';
import type { Detail, StatementFigures, Trigger } from '../plan.ts';
import { buffersOf } from './counters.ts';

/** They have fields of their own in Plan or StatementFigures. */
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
  // auto_explain's; it stands for a missing execution time.
  'Duration',
]);

export function statementFigures(statement: Json): StatementFigures {
  const planning = recordAt(statement, 'Planning');
  const plannerKilobytes = numberOf(planning, 'Memory Used');
  return {
    triggers: recordsOf(statement, 'Triggers').map(triggerOf),
    jit: jitOf(recordAt(statement, 'JIT')),
    serialization: serializationOf(recordAt(statement, 'Serialization')),
    planningBuffers: buffersOf(planning),
    planningBytes: plannerKilobytes === undefined ? undefined : plannerKilobytes * KILOBYTE,
    other: Object.entries(statement)
      .filter(([key]) => !SHOWN_ELSEWHERE.has(key))
      .flatMap(([key, value]) => linesOf(key, value)),
  };
}

/** One line for each object of a list (pg_overexplain's range table). */
function linesOf(key: string, value: unknown): readonly Detail[] {
  const list = Array.isArray(value) && value.length > 0 && value.every(isRecord) ? value : undefined;
  if (list !== undefined) return list.map((item, i) => ({ key: `${key} ${i + 1}`, value: pairsOf(item) }));
  return [{ key, value: isRecord(value) ? pairsOf(value) : oneLine(value) }];
}

/** `Kind: relation, Alias: v ()`, without false values. */
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

function jitOf(raw: Json): StatementFigures['jit'] {
  const functions = numberOf(raw, 'Functions');
  if (functions === undefined) return undefined;
  const timing = recordAt(raw, 'Timing');
  // From 17 on, generation is an object with a total.
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
function serializationOf(raw: Json): StatementFigures['serialization'] {
  const kilobytes = numberOf(raw, 'Output Volume');
  if (kilobytes === undefined) return undefined;
  return { ms: numberOf(raw, 'Time'), bytes: kilobytes * KILOBYTE };
}
