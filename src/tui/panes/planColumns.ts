/** The figures of a plan's lines: which columns there are at a width, and what stands in them. */

import { formatBytes } from '../../format/bytes.ts';
import { formatCount } from '../../format/count.ts';
import { formatMs } from '../../format/ms.ts';
import type { Plan } from '../../plan/types.ts';
import { type Line, left, right, type Span } from '../cell.ts';
import type { PlanRow } from '../model/planRows.ts';
import { percent } from '../words.ts';

export interface PlanColumns {
  readonly label: number;
  readonly estimated: boolean;
  readonly buffers: boolean;
  /** Cells for the mark of the costliest node, with its share where there is room. */
  readonly mark: number;
}

const ROWS = 7;
const TIME = 8;
const MARK = 6;
/** The arrow alone. */
const SHORT_MARK = 1;
const BUFFERS = 8;
/** Below this a label is hardly readable: other columns go first. */
const LABEL = 26;
const BLOCK = 8192;

/** Buffers go first, then the estimates. `width` is that of the whole line, with cursor and change marks. */
export function planColumns(plan: Plan, width: number): PlanColumns {
  const mark = width >= 62 ? MARK : SHORT_MARK;
  const base = width - 3 - (ROWS + 1) - (TIME + 1) - (mark + 1);
  // A plan that was not run has estimates only, and no buffers.
  if (!plan.analyzed) return { label: base, estimated: false, buffers: false, mark };
  const estimated = base - (ROWS + 1) >= LABEL;
  const buffers = estimated && base - (ROWS + 1) - (BUFFERS + 1) >= LABEL;
  const taken = (estimated ? ROWS + 1 : 0) + (buffers ? BUFFERS + 1 : 0);
  return { label: base - taken, estimated, buffers, mark };
}

export function headingText(plan: Plan, columns: PlanColumns): string {
  const texts = [left('node', columns.label)];
  if (columns.estimated) texts.push(right('est.', ROWS));
  texts.push(right(plan.analyzed ? 'rows' : 'est.', ROWS));
  texts.push(right(plan.timed ? 'self' : 'cost', TIME));
  texts.push(left(columns.mark === MARK ? 'share' : '', columns.mark));
  if (columns.buffers) texts.push(right('buffers', BUFFERS));
  return texts.join(' ');
}

export function columnsText(row: PlanRow, plan: Plan, columns: PlanColumns): Line {
  const { node, share, costliest } = row;
  const never = node.actual?.executed === false;
  const spans: Span[] = [];
  if (columns.estimated) spans.push({ text: ` ${right(formatCount(row.estimated), ROWS)}`, dim: true });
  const rows = never ? 'never' : formatCount(node.actual?.rows ?? row.estimated);
  spans.push({ text: ` ${right(rows, ROWS)}`, dim: never });
  const self = plan.timed ? formatMs(row.self) : formatCount(row.self);
  spans.push({ text: ` ${right(never ? 'run' : self, TIME)}`, dim: never });
  const mark = markText(costliest, share, columns.mark);
  spans.push({
    text: ` ${left(mark, columns.mark)}`,
    bold: costliest,
    ...(costliest ? { color: 'magenta' as const } : {}),
  });
  if (columns.buffers) {
    const buffers = node.actual?.exclusiveBuffers;
    const blocks = buffers === undefined ? undefined : buffers.sharedHit + buffers.sharedRead;
    spans.push({
      text: ` ${right(blocks === undefined || blocks === 0 || never ? '' : formatBytes(blocks * BLOCK), BUFFERS)}`,
    });
  }
  return spans;
}

function markText(costliest: boolean, share: number, width: number): string {
  if (width === SHORT_MARK) return costliest ? '◀' : '';
  return costliest ? `◀ ${percent(share)}` : share >= 0.1 ? `  ${percent(share)}` : '';
}
