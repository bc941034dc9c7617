import { Box } from 'ink';
import { sanitize } from '../../base/format.ts';
import { adviceTitle } from '../advice/page.ts';
import type { Line } from '../cell.ts';
import { scrolledBox } from '../frame.ts';
import { layoutOf } from '../layout.ts';
import { proposalUnderCursor, queryInView } from '../model/selectors.ts';
import { overlayLines } from '../overlays/content.ts';
import { evidenceTitle } from '../overlays/evidence.ts';
import { requirementsTitle } from '../overlays/requirements.ts';
import { settingsTitle } from '../settings/words.ts';
import type { OverlayKind, State } from '../state/types.ts';
import { Lines } from './Lines.tsx';
import { Summary } from './Summary.tsx';

function title(state: State, kind: OverlayKind): string {
  const query = queryInView(state);
  const queryName = query === undefined ? '' : ` · Q${query.number} ${sanitize(query.title)}`;
  switch (kind) {
    case 'help':
      return 'Help';
    case 'sql':
      return `SQL${queryName}`;
    case 'ddl':
      return `DDL · ${sanitize(proposalUnderCursor(state)?.id ?? '')}`;
    case 'node':
      return `Node · ${state.view.side}${queryName}`;
    case 'ledger':
      return 'Ledger: what this session sent, and what it holds';
    case 'problems':
      return 'Errors in the workload’s files';
    case 'requirements':
      return requirementsTitle(state);
    case 'evidence':
      return `Evidence · ${evidenceTitle(state)}`;
    case 'lens':
      return 'At production size';
    case 'settings':
      return settingsTitle(state.settings);
    case 'advice':
      return adviceTitle(state);
    case 'suggestions':
      return 'Suggestions: indexes and views that the search found';
    case 'summary':
      return 'Table of the queries';
  }
}

/** What lies over the panes: it takes the whole body and all keys until it is closed. */
export function Overlay({
  state,
  overlay,
}: {
  readonly state: State;
  readonly overlay: NonNullable<State['overlay']>;
}) {
  const { body } = layoutOf(state);
  if (overlay.kind === 'summary')
    return (
      <Box height={body} flexDirection="column" flexShrink={0}>
        <Summary state={state} />
      </Box>
    );
  const heading: Line = [{ text: title(state, overlay.kind), bold: true }];
  const box = { title: heading, width: state.size.columns, height: body };
  // Their cursor is a row, and they show the part around it themselves.
  const first = ['requirements', 'settings', 'advice'].includes(overlay.kind) ? 0 : overlay.scroll;
  return <Lines lines={scrolledBox(overlayLines(state), first, box)} />;
}
