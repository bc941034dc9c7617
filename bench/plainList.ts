/** A plain Ink list as tall as the explorer's screen, with a cursor: what the explorer's CPU time is held against. */
import { Box, render, Text, useInput } from 'ink';
import { createElement, useState } from 'react';

const ROWS = 39;

function List() {
  const [at, setAt] = useState(0);
  useInput(input => {
    if (input === 'j') setAt(row => Math.min(ROWS - 1, row + 1));
    if (input === 'k') setAt(row => Math.max(0, row - 1));
    if (input === 'q') process.exit(0);
  });
  const rows = Array.from({ length: ROWS }, (_, row) =>
    createElement(
      Text,
      { key: row, inverse: row === at },
      `${row === at ? '▸' : ' '} row ${row}`.padEnd(118, '.'),
    ),
  );
  return createElement(Box, { flexDirection: 'column' }, rows);
}

render(createElement(List), { patchConsole: false, maxFps: 60 });
