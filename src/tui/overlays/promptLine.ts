/** A line of text that is typed, with its cursor. */
import { sanitize } from '../../base/format.ts';
import type { Line } from '../cell.ts';
import type { EditedText } from '../editor/text.ts';
import type { ListId, State } from '../state/state.ts';

export const typedText = ({ text, at }: EditedText): string => {
  const characters = [...text];
  return `${sanitize(characters.slice(0, at).join(''))}█${sanitize(characters.slice(at).join(''))}`;
};

export const promptLine = (before: string, text: EditedText): Line => [
  { text: before, bold: true },
  { text: typedText(text), bold: true },
];

/** ` · /orders 2 of 24`, for the title of a list; nothing without a filter. */
export function filterWords({ filters }: State, list: ListId, shown: number, all: number): Line {
  const filter = filters[list];
  if (filter === undefined) return [];
  const text = filter.editing ? typedText(filter) : sanitize(filter.text);
  return [
    { text: ' · ' },
    { text: `/${text} `, color: 'yellow' },
    { text: `${shown} of ${all}`, ...(shown === 0 ? { color: 'red' as const } : {}) },
  ];
}
