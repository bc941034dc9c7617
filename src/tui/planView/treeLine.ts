/** A node as a line of its tree, or as several where labels are wrapped. */
import { sanitize } from '../../base/format.ts';
import type { DiffStatus } from '../../plan/difference/diff.ts';
import { cells, highlighted, type Line, lineCells, type Span, wrap } from '../cell.ts';
import { nodeLabel } from '../nodeLabel.ts';
import { columnsText, type PlanColumns } from './columns.ts';
import type { NodeFacts, PlanFacts } from './facts.ts';
import { changeMark, findingMark } from './marks.ts';

interface LineOptions {
  readonly columns: PlanColumns;
  /** One cell a level. */
  readonly short: boolean;
  readonly wrap: boolean;
  readonly collapsed: boolean;
  readonly status: DiffStatus;
  /** The line contains the search text below. */
  readonly match: boolean;
  readonly sought: string;
}

export function treeLines(facts: NodeFacts, plan: PlanFacts, options: LineOptions): Line[] {
  const { columns, status } = options;
  const [first = [], ...more] = labelLines(facts, columns.label, options);
  const start: Line = [changeMark(status), { text: ' ' }];
  return [
    [...start, ...first, padding(first, columns.label), ...columnsText(facts, plan, columns)],
    ...more.map((line): Line => [{ text: '  ' }, ...line]),
  ];
}

export function padding(line: Line, width: number): Span {
  return { text: ' '.repeat(Math.max(0, width - lineCells(line))) };
}

/** The guide, the sign of the severest finding and the label, in `width` cells; several lines where it is wrapped. */
export function labelLines(
  facts: NodeFacts,
  width: number,
  options: Omit<LineOptions, 'columns'>,
  label?: string,
): Line[] {
  const { node, costliest, severity, below } = facts;
  const guide = guideText(options.short ? facts.shortGuide : facts.guide, width);
  const sign = findingMark(severity);
  const hidden = options.collapsed ? ` ⋯ ${below}` : '';
  const room = width - cells(guide) - cells(sign.text) - cells(hidden);
  const never = node.actual?.executed === false;
  const style = {
    bold: costliest || options.match,
    dim: never,
    ...(options.match ? { color: 'yellow' as const } : {}),
  };
  const texts = options.wrap
    ? wrap(label ?? fullLabel(facts), Math.max(8, room))
    : [label === undefined ? nodeLabel(node, room) : label];
  return texts.map((text, index): Line => {
    const strokes: Span = { text: index === 0 ? guide : continued(guide), dim: true };
    const before = index === 0 ? sign : { text: ' '.repeat(cells(sign.text)) };
    return [
      strokes,
      before,
      ...highlighted(text, options.match ? [options.sought] : [], style),
      ...(index === 0 && hidden !== '' ? [{ text: hidden, color: 'cyan' as const }] : []),
    ];
  });
}

function fullLabel({ node }: NodeFacts): string {
  const prefix = node.subplanName === undefined ? '' : `${node.subplanName}: `;
  return sanitize(prefix + node.label);
}

/** Below this a label says nothing. */
const LEAST_LABEL = 12;

/** Cells that strokes take at most: the label is shortened first. */
export const guideRoom = (guide: string, width: number): number =>
  Math.min(guide.length, Math.max(Math.floor(width / 2), width - LEAST_LABEL));

/** Deep trees lose the left part of their guides, never their labels. */
function guideText(guide: string, width: number): string {
  const room = guideRoom(guide, width);
  return guide.length > room ? `…${guide.slice(-(room - 1))}` : guide;
}

/** The strokes that pass beside a label's further lines. */
function continued(guide: string): string {
  return guide.replaceAll('├', '│').replaceAll('└', ' ').replaceAll('─', ' ');
}
