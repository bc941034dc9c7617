/** Signs in front of a line: what changed, and how severe what was found is. */
import type { DiffStatus } from '../../plan/difference/diff.ts';
import type { Severity } from '../../plan/findings/find.ts';
import type { Span } from '../cell.ts';

const CHANGES: Readonly<Record<DiffStatus, Span>> = {
  same: { text: ' ' },
  added: { text: '+', color: 'green', bold: true },
  removed: { text: '-', color: 'red', bold: true },
  changed: { text: '~', color: 'magenta', bold: true },
  moved: { text: '>', color: 'magenta', bold: true },
};

const FINDINGS: Readonly<Record<Severity, Span>> = {
  severe: { text: '⚠ ', color: 'red', bold: true },
  warning: { text: '! ', color: 'red', bold: true },
  notice: { text: '· ', dim: true },
};

export const changeMark = (status: DiffStatus): Span => CHANGES[status];

export function findingMark(severity: Severity | undefined): Span {
  return severity === undefined ? { text: '' } : FINDINGS[severity];
}
