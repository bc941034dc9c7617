/** EXPLAIN's XML → the objects of FORMAT JSON. The parser knows no entities of a document's own, and nests without recursion. */
import { SaxesParser } from 'saxes';
import { LineCounter, parseDocument } from 'yaml';
import { PgoptError } from '../../base/errors.ts';
import { isRecord } from '../../base/json.ts';
import type { Steps } from '../../base/steps.ts';
import { type Line, refusal, type Source } from './source.ts';

const ROOT = /<explain\b/;
const END = /<\/explain>/;

/** @returns The position of the first line, from the given one on, that a document begins on; -1 where none does. */
export function startOfXml(lines: readonly Line[], from = 0): number {
  for (let i = from; i < lines.length; i++) if (ROOT.test(lines[i]?.text ?? '')) return i;
  return -1;
}

/** @returns One object a document: a statement, or several under `Query`. @throws PgoptError plan-invalid, with the line. */
export function* readXml(lines: readonly Line[], source: Source): Steps<readonly Draft[]> {
  const statements: Draft[] = [];
  for (let start = startOfXml(lines); start >= 0; ) {
    let end = start;
    while (end < lines.length && !END.test(lines[end]?.text ?? '')) end++;
    const document = yield* readDocument(lines.slice(start, end + 1), source);
    const queries = Object.hasOwn(document, 'Query') ? document.Query : undefined;
    for (const query of Array.isArray(queries) ? queries : queries === undefined ? [document] : [queries])
      if (typeof query === 'object' && query !== null) statements.push(query as Draft);
    start = startOfXml(lines, end + 1);
  }
  return statements;
}

interface Element {
  readonly key: string;
  /** Children by name, in order. */
  readonly children: [string, unknown][];
  text: string;
}

function* readDocument(lines: readonly Line[], source: Source): Steps<Draft> {
  const parser = new SaxesParser({ position: false });
  const open: Element[] = [];
  let root: unknown;
  let line = lines[0];
  const fail = (message: string): never => {
    throw refusal(source, message, line?.number ?? 1);
  };
  parser.on('error', error => fail(`this is not XML: ${error.message}`));
  parser.on('doctype', () => fail('EXPLAIN prints no DOCTYPE'));
  parser.on('opentag', ({ name }) => open.push({ key: keyOf(name), children: [], text: '' }));
  parser.on('text', text => {
    const last = open.at(-1);
    if (last !== undefined) last.text += text;
  });
  parser.on('closetag', () => {
    const element = open.pop();
    if (element === undefined) return;
    const parent = open.at(-1);
    const value = contentOf(element, parent?.key);
    if (parent === undefined) root = value;
    else parent.children.push([element.key, value]);
  });
  const first = lines[0]?.text ?? '';
  for (line of lines) {
    yield;
    const text = line === lines[0] ? first.slice(first.search(ROOT)) : line.text;
    const end = END.exec(text);
    parser.write(`${end === null ? text : text.slice(0, end.index + end[0].length)}\n`);
  }
  parser.close();
  if (typeof root !== 'object' || root === null) throw new PgoptError('plan-invalid', 'this XML is empty');
  return root as Draft;
}

/** Lists of records in JSON, and the name of an item in XML. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ['Plans', 'Plan'],
  ['Workers', 'Worker'],
  ['Triggers', 'Trigger'],
  ['Target Tables', 'Target Table'],
  ['Grouping Sets', 'Grouping Set'],
  ['Group Keys', 'Group Key'],
  ['Hash Keys', 'Hash Key'],
]);

function contentOf({ key, children, text }: Element, parent: string | undefined): unknown {
  if (LISTS.has(key) || children.some(([name]) => name === 'Item')) return children.map(([, value]) => value);
  // A grouping set without keys.
  if (parent !== undefined && LISTS.get(parent) === key && listed(key) && children.length === 0) return [];
  if (children.length === 0) return typedText(key, text, parent);
  const record: Draft = {};
  for (const [name, value] of children) {
    const before = Object.hasOwn(record, name) ? record[name] : undefined;
    // Each statement of a rule is a `Query`.
    const both = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
    Object.defineProperty(record, name, {
      value: both,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return record;
}

/** `Shared-I-O-Read-Time` → `Shared I/O Read Time`: all but letters and digits became `-`. */
function keyOf(name: string): string {
  return name
    .replace(/\bI-O\b/, 'I/O')
    .replaceAll('-', ' ')
    .replace(/^(Full|Pre) sort/, '$1-sort')
    .replace(/^One Time /, 'One-Time ');
}

/** EXPLAIN's YAML → the objects of FORMAT JSON. */

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

/** Values as FORMAT JSON types them, for the formats that have text alone or leave out what is empty. */

export type Draft = Record<string, unknown>;

/** Text, whatever it looks like: names, expressions, settings. */
const TEXT =
  /(?:Name|Alias|Schema|Relation|Cond|Condition|Filter|Keys?|Order By|SQL|Text|Parameters|Call|Mode|Relations|Window|Query|Type|Strategy|Method|Provider|Operation|Output|Item|Seed|Parameter|Command|Direction|Relationship|Storage|Resolution|Format)$/;
const NUMBER = /^-?\d{1,20}(?:\.\d{1,20})?$/;
const FLAGS: ReadonlySet<string> = new Set([
  'Parallel Aware',
  'Async Capable',
  'Inner Unique',
  'Single Copy',
  'Disabled',
  'Inlining',
  'Optimization',
  'Expressions',
  'Deforming',
]);

/** Lists in JSON, also where they are empty. */
export function listed(key: string): boolean {
  return /^(?:Plans|Workers|Triggers|Output|(?:Sort|Presorted|Group|Hash) Keys?|Grouping Sets|Target Tables)$/.test(
    key,
  );
}

/** @param parent Key of the record that it stands in: of the settings all are text. */
export function typedText(key: string, text: string, parent: string | undefined): unknown {
  const trimmed = text.trim();
  if (parent === 'Settings') return text;
  if (listed(key) && trimmed === '') return [];
  if (FLAGS.has(key) && (trimmed === 'true' || trimmed === 'false')) return trimmed === 'true';
  if (TEXT.test(key) || !NUMBER.test(trimmed)) return text;
  const number = Number(trimmed);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? trimmed : number;
}
