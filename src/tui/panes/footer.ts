/** The footer: the keys that mean something where the focus is, as many as fit, help and quit always. */
import { setAt } from '../advice/rows.ts';
import { fitted, type Line, lineCells } from '../cell.ts';
import { type Binding, bindingsOf, type CommandId, keyNames, type Place, type Program } from '../keymap.ts';
import { placeOf } from '../model/selectors.ts';
import { cannotSuggest, isSearching, unsavedSuggestions } from '../state/suggest.ts';
import { cannotSurvey, isUnderWay } from '../state/survey.ts';
import type { State } from '../state/types.ts';
import { activities } from './status.ts';

function hint(binding: Binding): Line {
  return [{ text: keyNames(binding)[0] ?? '', bold: true }, { text: ` ${binding.hint ?? ''}` }];
}

export function footerLine(state: State): Line {
  const busy = activities(state).length > 0;
  const mayReconnect = state.phase === 'lost' && state.lost?.reconnecting === false;
  return keysLine(
    placeOf(state),
    'explorer',
    state.size.columns,
    command =>
      (command !== 'cancel' || busy) &&
      (command !== 'reconnect' || mayReconnect) &&
      (!['requirements', 'advice', 'settings'].includes(command) || state.overlay === undefined) &&
      (command !== 'setting-all' || state.settings.changed.length > 0) &&
      isWorthOpening(state, command) &&
      isWorthInSearch(state, command) &&
      isWorthInAdvice(state, command),
  );
}

function isWorthOpening(state: State, command: CommandId): boolean {
  const { overlay, adviceView } = state;
  if (command !== 'open' || overlay === undefined || overlay.kind === 'requirements') return true;
  // On the frontier moving the cursor has switched.
  if (overlay.kind !== 'advice') return false;
  return adviceView.page === 'choices' || (adviceView.page === 'production' && setAt(state) !== undefined);
}

function isWorthInSearch(state: State, command: CommandId): boolean {
  switch (command) {
    case 'suggest':
      return state.overlay === undefined;
    case 'suggest-stop':
      return state.suggestions?.state === 'searching';
    case 'suggest-again':
      return !isSearching(state) && cannotSuggest(state) === undefined;
    case 'suggest-save':
      return unsavedSuggestions(state).length > 0;
    default:
      return true;
  }
}

function isWorthInAdvice(state: State, command: CommandId): boolean {
  const isOfProduction = state.adviceView.page === 'production';
  switch (command) {
    // Other overlays are a key away from here, too; those of its own come first.
    case 'sql':
    case 'summary':
    case 'ledger':
      return !['advice', 'suggestions'].includes(state.overlay?.kind ?? '');
    case 'survey-pause':
    case 'survey-stop':
      return isUnderWay(state) && !isOfProduction;
    case 'survey-begin':
      // Where it would do anything there, the page says so.
      return !isOfProduction && !isUnderWay(state) && cannotSurvey(state) === undefined;
    case 'right':
      return state.adviceView.page === 'matrix';
    case 'write-change':
      return ['ended', 'stopped'].includes(state.survey?.state ?? '');
    default:
      return true;
  }
}

const MOVES: Readonly<Partial<Record<Place, string>>> = {
  overlay: ' scroll',
  advice: ' choose',
  suggestions: ' scroll',
};

/** @param worth Leaves out keys that would do nothing now. */
export function keysLine(
  place: Place,
  program: Program,
  columns: number,
  worth: (command: CommandId) => boolean,
): Line {
  const here = bindingsOf(program).filter(
    binding => binding.hint !== undefined && binding.places.includes(place),
  );
  const always = here.filter(({ command }) =>
    [
      'help',
      'quit',
      'close',
      'search-done',
      'value-submit',
      'value-cancel',
      'folder-write',
      'folder-cancel',
    ].includes(command),
  );
  const optional = here.filter(binding => !always.includes(binding) && worth(binding.command));
  const gap = { text: '  ' };
  const end = always.flatMap(binding => [gap, ...hint(binding)]);
  const moves = MOVES[place];
  const scrolling: Line = moves === undefined ? [] : [{ text: '↑↓', bold: true }, { text: moves }];
  let line: Line = [{ text: ' ' }, ...scrolling];
  for (const binding of optional) {
    const next = [...line, ...(line.length > 1 ? [gap] : []), ...hint(binding)];
    if (lineCells(next) + lineCells(end) > columns - 1) continue;
    line = next;
  }
  return fitted([...line, ...(line.length > 1 ? end : end.slice(1))], columns);
}
