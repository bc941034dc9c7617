import { Box, Text } from 'ink';
import { memo } from 'react';
import type { Line, Span } from '../cell.ts';
import { colorOf, shownText } from './terminalStyle.ts';

const Piece = memo(({ span }: { readonly span: Span }) => {
  const { text, color, bold = false, dim = false, inverse = false } = span;
  return (
    <Text {...colorOf(color)} bold={bold} dimColor={dim} inverse={inverse}>
      {shownText(text)}
    </Text>
  );
});

/** Lines of spans, one terminal row each: their maker has cut them to the width. */
export function Lines({ lines }: { readonly lines: readonly Line[] }) {
  return (
    <Box flexDirection="column" flexShrink={0}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place on the screen
        <Text key={index} wrap="truncate">
          {line.map((span, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: likewise
            <Piece key={at} span={span} />
          ))}
          {line.length === 0 ? ' ' : ''}
        </Text>
      ))}
    </Box>
  );
}
