/** The screen until there is a session: the steps, and the load's progress. It needs no Ink, and is drawn before that is loaded. */

import { formatDuration, formatThousands, percent, sanitize } from '../../base/format.ts';
import { fitted, type Line } from '../cell.ts';
import { layoutOf } from '../layout.ts';
import { tooSmall } from '../model/selectors.ts';
import { footerLine } from '../panes/footer.ts';
import { headerLine } from '../panes/header.ts';
import { statusLine } from '../panes/status.ts';
import { UNREAD } from '../state/initial.ts';
import type { State } from '../state/state.ts';
import { bar, elapsed, spinner } from '../words.ts';
import { tooSmallLines } from './tooSmall.ts';

export function stepLines({ startup, now }: Pick<State, 'startup' | 'now'>): Line[] {
  return startup.steps.map(({ message, since }, index): Line => {
    const next = startup.steps[index + 1];
    const time = { text: `  ${elapsed((next?.since ?? now) - since)}`, dim: true };
    if (next !== undefined) return [{ text: '  ✓ ', color: 'green' }, { text: sanitize(message) }, time];
    return [{ text: `  ${spinner(now)} `, color: 'cyan' }, { text: sanitize(message), bold: true }, time];
  });
}

function progressLines({ startup, size }: State): Line[] {
  const { progress } = startup;
  if (progress === undefined) return [];
  const fraction = progress.rowsTotal > 0 ? progress.rowsDone / progress.rowsTotal : 0;
  const left =
    progress.remainingMs === undefined ? '' : ` · about ${formatDuration(progress.remainingMs)} left`;
  const rows = `${formatThousands(progress.rowsDone)} of ${formatThousands(progress.rowsTotal)} rows`;
  return [
    [
      { text: '    ' },
      ...bar(fraction, Math.min(40, size.columns - 20), { color: 'cyan' }),
      { text: ` ${percent(fraction)}` },
    ],
    [{ text: `    ${sanitize(progress.message)}: ${rows}${left}` }],
  ];
}

function startupLines(state: State): Line[] {
  const { workload } = state;
  if (workload === UNREAD) return [[], ...stepLines(state)];
  return [
    [],
    [{ text: `  ${sanitize(workload.title)}`, bold: true }],
    [
      {
        text: `  ${workload.queries.length} queries, ${workload.proposals.length} proposals, one transaction that is always rolled back`,
      },
    ],
    [],
    ...stepLines(state),
    ...progressLines(state),
  ];
}

/** Exactly as many lines as the panes would have, so that the frame never changes its height. */
export function pageLines(state: State, lines: readonly Line[]): Line[] {
  const { body } = layoutOf(state);
  return Array.from({ length: body }, (_, index) => fitted(lines[index] ?? [], state.size.columns));
}

/** All of it; on a terminal that is too small, that it is. */
export function startupScreen(state: State): readonly Line[] {
  if (tooSmall(state)) return tooSmallLines(state.size, state.question?.text);
  const status = state.phase === 'starting' ? [] : statusLine(state);
  return [headerLine(state), ...pageLines(state, startupLines(state)), status, footerLine(state)];
}
