/** The command palette: the key table, by what its keys do at the place beneath. */
import { passes, placeUnder } from '../model/selectors.ts';
import type { State } from '../state/state.ts';
import { BINDINGS, type Binding } from './keyTable.ts';

/** The state with the palette gone. */
export const withoutPalette = (state: State): State =>
  state.overlay?.kind === 'palette' ? { ...state, overlay: state.overlay.behind } : state;

export function paletteRows(state: State): readonly Binding[] {
  const place = placeUnder(withoutPalette(state));
  return BINDINGS.filter(
    ({ program, group, command, places, title }) =>
      program !== 'viewer' &&
      group !== 'Text' &&
      command !== 'palette' &&
      places.includes(place) &&
      passes(state, 'palette', `${group} ${title} ${command}`),
  );
}
