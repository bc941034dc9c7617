/** The footer: the keys that can act where the focus is, as many as fit, help and quit always. */
import { fitted, type Line, lineCells } from '../cell.ts';
import { bindingsOf, keyNames, reasonsIn } from '../keys/bindings.ts';
import type { Binding, CommandId, Place, Program } from '../keys/keyTable.ts';
import { placeOf } from '../model/selectors.ts';
import type { State } from '../state/state.ts';

function hint(binding: Binding): Line {
  return [{ text: keyNames(binding)[0] ?? '', bold: true }, { text: ` ${binding.hint}` }];
}

export function footerLine(state: State): Line {
  const whyNot = reasonsIn(state);
  const canAct = (binding: Binding): boolean => whyNot(binding) === undefined;
  return keysLine(placeOf(state), 'explorer', state.size.columns, canAct);
}

const MOVES: Readonly<Partial<Record<Place, string>>> = {
  overlay: ' scroll',
  help: ' scroll',
  advice: ' choose',
  suggestions: ' scroll',
};

/** These have the end of the line for themselves. */
const ALWAYS: ReadonlySet<CommandId> = new Set(['help', 'quit', 'close']);
/** A prompt shows all its keys: they are few. */
const SHORT_PROMPTS: ReadonlySet<Place> = new Set(['search', 'typing', 'folder']);
/** Keys of the panes that open a page. On a page its own keys come first; the help has these. */
const OPENS_PAGE: ReadonlySet<CommandId> = new Set([
  'settings',
  'sql',
  'summary',
  'ledger',
  'requirements',
  'advice',
  'suggest',
]);

/** @param canAct Leaves out keys that would do nothing now. */
export function keysLine(
  place: Place,
  program: Program,
  columns: number,
  canAct: (binding: Binding) => boolean,
): Line {
  const here = bindingsOf(program).filter(({ hint, places }) => hint !== '' && places.includes(place));
  const always = here.filter(({ command }) => ALWAYS.has(command) || SHORT_PROMPTS.has(place));
  const isPage = always.some(({ command }) => command === 'close');
  const optional = here.filter(
    binding => !always.includes(binding) && !(isPage && OPENS_PAGE.has(binding.command)) && canAct(binding),
  );
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
