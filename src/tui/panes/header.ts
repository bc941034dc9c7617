/** The header: what it is connected to, how long the transaction is open, and that nothing is committed. */

import { harmless } from '../../format/harmless.ts';
import { formatDuration } from '../../format/ms.ts';
import { cells, fitted, type Line, spread } from '../cell.ts';
import type { State } from '../state/types.ts';

export function headerLine(state: State): Line {
  const { target, session, now, phase } = state;
  const { columns } = state.size;
  const place = harmless(target.scale === undefined ? target.label : `${target.label} · ${target.scale}`);
  const safe = 'nothing is committed';
  const open = session === undefined ? '' : formatDuration(now - session.openedAt);
  const state_ =
    phase === 'lost'
      ? `transaction gone · ${safe}`
      : open === ''
        ? safe
        : columns >= 100
          ? `transaction open ${open} · ${safe}`
          : `open ${open} · ${safe}`;
  const name = columns >= 100 || cells(place) + cells(state_) + 20 <= columns ? 'pgopt-explore  ' : '';
  return fitted(
    spread(
      [{ text: ' ' }, { text: name, bold: true }, { text: place, color: 'cyan' }],
      [{ text: state_ }, { text: ' ' }],
      columns,
    ),
    columns,
  );
}
