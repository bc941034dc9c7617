/** The figures at the end of a node's heading: `(cost=…) (actual …)`. */

type Figures = Readonly<Record<string, number>>;

export interface Split {
  /** The heading before the figures. */
  readonly head: string;
  /** As FORMAT JSON has them; empty with COSTS OFF and no ANALYZE. */
  readonly figures: Figures;
  readonly neverExecuted: boolean;
  /** A parenthesis was opened and not closed: the rest is on the next line, or lost. */
  readonly cutOff: boolean;
}

const COST = /\(cost=(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?) +rows=(\d+(?:\.\d+)?) +width=(\d+)\)/y;
const ACTUAL =
  /\(?actual +(?:time=(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?) +)?rows=(\d+(?:\.\d+)?) +loops=(\d+(?:\.\d+)?)\)?/y;
const NEVER = '(never executed)';

/** What follows the figures is somebody's remark, and dropped. */
export function splitFigures(text: string): Split {
  const cost = text.lastIndexOf('(cost=');
  const actual = Math.max(text.lastIndexOf('(actual '), endsIn(text, '(actual'));
  const never = Math.max(text.lastIndexOf(NEVER), endsIn(text, '(never'));
  const starts = [cost, Math.max(cost, actual), Math.max(cost, never)].filter(at => at >= 0);
  if (starts.length === 0) {
    return { head: text.trimEnd(), figures: {}, neverExecuted: false, cutOff: openFigures(text) !== undefined };
  }
  const start = Math.min(...starts);
  return {
    head: text.slice(0, start).trimEnd(),
    figures: {
      ...(cost >= 0 ? costFigures(text, cost) : {}),
      ...(actual > cost ? actualFigures(text, actual) : {}),
    },
    neverExecuted: never > cost && !text.endsWith('(never'),
    cutOff: openFigures(text) !== undefined,
  };
}

/** @returns What stands in the last parenthesis, if it is one of figures that was not closed: from `(` on. */
export function openFigures(text: string): string | undefined {
  const at = text.lastIndexOf(' (');
  if (at < 0 || text.includes(')', at)) return undefined;
  const content = text.slice(at + 2);
  const begun = (word: string) => word.startsWith(content) || content.startsWith(word);
  return ['cost=', 'actual ', NEVER.slice(1)].some(begun) ? text.slice(at + 1) : undefined;
}

/** Whether that is all of a parenthesis of figures. */
export function areFigures(text: string): boolean {
  if (text === NEVER) return true;
  COST.lastIndex = 0;
  ACTUAL.lastIndex = 0;
  return COST.exec(text)?.[0] === text || ACTUAL.exec(text)?.[0] === text;
}

function endsIn(text: string, end: string): number {
  return text.endsWith(end) ? text.length - end.length : -1;
}

function costFigures(text: string, at: number): Figures {
  COST.lastIndex = at;
  const [found, startup, total, rows, width] = COST.exec(text) ?? [];
  if (found === undefined) return {};
  return {
    'Startup Cost': Number(startup),
    'Total Cost': Number(total),
    'Plan Rows': Number(rows),
    'Plan Width': Number(width),
  };
}

/** `actual time=0.1..0.2 rows=1 loops=1`, in parentheses or, a worker's, without. */
export function actualFigures(text: string, at: number): Figures {
  ACTUAL.lastIndex = at;
  const [found, startup, total, rows, loops] = ACTUAL.exec(text) ?? [];
  if (found === undefined) return {};
  const times =
    startup === undefined
      ? {}
      : { 'Actual Startup Time': Number(startup), 'Actual Total Time': Number(total) };
  return { ...times, 'Actual Rows': Number(rows), 'Actual Loops': Number(loops) };
}
