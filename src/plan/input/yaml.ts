/** EXPLAIN's YAML → the objects of FORMAT JSON. */

import { LineCounter, parseDocument } from 'yaml';
import { isRecord } from '../json.ts';
import { type Draft, listed } from './documentValues.ts';
import { type Line, refusal, type Source } from './source.ts';

const PLAN = /^\s*(?:- )?Plan:\s*$/;
const NODE_TYPE = /^\s+Node Type: /;
/** What auto_explain has above the plan. */
const ABOVE = /^\s*(?:- )?Query (?:Text|Identifier|Parameters): /;

/** The parser calls itself for each level; a node is two of them. */
const DEEPEST = 1000;

/** Of a key and its value, and a halved line's. */
const MOST_QUOTES = 4;

/** @returns The position of the first line, from the given one on, that a plan begins on; -1 where none does. */
export function startOfYaml(lines: readonly Line[], from = 0): number {
  for (let i = from; i + 1 < lines.length; i++) {
    if (!PLAN.test(lines[i]?.text ?? '') || !NODE_TYPE.test(lines[i + 1]?.text ?? '')) continue;
    let start = i;
    while (start > from && ABOVE.test(lines[start - 1]?.text ?? '')) start--;
    return start;
  }
  return -1;
}

/** @throws PgoptError plan-invalid, with the line. */
export function readYaml(lines: readonly Line[], source: Source): readonly Draft[] {
  const statements: Draft[] = [];
  for (let start = startOfYaml(lines); start >= 0; ) {
    const end = endOfYaml(lines, start);
    const value = parsed(lines.slice(start, end), source);
    for (const item of Array.isArray(value) ? value : [value])
      if (isRecord(item)) statements.push(filled(item) as Draft);
    start = startOfYaml(lines, end);
  }
  return statements;
}

/** Before the first line that is empty, or left of the first. */
function endOfYaml(lines: readonly Line[], start: number): number {
  const column = (text: string) => text.search(/\S/);
  const first = column(lines[start]?.text ?? '');
  let end = start + 1;
  for (; end < lines.length; end++) if (column(lines[end]?.text ?? '') < first) break;
  return end;
}

function parsed(lines: readonly Line[], source: Source): unknown {
  const counter = new LineCounter();
  const numberAt = (offset: number) =>
    lines[counter.linePos(offset).line - 1]?.number ?? lines[0]?.number ?? 1;
  const depth = lines.reduce((most, { text }) => Math.max(most, text.search(/\S/)), 0) / 2;
  if (depth > DEEPEST)
    throw refusal(source, `this is nested more than ${DEEPEST} levels deep`, lines[0]?.number ?? 1);
  // The parser takes seconds for a line of nothing but quotes.
  const strange = lines.find(({ text }) => text.replace(/\\./g, '').split('"').length > 1 + MOST_QUOTES);
  if (strange !== undefined)
    throw refusal(source, 'this is not YAML: EXPLAIN prints one text in quotes a line', strange.number);
  const document = parseDocument(lines.map(({ text }) => text).join('\n'), {
    lineCounter: counter,
    schema: 'core',
    intAsBigInt: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [error] = document.errors;
  if (error !== undefined)
    throw refusal(source, `this is not YAML: ${error.message}`, numberAt(error.pos[0]));
  try {
    // EXPLAIN refers to nothing: an alias is an attack.
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw refusal(source, 'EXPLAIN prints no aliases', lines[0]?.number ?? 1);
  }
}

/** A list without items is nothing in YAML. Nested lists and records are visited without recursion. */
function filled(value: unknown): unknown {
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    for (const [key, inside] of Object.entries(next)) {
      if (inside === null && listed(key)) (next as Draft)[key] = [];
      else if (typeof inside === 'number' && Number.isInteger(inside) && !Number.isSafeInteger(inside))
        (next as Draft)[key] = String(BigInt(inside));
      else if (typeof inside === 'object') open.push(inside);
    }
  }
  return value;
}
