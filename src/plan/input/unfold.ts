/** Joins lines that a terminal or form broke at a fixed width, within words and figures. */
import { SYSLOG } from './log.ts';
import { isWholeFrame } from './psqlFrame.ts';
import type { Line } from './source.ts';
import { isWholeValue } from './text/audit.ts';
import { Balance } from './text/expressions.ts';
import { isRun, openFigures, readHeading, withoutNames } from './text/headings.ts';
import { classify, type Indented, indented, type Kind } from './text/lineKinds.ts';
import { glueOf } from './text/logicalLines.ts';
import { isSummary } from './text/sections.ts';

/** Narrowest window, columns. */
const NARROWEST = 40;
/** Width of `->  `. */
const ARROW = 4;
const ARROW_LINE: Indented = { column: 0, text: '->' };
/** Share of lines that belong to no plan; quoted texts may have lines of their own. */
const MOST_STRANGE = 0.3;
/** Number of lines to check. */
const ENOUGH = 1000;
/** Blanks that may be lost at a break: two stand before `(cost=`. */
const TRIMMED = 2;

interface Unfolded {
  readonly lines: readonly Line[];
  /** Number of a line that was broken either at the width or between words. */
  readonly doubtful: number | undefined;
}

/** @returns undefined if no line seems to be broken. */
export function unfold(lines: readonly Line[]): Unfolded | undefined {
  if (isWholeFrame(lines) || lines.some(({ text }) => SYSLOG.test(text))) return undefined;
  const style = styleOf(lines);
  const { first, width } = regionOf(lines, style);
  if (width < NARROWEST) return undefined;
  const whole: Line[] = lines.slice(0, first);
  const reader = new PlanLines(lines.some(({ text }) => /\(actual |\(never exec/.test(text)));
  let glue: Glue | undefined;
  let open: { parts: string[]; number: number; length: number } | undefined;
  let joined = 0;
  /** Breaks that may be line ends within a constant. */
  let inTexts = 0;
  let doubtful: number | undefined;
  const close = () => {
    if (open === undefined) return;
    const text = open.parts.join('');
    if (style === undefined) reader.add(text);
    whole.push({ text, number: open.number });
    open = undefined;
  };
  for (let i = first; i < lines.length; i++) {
    const { text, number } = lines[i] ?? { text: '', number: 0 };
    const isCut = open !== undefined && open.length <= width && open.length >= width - TRIMMED;
    if (open !== undefined && isCut && text !== '' && !FRAME.test(text)) {
      const before = open.parts.join('');
      const starts =
        style === undefined ? reader.starts(before, text, lines[i + 1]?.text ?? '') : style(text);
      const missing = width - open.length;
      // Only figures have two blanks before them.
      const isTrimmed = missing === 1 || /^\((?:cost|act|never)/.test(text);
      const isRest = missing === 0 || (isTrimmed && !/\s$/.test(before) && !/^\s/.test(text));
      if (!starts && isRest && !(style === undefined && /\S/.test(before) && /^ {3}/.test(text))) {
        glue ??= new Glue(lines);
        const blanks = style === undefined ? glue.between(before, text) : '';
        doubtful ??= glue.isDoubtful ? open.number : undefined;
        open.parts.push(
          missing > 0 && !(blanks === ' ' && isWithinName(before)) ? ' '.repeat(missing) : blanks,
          text,
        );
        open.length = text.length;
        joined++;
        if (TEXT_REST.test(text) && new Balance().feed(before).inLiteral) inTexts++;
        continue;
      }
    }
    close();
    open = { parts: [text], number, length: text.length };
  }
  close();
  return joined > (inTexts === 1 ? 1 : 0)
    ? { lines: whole, doubtful: glue?.isDoubtful === true ? doubtful : undefined }
    : undefined;
}

/** End of a constant that may contain line ends. */
const TEXT_REST = /^[^']*'::(?:text|bpchar|character|name)/;

type Style = (text: string) => boolean;

/** psql's own lines, which never continue another one. */
const FRAME = /^(?:\s?\(\d{1,9} \p{L}{1,20}\)\s*$|[^\w"']{0,3}\[ RECORD |\* Record )/u;

/** If every line begins with a mark, a line without it continues the previous one. */
function styleOf(lines: readonly Line[]): Style | undefined {
  const starting = (pattern: RegExp) => lines.filter(({ text }) => pattern.test(text)).length;
  if (starting(/^[+┌╔┼][-─═]/) > 0 && starting(/^[|│║] /) > 1)
    return text => /^(?:[|│║] |[+├┌└╔╠╚┼][-─═+])/u.test(text);
  if (starting(/^QUERY PLAN[ |│,;\t]\s?\S/) > 0)
    return text => /^(?:QUERY PLAN\b|[^\w"']{0,3}\[ RECORD |\* Record |[└+])/.test(text);
  if (starting(/^INSERT INTO /i) > 1) return text => /^INSERT INTO /i.test(text);
  if (starting(/^\t/) > 1 && starting(/ plan ?:$/) > 0)
    return text => /^(?:\t|\d{4}-\d\d-\d\d|.{1,80}(?:LOG|ERROR|STATEMENT): )/.test(text);
  return undefined;
}

/** The first line of the plan, and the length of its longest line. */
function regionOf(lines: readonly Line[], style: Style | undefined): { first: number; width: number } {
  let last = lines.length - 1;
  let first = 0;
  if (style === undefined) {
    const isPlan = ({ text }: Line) => /\((?:cost|actual)|rows=|loops=|-> {1,4}[A-Z]|[A-Za-z]: /.test(text);
    const begins = ({ text }: Line) =>
      ['root', 'arrow', 'target'].includes(classify(rowOf(text), undefined).kind);
    first = Math.max(
      0,
      lines.findIndex(line => /\((?:cost|actual)|Query Text: /.test(line.text) || begins(line)),
    );
    last = lines.findLastIndex(isPlan);
    // The last line may be broken too.
    while (last + 1 < lines.length && lines[last + 1]?.text !== '') last++;
  }
  let width = 0;
  for (let i = first; i < last; i++) width = Math.max(width, lines[i]?.text.length ?? 0);
  return { first, width: style === undefined && isFramed(lines.slice(first, last), width) ? 0 : width };
}

/** Too many lines that begin no line of a plan follow short lines: an unknown frame, no broken lines. */
function isFramed(all: readonly Line[], width: number): boolean {
  const lines = all.slice(0, ENOUGH);
  let strange = 0;
  for (const [i, { text }] of lines.entries()) {
    const before = lines[i - 1]?.text.length ?? width;
    if (before < width - TRIMMED && classify(rowOf(text), ARROW_LINE).kind === 'other') strange++;
  }
  return strange > lines.length * MOST_STRANGE;
}

const WORD_END = /[\w$.]+$/;
const WORD_START = /^[\w$.]+/;
/** Words of headings, conditions and figures. */
const KNOWN =
  'AND OR NOT IS NULL ANY ALL ARRAY CASE WHEN THEN ELSE END COALESCE using on Scan Index Seq Only Parallel Heap Bitmap Join Left Right Full Semi Anti Hash Merge Nested Loop never executed actual SubPlan InitPlan hashed FILTER WHERE DISTINCT ORDER BY';

/** Decides whether a blank is missing at a break, as some tools trim lines. */
class Glue {
  private readonly words = new Set(KNOWN.split(' '));
  /** Quoted names on lines with balanced quotes. */
  private readonly names = new Set<string>();

  constructor(lines: readonly Line[]) {
    // The first and last word of a line may be halves.
    for (const { text } of lines) {
      const row = rowOf(text).text;
      if (row.split('"').length % 2 === 1)
        for (const [, name = ''] of row.matchAll(/"([^"]+)"/g)) this.names.add(name);
      for (const word of (text.match(/[\w$.]+/g) ?? []).slice(1, -1)) {
        this.words.add(word);
        for (const part of word.split('.')) this.words.add(part);
      }
    }
  }

  /** Some break is certainly within a word or figure. */
  private certain = false;
  /** Some heading has a name that may be one word or two. */
  private doubtful = false;

  between(before: string, after: string): '' | ' ' {
    if (/\s$/.test(before) || /^\s/.test(after)) {
      this.doubtful ||= isWithinName(before) && /^\s/.test(after);
      return '';
    }
    const { quote } = new Balance().feed(before);
    const heading = headingOf(before);
    if (heading?.endsWith('"') && after.startsWith('"')) this.doubtful = true;
    if (heading !== undefined && isWithinName(before)) return this.withinName(heading, after);
    if (quote !== '') return '';
    const inFigures = openFigures(before) !== undefined;
    if (inFigures) return this.noted(glueOf([before], after, true));
    const isBetween = BLANK_BETWEEN.some(([end, start]) => end.test(before) && start.test(after));
    const [left = ''] = WORD_END.exec(before) ?? [];
    const [right = ''] = WORD_START.exec(after) ?? [];
    if (left === '' || right === '') return isBetween ? ' ' : '';
    if (this.words.has(left + right)) return this.noted('');
    if (heading !== undefined) {
      const [joined, apart] = ['', ' '].map(glue => readHeading(heading + glue + after).known);
      if (joined !== apart) return joined ? this.noted('') : ' ';
      if (!(this.words.has(left) && this.words.has(right))) this.doubtful = true;
    }
    if (!NAME.test(left) || !NAME.test(right)) return '';
    return isBetween || (this.words.has(left) && this.words.has(right)) ? ' ' : '';
  }

  /** A quoted name may contain blanks if other names do. */
  private withinName(heading: string, after: string): '' | ' ' {
    const left = heading.slice(heading.lastIndexOf('"') + 1);
    const right = after.slice(0, Math.max(0, after.indexOf('"')));
    const joined = this.names.has(left + right);
    if (joined !== this.names.has(`${left} ${right}`)) return joined ? this.noted('') : ' ';
    if ([left, right, ...this.names].some(name => name.includes(' '))) this.doubtful = true;
    return '';
  }

  private noted(glue: '' | ' '): '' | ' ' {
    if (glue === '') this.certain = true;
    return glue;
  }

  /** No evidence whether lines were broken at a width or between words. */
  get isDoubtful(): boolean {
    return this.doubtful && !this.certain;
  }
}

/** The heading of a node whose figures have not begun. */
function headingOf(text: string): string | undefined {
  const row = rowOf(text);
  const kind = classify(row, undefined);
  if (kind.kind === 'property' || kind.kind === 'blank' || /\((?:cost|actual)/.test(withoutNames(text)))
    return undefined;
  return row.text.replace(/^->\s*/, '');
}

function isWithinName(text: string): boolean {
  const heading = headingOf(text);
  return heading !== undefined && readHeading(heading).unclosed;
}

/** Numbers are excluded: each half of one may be a number. */
const NAME = /^[a-z_]/i;

/** Where PostgreSQL prints a blank: [end of the left part, start of the right part]. */
const BLANK_BETWEEN: readonly (readonly [RegExp, RegExp])[] = [
  [/[\w)'"\]]\s[<>=~*+/%|&!@#^-]{1,3}$/, /^['"\w($]/],
  [/[\w)'"\]]$/, /^[<>=~*/%|&]{1,3}\s/],
  [/[^\d],$/, /^['"\w(]/],
  [/\)$/, /^[\w(]/],
  [/[a-z0-9]$/, /^(?:AND|OR|WHERE|AS|FROM|THEN|ELSE|END|RETURNING|ORDER|IS|COLUMNS)\b/],
  [/\b(?:AND|OR|NOT|WHERE|AS|FROM|SELECT|SET|CASE|WHEN|THEN|ELSE|RETURNING|BY|IS)$/, /^[a-z0-9"'($]/],
  [/\b(?:Sub|Init)Plan$/, /^\d/],
  [/\w$/, /^\((?:cost|actual|never)/],
];

/** Knows which line may follow in a plan, to tell a new line from the rest of a broken one. */
class PlanLines {
  private base: number | undefined;
  /** Column of the last node's name. */
  private name = 0;
  private below = false;

  constructor(private readonly analyzed: boolean) {}

  add(text: string): void {
    const row = rowOf(text);
    // Further right only arrows matter.
    if (row.text.startsWith('->')) this.name = row.column + ARROW;
    if (this.base !== undefined && row.column > this.base) return;
    const kind = classify(row, undefined);
    if (kind.kind === 'root') {
      this.base ??= row.column;
      this.below = false;
    }
    if (kind.kind === 'root') this.name = row.column;
    if (kind.kind === 'property' && row.column === this.base && isSummary(kind.key)) this.below = true;
  }

  /** Whether `next` begins a line. @param before A line as wide as the window. @param following The line after `next`. */
  starts(before: string, next: string, following: string): boolean {
    const row = rowOf(next);
    const kind = classify(row, rowOf(following));
    if (!this.isComplete(before) || kind.kind === 'other' || kind.kind === 'blank') return false;
    const last = rowOf(before);
    return this.hasPlace(kind, row, nameColumn(classify(last, undefined), last) ?? this.name);
  }

  private isComplete(text: string): boolean {
    const [quote] = text;
    // A quoted cell that is still open.
    if ((quote === '"' || quote === "'") && text.split(quote).length % 2 === 0) return false;
    const row = rowOf(text);
    const kind = classify(row, ARROW_LINE);
    switch (kind.kind) {
      case 'blank':
      case 'other':
        return false;
      case 'arrow':
      case 'root': {
        const { figures, cutOff, unclosed, known } = kind.heading;
        if (cutOff || unclosed) return false;
        return this.analyzed ? isRun(kind.heading) : 'Total Cost' in figures || known;
      }
      case 'property':
        return isWholeValue(kind.key, kind.value);
      default:
        return true;
    }
  }

  private hasPlace(kind: Kind, { column }: Indented, name: number): boolean {
    const base = this.base ?? 0;
    if ((column - base) % 2 !== 0 || column < base) return false;
    if (kind.kind === 'arrow' || kind.kind === 'group') return column > base && column <= name + 4;
    if (kind.kind === 'root') return column === base;
    // At the base column another plan begins.
    if (kind.kind === 'target') return column >= base;
    if (kind.kind !== 'property') return column > base;
    if (column === base) return isSummary(kind.key) || this.below;
    return column === name + 2 || column === name + 4 || (column === base + 2 && this.below);
  }
}

/** undefined for lines that are no nodes. */
function nameColumn({ kind }: Kind, { column }: Indented): number | undefined {
  if (kind === 'root') return column;
  return kind === 'arrow' || kind === 'group' ? column + ARROW : undefined;
}

/** Without the quotes of a cell. */
function rowOf(text: string): Indented {
  const [quote] = text;
  if ((quote !== '"' && quote !== "'") || !/^.\s{0,400}(?:->|[A-Z])/.test(text)) return indented(text);
  return indented(text.slice(1).replace(/["'][,;+\s]{0,9}$/, ''));
}
