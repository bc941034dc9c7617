/** Keys of any list: its filter, the palette's close, and the configurations that were tried. */
import { textAtEnd } from '../editor/text.ts';
import { listAt, placeUnder } from '../model/selectors.ts';
import { triedConfigurations } from '../model/tried.ts';
import type { Filter, State } from '../state/state.ts';
import type { Changes } from './changes.ts';
import { withoutPalette } from './palette.ts';
import { restored } from './proposalKeys.ts';

/** undefined: all rows. */
function withFilter(state: State, change: (filter: Filter | undefined) => Filter | undefined): State {
  const list = listAt(placeUnder(state));
  if (list === undefined) return state;
  const { [list]: filter, ...others } = state.filters;
  const next = change(filter);
  return { ...state, filters: next === undefined ? others : { ...others, [list]: next } };
}

/** The first escape on a page shows all of its rows again, the next one closes it. */
export function closed(state: State, close: (state: State) => State): State {
  const all = withFilter(state, () => undefined);
  return Object.keys(all.filters).length < Object.keys(state.filters).length ? all : close(state);
}

export const listKeys = {
  filter: state => withFilter(state, filter => ({ ...(filter ?? textAtEnd('')), editing: true })),
  'filter-done': state =>
    withFilter(state, filter =>
      filter === undefined || filter.text.trim() === '' ? undefined : { ...filter, editing: false },
    ),
  'filter-clear': state => withFilter(state, () => undefined),
  palette: state => ({
    ...state,
    filters: { ...state.filters, palette: { ...textAtEnd(''), editing: true } },
    overlay: { kind: 'palette', scroll: 0, behind: state.overlay },
  }),
  'palette-close': withoutPalette,
  'palette-run': state => state,
  'answer-yes': state => state,
  'answer-no': state => state,
  'return-to': state => {
    const tried = triedConfigurations(state)[state.overlay?.scroll ?? 0];
    return tried === undefined ? state : restored(state, tried.configuration);
  },
} satisfies Changes;
