/** The configurations that were tried: what was on, and the total of its run times. */
import { formatMs, sanitize } from '../../base/format.ts';
import { type Line, left, right, truncate } from '../cell.ts';
import { row } from '../frame.ts';
import { firstVisible } from '../layout.ts';
import { triedRows } from '../model/lists.ts';
import { type Tried, triedConfigurations } from '../model/tried.ts';
import type { State } from '../state/state.ts';

const TOTAL = 11;
const MEASURED = 9;

export function historyLines(state: State, width: number, room: number): Line[] {
  const all = triedConfigurations(state);
  const rows = triedRows(state, all);
  const queries = state.workload.queries.length;
  const cursor = rows.indexOf(state.overlay?.scroll ?? 0);
  const height = Math.max(1, room - 1);
  const first = firstVisible(Math.max(0, cursor), rows.length, height);
  const line = (tried: Tried): Line => [
    { text: tried.isOn ? '● ' : '  ', bold: true },
    { text: `${right(totalText(tried), TOTAL)}  ` },
    { text: `${left(`${tried.measured} of ${queries}`, MEASURED)}  `, dim: tried.measured < queries },
    { text: truncate(sanitize(tried.words), Math.max(8, width - TOTAL - MEASURED - 7)), bold: tried.isOn },
  ];
  return [
    [{ text: `   ${right('total time', TOTAL)}  ${left('measured', MEASURED)}  on`, dim: true }],
    ...rows.slice(first, first + height).flatMap((index, at): Line[] => {
      const tried = all[index];
      return tried === undefined ? [] : [row(line(tried), width, first + at === cursor, true, index)];
    }),
  ];
}

const totalText = ({ measured, totalMs, atLeast }: Tried): string =>
  measured === 0 ? '–' : `${atLeast ? '> ' : ''}${formatMs(totalMs)}`;
