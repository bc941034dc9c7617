/** The header: what it is connected to, how long the transaction is open, and that nothing is committed. */

import { formatDuration, sanitize } from '../../base/format.ts';
import { cells, type Line, spread } from '../cell.ts';
import { showsPlanned } from '../model/inView.ts';
import { ageNotice } from '../model/notices.ts';
import type { State } from '../state/state.ts';
import { SHOWN } from '../words.ts';

/** The longest wording that fits: the program's name goes first, then words about the transaction. */
export function headerLine(state: State): Line {
  const { target, session, now, phase } = state;
  const { columns } = state.size;
  if (state.phase === 'exploring' && showsPlanned(state)) return plannedHeader(state);
  const role = session?.role == null ? undefined : `queries as ${session.role.name}`;
  const set = (session?.settings ?? []).map(({ name, value }) => `${name} = ${value}`);
  const parts = [target.label, target.scale, role, ...set].filter(part => part !== undefined);
  const place = sanitize(parts.join(' · '));
  const { safe } = SHOWN;
  const open = session === undefined ? undefined : formatDuration(now - session.openedAt);
  const old = ageNotice(state) !== undefined;
  const long =
    open === undefined ? safe : `${old ? 'holds back VACUUM for' : 'transaction open'} ${open} · ${safe}`;
  const short = open === undefined ? safe : `open ${open} · ${safe}`;
  const gone = `transaction gone · ${safe}`;
  const wordings: readonly (readonly [string, string])[] =
    phase === 'lost'
      ? [
          ['pgopt-explore  ', gone],
          ['', gone],
          ['', safe],
        ]
      : [
          ['pgopt-explore  ', long],
          ['', long],
          ['', short],
        ];
  const fits = ([name, words]: readonly [string, string]): boolean =>
    cells(name) + cells(place) + cells(words) + 4 <= columns;
  const [name, words] = wordings.find(fits) ?? ['', safe];
  const start: Line = [{ text: ' ' }, { text: name, bold: true }, { text: place, color: 'cyan' }];
  return spread(
    start,
    [{ text: words, ...(old ? { color: 'magenta' as const } : {}) }, { text: ' ' }],
    columns,
  );
}

/** What is shown now must not look measured. */
function plannedHeader(state: State): Line {
  const { target, size } = state;
  const place = sanitize(target.label);
  const back = state.overlay?.kind === 'advice' ? '' : ' · p goes back';
  const words =
    state.session?.lens === undefined
      ? [`${SHOWN.atProduction} · planned in a lens, never run${back}`, `${SHOWN.atProduction} · never run`]
      : ['no database: planned in a lens, never run · P says more', 'planned in a lens, never run'];
  const fits = (text: string) => cells(place) + cells(text) + 4 <= size.columns;
  const text = words.find(fits) ?? 'planned, never run';
  return spread(
    [{ text: ' ' }, { text: place, color: 'cyan' }],
    [{ text, color: 'magenta', bold: true }, { text: ' ' }],
    size.columns,
  );
}
