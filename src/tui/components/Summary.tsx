import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { fitted } from '../cell.ts';
import { overlayRoom } from '../frame.ts';
import { Table } from '../inkTable.ts';
import { SUMMARY_COLUMNS, summaryRows } from '../model/summary.ts';
import { budgetSummary } from '../panes/budget.ts';
import { settingsWordings } from '../settings/words.ts';
import type { State } from '../state/types.ts';
import { listed } from '../words.ts';
import { Lines } from './Lines.tsx';

const Heading = ({ children }: { readonly children?: ReactNode }) => <Text bold>{children}</Text>;
const Skeleton = ({ children }: { readonly children?: ReactNode }) => <Text dimColor>{children}</Text>;

/** Colour follows the words, which say it all without it. */
function Cell({ children }: { readonly children?: ReactNode }) {
  const text = String(children);
  if (/slower|✗/.test(text)) return <Text color="red">{children}</Text>;
  if (/faster|✓/.test(text)) return <Text color="green">{children}</Text>;
  return <Text>{children}</Text>;
}

/** All queries in one table, under the configuration that is on. */
export function Summary({ state }: { readonly state: State }) {
  const all = summaryRows(state);
  // A row takes two lines, the frame three, and there are two lines above.
  const room = Math.max(1, Math.floor((overlayRoom(state) - 3) / 2));
  const first = Math.max(0, Math.min(state.overlay?.scroll ?? 0, all.length - room));
  const rows = all.slice(first, first + room);
  const set = settingsWordings(state.settings)[0];
  const changed = [
    ...(state.on.length === 0 ? [] : [`on: ${listed(state.on)}`]),
    ...(set === undefined ? [] : [`set: ${set}`]),
  ];
  const on = changed.length === 0 ? 'nothing is on: the baseline' : changed.join(' · ');
  const { columns } = state.size;
  return (
    <Box flexDirection="column">
      <Lines
        lines={[
          fitted([{ text: ` ${on}`, bold: true }], columns),
          fitted([{ text: ' ' }, ...budgetSummary(state)], columns),
        ]}
      />
      {/* ink-table keeps its renderers from the first mount: other rows are another table. */}
      <Table
        key={JSON.stringify(rows)}
        data={rows}
        columns={[...SUMMARY_COLUMNS]}
        header={Heading}
        cell={Cell}
        skeleton={Skeleton}
      />
    </Box>
  );
}
