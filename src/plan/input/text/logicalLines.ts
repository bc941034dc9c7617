/** Restores EXPLAIN's lines: joins those that mail, tickets and terminals broke. */
import { STEP, type Steps } from '../../../base/steps.ts';
import type { Detail } from '../../plan.ts';
import { Incomplete, type Line } from '../source.ts';
import { Balance } from './expressions.ts';
import { areFigures, type Heading, hasFigures, openFigures, readHeading } from './headings.ts';
import { classify, type Indented, indented, isKnownKey, type Kind } from './lineKinds.ts';
import { isSummary } from './sections.ts';

export type Logical = {
  readonly column: number;
  /** A blank line precedes it. */
  readonly apart: boolean;
  /** Line number in the file where it begins. */
  readonly number: number;
} /** A target is `Update on orders` without figures: a root, or one of several tables below one. */ & (
  | { readonly kind: 'arrow' | 'root' | 'target'; readonly text: string; readonly heading: Heading }
  /** `dropped`: no line of a plan. */
  | { readonly kind: 'group' | 'name' | 'dropped'; readonly text: string }
  | ({ readonly kind: 'property' } & Detail)
);

/** Longest heading, lines. */
const MAX_HEADING_LINES = 8;

/** Keys that only follow others on a line. */
const NEVER_FIRST =
  /^(?:Misses|Evictions|Overflows|Disk Usage|Disk|Sort Methods|(?:Average|Peak) (?:Memory|Disk)|Maximum Storage)$/;

const QUERY_KEYS: ReadonlySet<string> = new Set(['Query Text', 'Query Parameters']);

interface Open {
  readonly kind: 'arrow' | 'root' | 'group' | 'name' | 'target' | 'property';
  readonly column: number;
  readonly apart: boolean;
  readonly number: number;
  readonly key: string;
  readonly parts: string[];
  readonly balance: Balance;
  heading: Heading | undefined;
}

/** @param whole No line is broken outside quoted texts. @throws Incomplete if one is. */
export function logicalLines(lines: readonly Line[], whole: boolean): Steps<readonly Logical[]> {
  const reader = new Reader(lines, whole);
  return reader.read();
}

class Reader {
  private readonly done: Logical[] = [];
  private open: Open | undefined;
  private apart = false;
  /** Leftmost column of the lines below the last node; 0 before the first. */
  private leftmost = 0;
  private last: Line | undefined;
  private readonly rows: Indented[] = [];
  private readonly width: number;
  private readonly longest: number;
  private readonly hasCosts: boolean;

