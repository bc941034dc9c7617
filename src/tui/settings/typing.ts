/** What keys do while a value is typed. */
import { edited, type TextKey, typed } from '../editor/text.ts';
import type { CommandId } from '../keymap.ts';
import type { TypedValue } from './types.ts';

const KEYS: Readonly<Partial<Record<CommandId, TextKey>>> = {
  'edit-left': 'left',
  'edit-right': 'right',
  'edit-home': 'home',
  'edit-end': 'end',
  'edit-erase': 'erase',
  'edit-erase-word': 'erase-word',
  'edit-erase-all': 'erase-all',
};

/** undefined when it is left. */
export function reduceTyping(typing: TypedValue, command: CommandId, key: string): TypedValue | undefined {
  if (command === 'value-cancel') return undefined;
  if (typing.busy) return typing;
  const still = { ...typing, refused: undefined };
  const textKey = KEYS[command];
  if (textKey !== undefined) return { ...still, ...edited(typing, textKey) };
  if (command === 'edit-type') return { ...still, ...typed(typing, key) };
  if (command === 'value-submit') return typing.text.trim() === '' ? undefined : { ...still, busy: true };
  return typing;
}
