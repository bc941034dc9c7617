/** The key table looked up: what a key means where, and its name for people. */
import { sceneOf } from '../model/scene.ts';
import { placeOf } from '../model/selectors.ts';
import type { Action, State } from '../state/state.ts';
import {
  BINDINGS,
  type Binding,
  type CommandId,
  GROUPS,
  type Place,
  PROMPTS,
  type Program,
} from './keyTable.ts';
import { paletteRows, withoutPalette } from './palette.ts';

/** A key press as the reducer receives it. */
export interface Press {
  readonly command: CommandId;
  /** Its name; of a paste the text. */
  readonly key: string;
  /** How long the text in view is, and how much of it is seen: the view that draws it knows. */
  readonly extent?: Extent | undefined;
  /** Chosen in the palette, which it closes. */
  readonly fromPalette?: true;
}

export interface Extent {
  readonly lines: number;
  readonly room: number;
}

export function bindingsOf(program: Program): readonly Binding[] {
  return BINDINGS.filter(binding => binding.program === 'both' || binding.program === program);
}

function indexed(program: Program): ReadonlyMap<string, Binding> {
  return new Map(
    bindingsOf(program).flatMap(binding =>
      binding.places.flatMap(place => binding.keys.map(key => [`${place} ${key}`, binding] as const)),
    ),
  );
}

const INDEX: Readonly<Record<Program, ReadonlyMap<string, Binding>>> = {
  explorer: indexed('explorer'),
  viewer: indexed('viewer'),
};

export function bindingFor(key: string, place: Place, program: Program): Binding | undefined {
  return INDEX[program].get(`${place} ${key}`);
}

const isPrompt = (place: Place): boolean => (PROMPTS as readonly Place[]).includes(place);

/** The binding of a key at a place, if it has one there. In a prompt other keys are characters. */
export function commandFor(key: string, place: Place, program: Program = 'explorer'): CommandId | undefined {
  const binding = bindingFor(key, place, program);
  if (binding !== undefined || !isPrompt(place)) return binding?.command;
  return key === 'space' || [...key].length === 1 ? 'type' : undefined;
}

/**
 * ESC and a character in one read may be Alt with that character, or two keys. At a prompt an unbound Alt key must not close
 * it; elsewhere the two are separate keys.
 */
export function pressesOf(name: string, place: Place): readonly string[] {
  return name.startsWith('alt+') && !isPrompt(place) ? ['escape', name.slice('alt+'.length)] : [name];
}

/** Why the explorer's key cannot act now; undefined where it can. */
export const whyNot = (binding: Binding, state: State): string | undefined => reasonsIn(state)(binding);

/** The same for many keys: the plans in view are looked up once. */
export function reasonsIn(state: State): (binding: Binding) => string | undefined {
  let scene: ReturnType<typeof sceneOf> | undefined;
  return ({ cannot }) => {
    const why = cannot.explorer?.(state);
    if (why !== undefined || cannot.plan === undefined) return why;
    scene ??= sceneOf(state);
    return cannot.plan(scene);
  };
}

/** A key's effect in the explorer: its command, a question first, or the reason why it cannot act; undefined if it has no binding. */
export function actionFor(
  key: string,
  state: State,
  extentOf: (state: State) => Extent | undefined,
): Action | undefined {
  const place = placeOf(state);
  const binding = bindingFor(key, place, 'explorer');
  if (binding === undefined) {
    const command = commandFor(key, place);
    if (command !== undefined) return { type: 'key:pressed', press: { command, key } };
    return place === state.focus ? elsewhere(key) : undefined;
  }
  if (binding.command === 'answer-yes' && state.question !== undefined)
    return { type: 'key:pressed', press: state.question.press };
  const extent = MOVES.has(binding.command) ? extentOf(state) : undefined;
  if (binding.command !== 'palette-run')
    return actionOf(binding, { command: binding.command, key, extent }, state);
  const chosen = paletteRows(state)[state.overlay?.scroll ?? 0];
  if (chosen === undefined) return { type: 'message:said', text: 'no command has these words' };
  return actionOf(
    chosen,
    { command: chosen.command, key: chosen.keys[0] ?? '', fromPalette: true },
    withoutPalette(state),
  );
}

function actionOf(binding: Binding, press: Press, state: State): Action {
  const why = whyNot(binding, state);
  if (why !== undefined) return { type: 'message:said', text: why };
  const text = binding.cannot.asks?.(state);
  return text === undefined
    ? { type: 'key:pressed', press }
    : { type: 'question:asked', question: { text, press } };
}

/** A key of another pane names that pane. */
function elsewhere(key: string): Action | undefined {
  const pane = (['proposals', 'queries', 'plan'] as const).find(one => bindingFor(key, one, 'explorer'));
  const binding = pane && bindingFor(key, pane, 'explorer');
  if (pane === undefined || binding === undefined) return undefined;
  return {
    type: 'message:said',
    text: `${keyNames(binding)[0]} is a key of the ${pane} pane: ${binding.title}`,
  };
}

const MOVES: ReadonlySet<string> = new Set(['up', 'down', 'page-up', 'page-down', 'top', 'bottom']);

const SYMBOLS: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  escape: 'esc',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  backspace: '⌫',
};

/** A key's name for people; a row of digits becomes `1–9`. */
export function keyNames(binding: Binding): string[] {
  if (binding.command === 'query') return ['1–9'];
  return binding.keys.map(
    key =>
      SYMBOLS[key] ??
      key
        .replace('ctrl+', 'Ctrl-')
        .replace('alt+', 'Alt-')
        .replace(/^f(\d)$/, 'F$1'),
  );
}

const panes = ['proposals', 'queries', 'plan'] as const;
const PAGES: readonly Place[] = [
  'overlay',
  'help',
  'requirements',
  'advice',
  'settings',
  'suggestions',
  'history',
];

/** Where a binding works, for people; '' where it works on all panes. */
function whereWords({ places, program }: Binding): string {
  if (program === 'viewer') return 'saved plans';
  if (panes.every(pane => places.includes(pane))) return '';
  const own = places.filter(place => !PAGES.includes(place));
  return (own.length === 0 ? places : own).join(', ');
}

/** The key table as Markdown, for docs/keys.md. */
export function keyTableMarkdown(): string {
  const rows = GROUPS.filter(group => group !== 'Text').flatMap(group =>
    BINDINGS.filter(binding => binding.group === group).map(binding => {
      const keys = keyNames(binding).map(name => `\`${name}\``);
      return `| ${keys.join(' ')} | ${binding.title} | ${whereWords(binding)} |`;
    }),
  );
  return ['| Key | What it does | Only in |', '|---|---|---|', ...rows].join('\n');
}