  constructor(
    private readonly lines: readonly Line[],
    private readonly whole: boolean,
  ) {
    this.width = wrapWidth(lines);
    this.longest = lines.reduce((most, { text }) => Math.max(most, text.length), 0);
    this.hasCosts = lines.some(({ text }) => /\(cost=\d+\.\d\d\.\./.test(text));
  }

  *read(): Steps<readonly Logical[]> {
    for (const [i, { text }] of this.lines.entries()) {
      if (i % STEP === 0) yield;
      this.rows.push(indented(text));
    }
    const following = nextRows(this.rows);
    for (const [i, line] of this.lines.entries()) {
      if (i % STEP === 0) yield;
      const row = this.rows[i];
      if (row === undefined) continue;
      const kind = classify(row, following[i]);
      if (kind.kind === 'blank') this.blank();
      else if (this.isContinuation(kind, row)) this.append(line, row);
      else this.start(kind, row, line.number);
      this.last = line;
    }
    this.close();
    return this.done;
  }

  private blank(): void {
    if (this.open !== undefined && QUERY_KEYS.has(this.open.key)) this.open.parts.push('\n');
    this.apart = true;
  }

  private isContinuation(kind: Kind, row: Indented): boolean {
    const { open } = this;
    if (open === undefined) return false;
    if (QUERY_KEYS.has(open.key)) return !this.endsQuery(kind);
    if (kind.kind === 'other') return true;
    if (open.kind === 'property') {
      if (kind.kind === 'arrow' || kind.kind === 'group') return false;
      if (kind.kind === 'property')
        return (open.balance.isOpen && !isKnownKey(kind.key)) || this.isOutOfPlace(kind.key, row.column);
      return open.balance.isOpen && (kind.kind !== 'root' || open.balance.inLiteral);
    }
    if (open.heading?.unclosed === true) return true;
    if (open.kind !== 'arrow' && open.kind !== 'root') return false;
    if (kind.kind === 'property')
      return (
        this.hasCosts && !hasFigures(open.heading) && open.heading?.known !== true && !isKnownKey(kind.key)
      );
    // After `->  Index Scan`, the line `using i on orders  (cost=…)` looks like a node of its own.
    if (kind.kind !== 'root' || !this.hasCosts || hasFigures(open.heading)) return false;
    return !kind.heading.known || open.heading?.known === false || row.text.startsWith('(');
  }

  /** Left of all lines of this node, and no line of the statement: the rest of a line such as `Buckets: 1024`. */
  private isOutOfPlace(key: string, column: number): boolean {
    return NEVER_FIRST.test(key) || (column < this.leftmost && !isSummary(key));
  }

  /** A query's text may hold anything; it ends where a node begins. */
  private endsQuery(kind: Kind): boolean {
    if (kind.kind === 'property') return kind.key === 'Query Parameters';
    if (kind.kind === 'target') return !this.hasCosts;
    if (kind.kind !== 'root') return false;
    return hasFigures(kind.heading) || (!this.hasCosts && kind.heading.known);
  }

  private start(kind: Kind, row: Indented, number: number): void {
    this.close();
    if (kind.kind === 'blank') return;
    if (kind.kind === 'other') {
      this.drop(row, number);
      return;
    }
    const heading = 'heading' in kind && kind.kind !== 'group' ? kind.heading : undefined;
    const text = kind.kind === 'property' ? kind.value : 'text' in kind ? kind.text : row.text;
    this.open = {
      kind: kind.kind,
      column: row.column,
      apart: this.apart,
      number,
      key: kind.kind === 'property' ? kind.key : '',
      parts: [text],
      balance: kind.kind === 'property' ? new Balance().feed(text) : new Balance(),
      heading,
    };
    this.apart = false;
    if (kind.kind !== 'property') this.leftmost = 0;
    else if (this.leftmost === 0 || row.column < this.leftmost) this.leftmost = row.column;
  }

  private append(line: Line, row: Indented): void {
    const { open } = this;
    if (open === undefined) return;
    const wanted = open.kind === 'property' ? this.takesMore(open, row) : this.takesHeading(open, row);
    if (!wanted) {
      this.close();
      this.drop(row, line.number);
      return;
    }
    const verbatim = QUERY_KEYS.has(open.key) || open.balance.inLiteral;
    if (this.whole && !verbatim) throw new Incomplete('this line belongs to no node', line.number);
    const cut = this.isCut();
    if (this.isNameCut(open, row.text, cut))
      throw new Incomplete('it is unclear whether this line was broken within a name', line.number);
    const text = verbatim
      ? (cut ? '' : '\n') + line.text.trimEnd()
      : glueOf(open.parts, row.text, cut) + row.text;
    open.parts.push(text);
    if (open.heading === undefined) open.balance.feed(text);
    else open.heading = readHeading(open.parts.join(''));
  }

  private drop({ column, text }: Indented, number: number): void {
    this.done.push({ kind: 'dropped', column, apart: this.apart, number, text });
  }

  private takesMore({ key, balance, parts }: Open, { text }: Indented): boolean {
    if (QUERY_KEYS.has(key) || balance.isOpen) return true;
    // If the first word fits on the previous line, that line was not broken here.
    const word = text.search(/\s|$/);
    const room = (this.last?.text.length ?? 0) + 1 + word <= NARROWEST;
    if (room && !/,\s*$/.test(parts.at(-1) ?? '') && !/^(?:\.{3}|…)/.test(text)) return false;
    return !this.apart && (!isSummary(key) || key === 'Settings' || key === 'Trigger');
  }

  private takesHeading({ heading, parts }: Open, { text }: Indented): boolean {
    if (heading === undefined || parts.length >= MAX_HEADING_LINES) return false;
    if (heading.cutOff || heading.unclosed || /^\((?:cost=|actual|never)/.test(text)) return true;
    const isOpen = this.hasCosts || (heading.named && !heading.known);
    return !this.apart && !hasFigures(heading) && isOpen;
  }

  /** The previous line is one word as wide as the window, so the break is within the word. */
  private isCut(): boolean {
    const text = this.last?.text ?? '';
    return text.length === this.width && !/\S\s/.test(text);
  }

  /** A name was broken at or just before the window's width, so a blank may be lost. */
  private isNameCut({ heading, parts }: Open, next: string, cut: boolean): boolean {
    if (heading === undefined) return false;
    if (heading.unclosed) return (this.last?.text.length ?? 0) >= this.longest - 1;
    const text = parts.join('');
    return cut && /\w$/.test(text) && /^\w/.test(next) && openFigures(text) === undefined;
  }

  private close(): void {
    const { open } = this;
    this.open = undefined;
    if (open === undefined) return;
    const { kind, column, apart, number, key, heading } = open;
    const text = open.parts.join('');
    if (kind === 'property')
      this.done.push({
        kind,
        column,
        apart,
        number,
        key,
        value: key === 'Trigger' ? text : text.trimStart(),
      });
    else if (kind === 'group' || kind === 'name') this.done.push({ kind, column, apart, number, text });
    else if (heading !== undefined) this.done.push({ kind, column, apart, number, text, heading });
  }
}

/** By line: the next non-blank line. */
function nextRows(rows: readonly Indented[]): readonly (Indented | undefined)[] {
  let next: Indented | undefined;
  const following: (Indented | undefined)[] = new Array(rows.length);
  for (let i = rows.length - 1; i >= 0; i--) {
    following[i] = next;
    const row = rows[i];
    if (row !== undefined && row.text !== '') next = row;
  }
  return following;
}

// What the break replaced: a blank or nothing.

const MAX_PARTS = 8;

/** Narrowest window, columns. */
const NARROWEST = 40;

/** @returns The width at which lines were broken within words; -1 if none seem to be. */
function wrapWidth(lines: readonly Line[]): number {
  let longest = 0;
  let count = 0;
  for (const { text } of lines) {
    if (text.length === longest) count++;
    else if (text.length > longest) {
      longest = text.length;
      count = 1;
    }
  }
  return count >= 2 && longest >= NARROWEST ? longest : -1;
}

/** Begin of a figure; another break among figures is within one. */
const FIGURE = /^(?:\(|rows=|width=|time=|loops=)/;

/** @param parts The text so far. @param cut The last line was broken at the width of the window. */
export function glueOf(parts: readonly string[], next: string, cut: boolean): '' | ' ' {
  // Figures may span several lines, but no more than a heading.
  const open = openFigures(parts.slice(-MAX_PARTS).join(''));
  if (open === undefined) return cut ? '' : ' ';
  const end = next.indexOf(')') + 1;
  if (end > 0 && areFigures(open + next.slice(0, end))) return '';
  if (end > 0 && areFigures(`${open} ${next.slice(0, end)}`)) return ' ';
  return FIGURE.test(next) ? ' ' : '';
}
