import { sanitize } from '../../base/format.ts';
import { adviceTitle } from '../advice/page.ts';
import type { Line } from '../cell.ts';
import { scrolledBox } from '../frame.ts';
import { layoutOf } from '../layout.ts';
import { proposalUnderCursor, queryInView } from '../model/selectors.ts';
import { overlayLines } from '../overlays/content.ts';
import { evidenceTitle } from '../overlays/evidence.ts';
import { typedText } from '../overlays/promptLine.ts';
import { requirementsTitle } from '../overlays/requirements.ts';
import { settingsTitle } from '../settings/words.ts';
import type { OverlayKind, State } from '../state/state.ts';

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
    case 'history':
      return 'Configurations that were tried';
    case 'marks':
      return 'Marks';
    case 'palette':
      return 'Commands';
  }
}

/** What its rows are filtered by; the palette shows that on its own line. */
function filterOf(state: State, kind: OverlayKind): Line {
  const list = LISTS.find(one => one === kind);
  const filter = list && state.filters[list];
  if (filter === undefined) return [];
  return [
    { text: ' · ' },
    { text: `/${filter.editing ? typedText(filter) : sanitize(filter.text)}`, color: 'yellow' },
  ];
}

const LISTS = ['requirements', 'settings', 'help', 'history', 'advice'] as const;

/** What lies over the panes: it takes the whole body and all keys until it is closed. */
export function overlayBox(state: State, overlay: NonNullable<State['overlay']>): Line[] {
  const { body } = layoutOf(state);
  const heading: Line = [{ text: title(state, overlay.kind), bold: true }, ...filterOf(state, overlay.kind)];
  const box = { title: heading, width: state.size.columns, height: body };
  // Their cursor is a row, and they show the part around it themselves.
  const first = ['requirements', 'settings', 'advice', 'history', 'palette'].includes(overlay.kind)
    ? 0
    : overlay.scroll;
  return scrolledBox(overlayLines(state), first, box);
}
