import { Text } from 'ink';
import type { Line } from '../cell.ts';
import { placeholderOf } from '../terminal/placeholders.ts';
import { styled } from './terminalStyle.ts';

/** Lines of spans, one terminal row each and as wide as the screen: their maker has cut them to the width. */
export const Lines = ({ lines }: { readonly lines: readonly Line[] }) => (
  <Text>{lines.map(line => placeholderOf(styled(line).trimEnd())).join('\n')}</Text>
);
