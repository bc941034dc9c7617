/** EXPLAIN's XML → the objects of FORMAT JSON. The parser knows no entities of a document's own, and nests without recursion. */

import { SaxesParser } from 'saxes';
import { PgoptError } from '../../errors.ts';
import type { Steps } from '../../steps.ts';
import { type Draft, listed, typedText } from './documentValues.ts';
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
