/** What each key changes. Effects on the session follow from the difference, in effects.ts. */
import { sceneOf } from '../model/scene.ts';
import { planKeysOf } from '../planView/planKeys.ts';
import type { State } from '../state/state.ts';
import { adviceKeys } from './adviceKeys.ts';
import type { Press } from './bindings.ts';
import type { CommandId } from './keyTable.ts';
import { listKeys } from './listKeys.ts';
import { arrangedNow, moveKeys } from './moveKeys.ts';
import { pageKeys } from './pageKeys.ts';
import { withoutPalette } from './palette.ts';
import { promptKeys } from './promptKeys.ts';
import { proposalKeys } from './proposalKeys.ts';
import { settingKeys } from './settingKeys.ts';

type Change = (state: State, press: Press) => State;
export type Changes = Readonly<Partial<Record<CommandId, Change>>>;

const CHANGES = {
  ...proposalKeys,
  ...settingKeys,
  ...moveKeys,
  ...pageKeys,
  ...adviceKeys,
  ...promptKeys,
  ...listKeys,
  ...planKeysOf<State>(sceneOf, arrangedNow, (state, view) => ({ ...state, view })),
} satisfies Changes;

/** Keys that change the state; the others are orders to the program or the session (effects.ts). */
export type Changing = keyof typeof CHANGES;

/** A number that is typed goes on with these. */
const NUMBERS: ReadonlySet<CommandId> = new Set(['top', 'query']);

export function reduceKey(state: State, press: Press): State {
  const change = (CHANGES as Changes)[press.command];
  const read = withoutNews(press.fromPalette === true ? withoutPalette(state) : state);
  const next = change === undefined ? read : change(read, press);
  return next.typedNumber === undefined || NUMBERS.has(press.command)
    ? next
    : { ...next, typedNumber: undefined };
}

/** What the last key did stays on the screen until the next one. */
function withoutNews(state: State): State {
  const { message, question, adviceView, suggestions } = state;
  const isSilent = [message, question, adviceView.said, suggestions?.said].every(one => one === undefined);
  if (isSilent) return state;
  return {
    ...state,
    message: undefined,
    question: undefined,
    adviceView: { ...adviceView, said: undefined },
    suggestions: suggestions && { ...suggestions, said: undefined },
  };
}
