/** What keys do while a value is typed. */
import { textKeyOf } from '../editor/reduce.ts';
import { edited, inOneLine, inserted, typed } from '../editor/text.ts';
import type { CommandId } from '../keymap.ts';
import type { TypedValue } from './types.ts';

/** undefined when it is left. */
export function reduceTyping(typing: TypedValue, command: CommandId, key: string): TypedValue | undefined {
  if (command === 'value-cancel') return undefined;
  if (typing.busy) return typing;
  const still = { ...typing, refused: undefined };
  const textKey = textKeyOf(command);
  if (textKey !== undefined) return { ...still, ...edited(typing, textKey) };
  if (command === 'edit-type') return { ...still, ...typed(typing, key) };
  if (command === 'paste') return { ...still, ...inserted(typing, inOneLine(key)) };
  if (command === 'value-submit') return typing.text.trim() === '' ? undefined : { ...still, busy: true };
  return typing;
}
