/** EXPLAIN's text format → the objects of FORMAT JSON. */

import type { Json } from '../../../base/json.ts';
import { STEP, type Steps } from '../../../base/steps.ts';
import type { Line } from '../source.ts';
import { auditIndentation, auditLine, auditStatement } from './audit.ts';
import { finishStatement } from './finish.ts';
import { classify, indented } from './lineKinds.ts';
import { logicalLines } from './logicalLines.ts';
import { Tree } from './tree.ts';

/** @returns Index of the first line of a plan; -1 for none. */
export function* startOfText(lines: readonly Line[]): Steps<number> {
  let next: ReturnType<typeof indented> | undefined;
  let start = -1;
  for (let i = lines.length - 1; i >= 0; i--) {
    if (i % STEP === 0) yield;
    const row = indented(lines[i]?.text ?? '');
    const { kind } = classify(row, next);
    if (kind === 'root' || kind === 'arrow' || kind === 'target') start = i;
    if (kind !== 'blank') next = row;
  }
  return start;
}

/** @throws Incomplete if a node or figure is missing. */
export function* readText(lines: readonly Line[], whole: boolean): Steps<readonly Json[]> {
  const logical = yield* logicalLines(lines, whole);
  const tree = new Tree();
  let begun = false;
  for (const [i, line] of logical.entries()) {
    if (i % STEP === 0) yield;
    auditLine(line, whole, begun);
    begun ||= line.kind === 'root' || line.kind === 'target';
  }
  auditIndentation(logical);
  for (const [i, line] of logical.entries()) {
    if (i % STEP === 0) yield;
    tree.add(line);
  }
  tree.end();
  for (const statement of tree.all) {
    auditStatement(statement);
    yield* finishStatement(statement);
  }
  return tree.top.map(({ raw }) => raw);
}
