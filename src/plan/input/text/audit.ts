/** Checks for the text format: a plan is complete in every node and figure, or refused. */
import { Incomplete } from '../source.ts';
import type { NodeDraft, StatementDraft } from './drafts.ts';
import { Balance } from './expressions.ts';
import { areFigures, hasFigures, isRun, NODE_INPUTS } from './headings.ts';
import { isKnownKey, keyValue } from './lineKinds.ts';
import type { Logical } from './logicalLines.ts';
import { isSummary } from './sections.ts';

/** Figures, or an arrow with a name, of a second node on the line. */
const SWALLOWED =
  /\((?:cost=|actual (?:time|rows)=|never executed\))|(?:^|\s)->\s{1,4}(?:Parallel )?[A-Z][a-z]+(?: Only)? (?:Scan|Join|Loop|Aggregate)\b/;
/** A further key on the line: outside quotes, no condition has a colon followed by a blank. */
const DETAIL = /(?:^|[\w)\s])(?:[A-Z][A-Za-z-]*):(?: |$)/;
const PAIRS =
  /^(?:Worker \d+|(?:Full|Pre)-sort(?:ed)? Groups|Storage|Memory|Node|Timing|Options|Serialization|Sampling)$/;
/** Marks of a window or web page for truncated text. */
const CUT = /(?:\.{3}|[…,\\])\s*$/;
/** After a scan's name there is `on`, `using` or nothing, and no name has a bracket. */
const DAMAGED_NAME =
  /^(?:Parallel )?(?:Seq|Sample|Index|Index Only|Bitmap Heap|Bitmap Index|Tid|CTE|Function|Values|Subquery|WorkTable) ?Scan|^[^(]*[\t[\]|',]/;
const OWN_FIGURES = [/\(cost=[^()]*\)/, /\(actual [^()]*\)/, /\(never executed\)/];

const PAIR =
  '(?:(?:HashAgg )?Batches|(?:Peak )?Memory Usage|Disk Usage|Misses|Evictions|Overflows): \\d+(?:kB)?(?: \\(originally \\d+\\))?';
const METHOD = '(?:top-N heapsort|quicksort|external sort|external merge|still in progress)';
const SPACE = '(?: +Average (?:Memory|Disk): \\d+kB +Peak (?:Memory|Disk): \\d+kB)';
const COUNTS = '(?: ?[a-z]+=[\\d.]+)+';
/** Forms of values that could be cut off and still look right. */
const FORMS: readonly (readonly [RegExp, RegExp])[] = [
  [
    /^(?:Rows Removed by .*|Heap Fetches|Index Searches|Workers (?:Planned|Launched)|Subplans Removed|Conflicting Tuples|Tuples Inserted)$/,
    form('\\d+(?:\\.\\d+)?'),
  ],
  [/^(?:(?:Planning|Execution) [Tt]ime|Total runtime)$/, form('\\d+(?:\\.\\d+)? ms')],
  [
    /^(?:Buffers|I\/O Timings)$/,
    form(`(?:shared|local|temp|shared/local|)${COUNTS}(?:, (?:shared|local|temp)${COUNTS})*`),
  ],
  [/^Trigger$/, /: (?:time=[\d.]{1,20} )?calls=\d{1,18}$/],
  [/^WAL$/, form('[a-z][a-z ]*=\\d+(?: [a-z][a-z ]*=\\d+)*')],
  [
    /^(?:(?:Full|Pre)-sort|(?:Pres|Pre-s)orted) Groups$/,
    form(`\\d+ +Sort Methods?: ${METHOD}(?:, ${METHOD})*${SPACE}{0,2}`),
  ],
  [/^Options$/, /^(?:[A-Z][a-z]+ (?:true|false)(?:, |$))+$/],
  [/^Functions$/, form('\\d+')],
  [/^Timing$/, /^(?:[A-Z][a-z]+ [\d.]+ ms(?: \([A-Z][a-z]+ [\d.]+ ms\))?(?:, |$))+$/],
  [/^Worker \d+$/, /^(?:actual (?:time=[\d.]+\.\.[\d.]+ )?rows=[\d.]+ loops=[\d.]+|[A-Z].*|)$/],
  [/^Settings$/, /^(?:[\w.]+ = (?:'(?:[^']|'(?!,))*'|NULL)(?:, (?=[\w.])|$))+$/],
  [/^Sort Method$/, form('[a-z-][a-zA-Z -]*(?: +(?:Memory|Disk): \\d+kB)?')],
  [/^(?:Buckets|Batches|Hits|Planned Partitions)$/, form(`\\d+(?: \\(originally \\d+\\))?(?: +${PAIR})*`)],
  [/^(?:Peak )?Memory Usage$/, form(`\\d+kB(?: +${PAIR})*`)],
  [/^Heap Blocks$/, form('(?:exact=\\d+)? ?(?:lossy=\\d+)?')],
];

/** The value may be followed by a remark. */
function form(pattern: string): RegExp {
  return new RegExp(`^${pattern}(?:\\s*$|\\s+[^\\w\\s(,.|│║])`);
}

/**
 * Each line must be complete.
 * @param whole No line was broken. @param begun A node precedes the line.
 * @throws Incomplete
 */
export function auditLine(line: Logical, whole: boolean, begun: boolean): void {
  if (line.kind === 'dropped') {
    // A quoted line that is no cell may be a node.
    const text = begun ? line.text : unquoted(line.text);
    if (SWALLOWED.test(text) || (begun && !line.apart && (CUT.test(text) || /\w=\d/.test(text))))
      throw new Incomplete('this line belongs to no node', line.number);
  } else if (line.kind === 'property') auditProperty(line.key, line.value, line.number);
  else if (line.kind === 'name' && SWALLOWED.test(line.text))
    throw new Incomplete('the name of a subplan and its node are on one line', line.number);
  else if ('heading' in line) {
    const text = unquoted(line.text);
    const rest = OWN_FIGURES.reduce((left, own) => left.replace(own, ' '), text);
    if (/\([^()]*$/.test(text) || line.heading.unclosed || CUT.test(rest))
      throw new Incomplete('this line is cut off', line.number);
    if (SWALLOWED.test(rest) || /\s->\s/.test(rest))
      throw new Incomplete('two nodes are on one line', line.number);
    for (const [figures] of text.matchAll(/\((?:cost|actual|never)\b[^()]*\)/g))
      if (!areFigures(figures)) throw notFigures(figures, line.number);
    if (!line.heading.known && DAMAGED_NAME.test(line.text))
      throw new Incomplete('the name of this node is damaged', line.number);
    const remark = hasFigures(line.heading) && /\)[^()]*\S\s*$/.test(line.text);
    if (whole && remark) throw new Incomplete('this node has text after its figures', line.number);
    if (DETAIL.test(rest) || /(?:^|\s)(?:InitPlan|SubPlan|CTE) \S/.test(remarkOf(text)))
      throw new Incomplete('a detail of this node is on the line of the node', line.number);
  }
}

/** The text after the figures. */
function remarkOf(text: string): string {
  const end = text.lastIndexOf(')');
  return end < 0 ? '' : text.slice(end + 1);
}

/** MySQL prints no width. */
function notFigures(figures: string, number: number): Incomplete {
  if (/^\(cost=[\d.e+]+(?:\.\.[\d.e+]+)? rows=[\d.e+]+\)$/.test(figures))
    return new Incomplete("this is MySQL's EXPLAIN", number, "give PostgreSQL's");
  return new Incomplete('the figures of this node are damaged', number);
}

function auditProperty(key: string, value: string, number: number): void {
  if (key === 'Query Text' || key === 'Query Parameters') return;
  if (SWALLOWED.test(unquoted(value))) throw new Incomplete(`a node is within "${key}"`, number);
  if (!isWholeValue(key, value)) throw new Incomplete(`"${key}" is cut off`, number);
}

/** Values of unknown keys count as complete. */
export function isWholeValue(key: string, value: string): boolean {
  if (!isKnownKey(key)) return true;
  const ofWorker = key.startsWith('Worker ') ? keyValue(value) : undefined;
  if (ofWorker !== undefined) return isWholeValue(ofWorker.key, ofWorker.value);
  const form = FORMS.find(([keys]) => keys.test(key))?.[1];
  const whole = form?.test(value) ?? (PAIRS.test(key) || !DETAIL.test(unquoted(value)));
  const balance = new Balance().feed(key === 'Trigger' ? '' : value);
  return whole && !balance.isOpen && balance.depth === 0 && !CUT.test(value);
}

function unquoted(text: string): string {
  return text.replace(/'[^']*'|"[^"]*"/g, "''");
}

/** @throws Incomplete */
export function auditStatement({ nodes, after }: StatementDraft): void {
  const costs = nodes.some(({ heading }) => 'Total Cost' in heading.figures);
  const analyzed = nodes.some(({ heading }) => isRun(heading));
  const [root] = nodes;
  if (!analyzed && 'Execution Time' in after && root !== undefined)
    throw new Incomplete('this plan was executed, but the times of its nodes are missing', root.number);
  const timed = nodes.some(({ heading }) => 'Actual Total Time' in heading.figures);
  for (const node of nodes) {
    const { type, figures, cutOff, neverExecuted } = node.heading;
    // Citus 6 printed no figures.
    if (type === 'Distributed Query') continue;
    if (cutOff || (costs && !('Total Cost' in figures)) || (analyzed && !isRun(node.heading)))
      throw new Incomplete(`figures of this ${type} are missing`, node.number);
    if (timed && !neverExecuted && !('Actual Total Time' in figures))
      throw new Incomplete(`the times of this ${type} are missing`, node.number);
    auditInputs(node, node === nodes.at(-1));
  }
}

function auditInputs({ heading, children, properties, number }: NodeDraft, isLast: boolean): void {
  const range = NODE_INPUTS.get(heading.type);
  if (range === undefined) return;
  const count = children.filter(({ subplanName }) => subplanName === undefined).length;
  const [least, most] = range;
  // People cut a plan below the last node that they ask about.
  const enough = count >= least || isLast || 'Subplans Removed' in properties;
  if (enough && count <= most) return;
  const expected = most === 0 ? 'no input' : least === 2 ? '2 inputs' : most === 1 ? '1 input' : 'inputs';
  throw new Incomplete(
    `${heading.type} has ${expected}, but ${count} here: lines are missing, or their indentation is wrong`,
    number,
  );
}

/** @throws Incomplete if all lines begin in one column, so that the tree is lost. */
export function auditIndentation(lines: readonly Logical[]): void {
  let root = 0;
  let arrow: Logical | undefined;
  let deeper = true;
  let evidence = false;
  let below = false;
  const check = () => {
    if (arrow !== undefined && !deeper && (evidence || arrow.column <= root))
      throw new Incomplete(
        'the indentation of this plan is lost, and with it which node is an input of which',
        arrow.number,
        'copy it with its indentation (from psql, for example), or give EXPLAIN (FORMAT JSON)',
      );
  };
  for (const line of lines) {
    if (line.kind === 'root') {
      check();
      root = line.column;
      arrow = undefined;
      below = false;
    } else if (line.kind === 'arrow' && arrow === undefined) {
      arrow = line;
      deeper = false;
      evidence = false;
    } else if (arrow !== undefined && line.kind !== 'dropped' && !below) {
      below = line.kind === 'property' && isSummary(line.key);
      if (line.column > arrow.column) deeper = true;
      else if (line.kind === 'property' && isKnownKey(line.key) && !below) evidence = true;
    }
  }
  check();
}
