import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { sanitize } from '../../base/format.ts';
import { sum } from '../../base/statistics.ts';
import { fitted, truncate } from '../cell.ts';
import { Table } from '../inkTable.ts';
import { summaryRoom } from '../layout.ts';
import { changeOf, figureOf } from '../model/figure.ts';
import { isBaseline } from '../model/selectors.ts';
import { budgetSummary } from '../panes/budget.ts';
import { changeSpan, figureSpan, howWords, targetSpan } from '../panes/queries.ts';
import { settingsWordings } from '../settings/words.ts';
import type { State } from '../state/state.ts';
import { HOW_GOT, listed } from '../words.ts';
import { Lines } from './Lines.tsx';
import { colorOf, shownText } from './terminalStyle.ts';

const Heading = ({ children }: { readonly children?: ReactNode }) => (
  <Text bold>{shownText(String(children))}</Text>
);
const Skeleton = ({ children }: { readonly children?: ReactNode }) => (
  <Text dimColor>{shownText(String(children))}</Text>
);

/** Color repeats what the words say: it can be left out. */
function Cell({ children }: { readonly children?: ReactNode }) {
  const text = String(children);
  const color = /slower|✗/.test(text) ? 'red' : /faster|✓/.test(text) ? 'green' : undefined;
  return <Text {...colorOf(color)}>{shownText(text)}</Text>;
}

/** All queries in one table, under the configuration that is on. */
export function Summary({ state }: { readonly state: State }) {
  const all = summaryRows(state);
  const room = summaryRoom(state);
  const first = Math.max(0, Math.min(state.overlay?.scroll ?? 0, all.length - room));
  const rows = all.slice(first, first + room);
  const set = settingsWordings(state.settings)[0];
  const changed = [
    ...(state.on.length === 0 ? [] : [`on: ${listed(state.on)}`]),
    ...(set === undefined ? [] : [`set: ${set}`]),
  ];
  const on = changed.length === 0 ? 'the baseline: no proposal is on' : changed.join(' · ');
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

const SUMMARY_COLUMNS = ['query', 'before', 'after', 'change', 'target', 'got how'] as const;
type SummaryRow = Record<(typeof SUMMARY_COLUMNS)[number], string>;

/** Titles get what the other columns leave; wide screens say how both figures were obtained. */
function summaryRows(state: State): SummaryRow[] {
  const { columns } = state.size;
  const rows = state.workload.queries.map((query): SummaryRow => {
    const baseline = isBaseline(state);
    const before = figureOf(state, query.id, 'before');
    const after = figureOf(state, query.id, 'after');
    return {
      query: `${query.number} ${sanitize(query.title)}`,
      before: figureSpan(before, state.now).text,
      after: baseline ? '–' : figureSpan(after, state.now).text,
      change: baseline ? '–' : changeSpan(changeOf(state, query.id)).text,
      target: targetSpan(after, query.targetMs).text,
      'got how': columns >= 100 ? howWords(before, after) : HOW_GOT[after.how],
    };
  });
  const others = SUMMARY_COLUMNS.filter(column => column !== 'query').map(column =>
    Math.max(column.length, ...rows.map(row => row[column].length)),
  );
  // Each column has two blanks and a border, and the table one border more.
  const taken = sum(others) + SUMMARY_COLUMNS.length * 3 + 1;
  const room = Math.max(8, columns - taken);
  return rows.map(row => ({ ...row, query: truncate(row.query, room) }));
}
