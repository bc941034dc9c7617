/** What is shown until there is a session: the steps, and the load's progress. */

import { formatDuration, formatThousands, percent, sanitize } from '../../base/format.ts';
import type { Line } from '../cell.ts';
import type { State } from '../state/state.ts';
import { bar, elapsed, spinner } from '../words.ts';

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

export function startupLines(state: State): Line[] {
  const { workload } = state;
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
