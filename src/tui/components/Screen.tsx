import { Box } from 'ink';
import type { Line } from '../cell.ts';
import { layoutOf } from '../layout.ts';
import { inView, isOfSession } from '../model/inView.ts';
import { tooSmall } from '../model/selectors.ts';
import { footerLine } from '../panes/footer.ts';
import { headerLine } from '../panes/header.ts';
import { PANES } from '../panes/panes.ts';
import { statusLine } from '../panes/status.ts';
import { lostLines } from '../screens/lost.ts';
import { preflightScreen } from '../screens/preflight.ts';
import { pageLines, startupScreen } from '../screens/startup.ts';
import type { State } from '../state/state.ts';
import { editorBox } from './editorBox.ts';
import { Lines } from './Lines.tsx';
import { overlayBox } from './overlayBox.ts';
import { Summary } from './Summary.tsx';

/** Panes beside each other share their lines. */
function paneLines(state: State): Line[] {
  const { rows, frame } = layoutOf(state);
  return rows.flatMap(slots => {
    const panes = slots.map(slot => PANES[slot.pane](state, slot, frame));
    return (panes[0] ?? []).map((_, index) => panes.flatMap(lines => lines[index] ?? []));
  });
}

function bodyLines(state: State): readonly Line[] {
  if (state.phase === 'asking') return pageLines(state, preflightScreen(state));
  if (state.phase === 'lost') return pageLines(state, lostLines(state));
  if (state.editor !== undefined) return editorBox(state, state.editor);
  const { overlay } = state;
  return overlay === undefined
    ? paneLines(inView(state))
    : overlayBox(isOfSession(overlay) ? state : inView(state), overlay);
}

/** Ink draws the summary's table; overlays above it are lines like all others. */
const showsSummary = ({ phase, editor, overlay }: State): boolean =>
  overlay?.kind === 'summary' && phase !== 'asking' && phase !== 'lost' && editor === undefined;

export function Screen({ state }: { readonly state: State }) {
  const isStarting = state.phase !== 'asking' && state.phase !== 'lost' && state.revision === 0;
  if (isStarting || tooSmall(state)) return <Lines lines={startupScreen(state)} />;
  const top = [headerLine(state)];
  const bottom = [state.phase === 'asking' ? [] : statusLine(state), footerLine(state)];
  if (!showsSummary(state)) return <Lines lines={[...top, ...bodyLines(state), ...bottom]} />;
  return (
    <Box flexDirection="column" width={state.size.columns}>
      <Lines lines={top} />
      <Box height={layoutOf(state).body} flexDirection="column" flexShrink={0}>
        <Summary state={inView(state)} />
      </Box>
      <Lines lines={bottom} />
    </Box>
  );
}
