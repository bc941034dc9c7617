/** Plans of auto_explain in a log: stderr with any prefix, syslog, csvlog, jsonlog. */
import { cellAt } from './cells.ts';
import type { Block, Line } from './source.ts';

/** End of an entry's first line in any language: `duration: 12.3 ms  plan:`. */
const PLAN = /(?:^|\s|"|:)(\d{1,12}(?:[.,]\d{1,6})?) ms[ ,]{1,3}plan ?:$/i;

/** Another entry: `LOG:  `, `STATEMENT:  `. No line of a plan has such a word with two blanks. */
const ENTRY =
  /^(?!\t).{0,300}?\b(?:LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG\d?|STATEMENT|DETAIL|HINT|CONTEXT|QUERY|LOCATION): {2}/;

/** Begins of lines that other programs wrote. */
const DATED = /^(?:\[?\d{4}-\d\d-\d\d|[A-Z][a-z]{2} [ \d]\d |\[?\d\d:\d\d)/;

/** Process and counters of a syslog line: `postgres[4711]: [5-2] `. */
export const SYSLOG = /\b([\w.-]{1,64}\[\d{1,10}\]): \[(\d{1,9})-(\d{1,9})\] ?/;

/** A container's prefix in the output of `docker compose logs`. */
const OTHER_SERVICE = /^[\w.-]{1,80} +\| /;

/**
 * Removes what a log collector puts in front of each line: `db-1  | `, a time, `[pod/x] `. The prefix is what the first
 * two lines of an entry have in common, apart from digits.
 * @returns The lines themselves if there is no prefix.
 */
export function withoutPrefix(lines: readonly Line[]): readonly Line[] {
  const width = lines.reduce((most, { text }) => Math.max(most, text.length), 0);
  // A narrow window may break the first line of the entry.
  const cut = (i: number) => (lines[i]?.text.length === width ? (lines[i + 1]?.text ?? '') : '');
  const isHeader = (text: string) => PLAN.test(text.slice(-120).trimEnd());
  const first = lines.findIndex(({ text }, i) => isHeader(text) || isHeader(text + cut(i)));
  const header = lines[first];
  const isCut = header !== undefined && !isHeader(header.text);
  // The next line may come from another service.
  const service = OTHER_SERVICE.exec(header?.text ?? '')?.[0];
  const next = lines
    .slice(first + (isCut ? 2 : 1))
    .find(({ text }) => service === undefined || text.startsWith(service) || !OTHER_SERVICE.test(text));
  if (header === undefined || next === undefined || SYSLOG.test(next.text)) return lines;
  const prefix = commonPrefix(header.text, next.text);
  if (prefix === undefined) return lines;
  const bare: Line[] = [];
  for (const [i, { text, number }] of lines.entries()) {
    const found = prefix.exec(text)?.[0];
    const last = bare.at(-1);
    if (found !== undefined) bare.push({ text: text.slice(found.length), number });
    else if (service !== undefined && OTHER_SERVICE.test(text)) continue;
    // The window broke the previous line.
    else if (last !== undefined && lines[i - 1]?.text.length === width)
      bare[bare.length - 1] = { text: last.text + text, number: last.number };
    else if (!OTHER_SERVICE.test(text)) bare.push({ text, number });
  }
  return bare;
}

function commonPrefix(a: string, b: string): RegExp | undefined {
  const [left, right] = [a, b].map(text => text.slice(0, 300).replace(/\d+/g, '0'));
  let end = 0;
  while (left !== undefined && right !== undefined && end < left.length && left[end] === right[end]) end++;
  const prefix = /^.*\s(?=\S|$)/.exec(left?.slice(0, end) ?? '')?.[0].replace(/\t+$/, '') ?? '';
  if (prefix.trim() === '') return undefined;
  const pattern = prefix.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('0', '\\d+');
  return new RegExp(`^${pattern}`);
}

/** @returns One block per plan; none if the text is no log. */
export function unframeLog(lines: readonly Line[]): readonly Block[] {
  const starts = lines.flatMap((line, i) => {
    const found = PLAN.exec(line.text.slice(-120).trimEnd());
    return found === null ? [] : [{ at: i, ms: Number((found[1] ?? '').replace(',', '.')) }];
  });
  if (starts.length === 0) return [];
  const syslog = syslogEntries(lines);
  return starts.map(({ at, ms }, i) => {
    const line = lines[at];
    const entry = line === undefined ? undefined : syslog.get(entryKey(line.text) ?? '');
    const end = starts[i + 1]?.at ?? lines.length;
    return { lines: entry ?? bodyOf(lines, at, end), duration: ms };
  });
}

function bodyOf(lines: readonly Line[], at: number, end: number): readonly Line[] {
  // csvlog: the message is a quoted cell.
  const first = lines[at]?.text ?? '';
  const quote = first.lastIndexOf(',"');
  if (quote >= 0 && first.slice(quote).search(/^,"[^"]{1,30} ?: ?\d/) === 0) {
    return cellAt(lines, at, quote + 2, end).lines.slice(1);
  }
  const body: Line[] = [];
  const tabbed = lines[at + 1]?.text.startsWith('\t') === true;
  for (let i = at + 1; i < end; i++) {
    const line = lines[i];
    if (line === undefined || ENTRY.test(line.text)) break;
    // All lines of an entry except its first begin with a tab; others may be the rest of a broken line.
    if (tabbed && DATED.test(line.text)) break;
    body.push({ ...line, text: line.text.replace(/^\t/, '') });
  }
  return body;
}

/** Process and message number, which identify the lines of a message between those of other messages. */
function entryKey(text: string): string | undefined {
  const found = SYSLOG.exec(text.slice(0, 300));
  return found === null ? undefined : `${found[1]} ${found[2]}`;
}

/** Process and message number → the message's lines, without its first. */
function syslogEntries(lines: readonly Line[]): ReadonlyMap<string, readonly Line[]> {
  const entries = new Map<string, Line[]>();
  for (const { text, number } of lines) {
    const found = SYSLOG.exec(text.slice(0, 300));
    if (found === null) continue;
    const key = entryKey(text) ?? '';
    const content = text.slice(found.index + found[0].length).replace(/^(?:#011|\t)/, '');
    // syslog also escapes tabs within a line.
    if (found[3] === '1') entries.set(key, []);
    else entries.get(key)?.push({ text: content.replaceAll('#011', '\t'), number });
  }
  return entries;
}
