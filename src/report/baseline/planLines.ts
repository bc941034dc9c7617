/** The difference of two plans as lines, like `diff`. */
import type { ComparableNode } from './baseline.ts';

/** Above this product of lines, everything between the common ends counts as replaced. */
const COMPARABLE = 250_000;
/** Context lines around each change. */
const AROUND = 2;
/** Limits the depth, which a file may claim at will. */
const DEEPEST = 100;

/** @returns Lines with the prefix `- ` (baseline), `+ ` (now) or two blanks; empty: the labels are equal. */
export function planDifference(
  before: readonly ComparableNode[],
  after: readonly ComparableNode[],
): readonly string[] {
  const then = before.map(lineOf);
  const now = after.map(lineOf);
  let head = 0;
  while (head < Math.min(then.length, now.length) && then[head] === now[head]) head++;
  let tail = 0;
  while (tail < Math.min(then.length, now.length) - head && then.at(-1 - tail) === now.at(-1 - tail)) tail++;
  if (head === then.length && head === now.length) return [];
  const middle = between(then.slice(head, then.length - tail), now.slice(head, now.length - tail));
  const same = (lines: readonly string[]) => lines.map(line => `  ${line}`);
  return shortened([...same(then.slice(0, head)), ...middle, ...same(then.slice(then.length - tail))]);
}

function lineOf({ depth, label }: ComparableNode): string {
  return '  '.repeat(Math.max(0, Math.min(Math.floor(depth), DEEPEST))) + label;
}

/** Longest common subsequence. */
function between(then: readonly string[], now: readonly string[]): string[] {
  if (then.length * now.length > COMPARABLE)
    return [...then.map(line => `- ${line}`), ...now.map(line => `+ ${line}`)];
  const width = now.length + 1;
  /** Length of the common part of then[i…] and now[j…]. */
  const common = new Uint32Array((then.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = then.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      common[i * width + j] =
        then[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < then.length || j < now.length) {
    if (i < then.length && j < now.length && then[i] === now[j]) {
      lines.push(`  ${then[i]}`);
      i++;
      j++;
    } else if (j >= now.length || (i < then.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push(`- ${then[i++]}`);
    } else {
      lines.push(`+ ${now[j++]}`);
    }
  }
  return lines;
}

/** Keeps only a few unchanged lines around each change. */
function shortened(lines: readonly string[]): string[] {
  const near = new Set<number>();
  for (const [position, line] of lines.entries()) {
    if (line.startsWith('  ')) continue;
    for (let i = position - AROUND; i <= position + AROUND; i++) near.add(i);
  }
  return lines.flatMap((line, position) => {
    if (near.has(position)) return [line];
    return position === 0 || near.has(position - 1) ? ['  …'] : [];
  });
}
