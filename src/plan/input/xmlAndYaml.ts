/** EXPLAIN's XML and YAML → the objects of FORMAT JSON. Neither follows custom entities or aliases; XML needs no recursion. */
import { SaxesParser } from 'saxes';
import { LineCounter, parseDocument } from 'yaml';
import { PgoptError } from '../../base/errors.ts';
import { isRecord } from '../../base/json.ts';
import type { Steps } from '../../base/steps.ts';
import { type Line, refusal, type Source } from './source.ts';
import type { Draft } from './text/drafts.ts';

const ROOT = /<explain\b/;
const END = /<\/explain>/;

/** @returns Index of the first line of a document; -1 for none. */
export function startOfXml(lines: readonly Line[], from = 0): number {
  for (let i = from; i < lines.length; i++) if (ROOT.test(lines[i]?.text ?? '')) return i;
  return -1;
}

/** @returns One object per statement; `Query` holds several. @throws PgoptError plan-invalid, with the line. */
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

/** Lists in JSON → the name of an item in XML. */
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
  // An empty grouping set.
  if (parent !== undefined && LISTS.get(parent) === key && listed(key) && children.length === 0) return [];
  if (children.length === 0) return typedText(key, text, parent);
  const record: Draft = {};
  for (const [name, value] of children) {
    const before = Object.hasOwn(record, name) ? record[name] : undefined;
    // A rule gives several elements named `Query`.
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

/** `Shared-I-O-Read-Time` → `Shared I/O Read Time`. XML replaces other characters with `-`. */
function keyOf(name: string): string {
  return name
    .replace(/\bI-O\b/, 'I/O')
    .replaceAll('-', ' ')
    .replace(/^(Full|Pre) sort/, '$1-sort')
    .replace(/^One Time /, 'One-Time ');
}

// YAML.

const PLAN = /^\s*(?:- )?Plan:\s*$/;
const NODE_TYPE = /^\s+Node Type: /;
/** Lines of auto_explain above the plan. */
const ABOVE = /^\s*(?:- )?Query (?:Text|Identifier|Parameters): /;

/** The parser recurses; a node takes two levels. */
const DEEPEST = 1000;

/** Quotes on one line: a key and its value. */
const MOST_QUOTES = 4;

/** @returns Index of the first line of a plan; -1 for none. */
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

/** @returns Index of the first empty or less indented line. */
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
  // A line full of quotes would take the parser seconds.
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
    // EXPLAIN prints no aliases; they could expand without limit.
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw refusal(source, 'EXPLAIN prints no aliases', lines[0]?.number ?? 1);
  }
}

/** Restores empty lists, which YAML prints as nothing, and large integers. No recursion. */
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

// Types of values as in FORMAT JSON: XML has only text, and both formats leave out empty lists.

/** Keys with text values, even if they look like numbers: names, expressions, settings. */
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

/** Keys with lists, also empty ones. */
function listed(key: string): boolean {
  return /^(?:Plans|Workers|Triggers|Output|(?:Sort|Presorted|Group|Hash) Keys?|Grouping Sets|Target Tables)$/.test(
    key,
  );
}

/** @param parent Key of the surrounding record: all values of `Settings` are text. */
function typedText(key: string, text: string, parent: string | undefined): unknown {
  const trimmed = text.trim();
  if (parent === 'Settings') return text;
  if (listed(key) && trimmed === '') return [];
  if (FLAGS.has(key) && (trimmed === 'true' || trimmed === 'false')) return trimmed === 'true';
  if (TEXT.test(key) || !NUMBER.test(trimmed)) return text;
  const number = Number(trimmed);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? trimmed : number;
}
