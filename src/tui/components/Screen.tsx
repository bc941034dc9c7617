import { Box } from 'ink';
import { fitted, type Line } from '../cell.ts';
import { layoutOf } from '../layout.ts';
import { inView, isOfSession } from '../model/inView.ts';
import { tooSmall } from '../model/selectors.ts';
import { footerLine } from '../panes/footer.ts';
import { headerLine } from '../panes/header.ts';
import { statusLine } from '../panes/status.ts';
import { lostLines } from '../screens/lost.ts';
import { preflightScreen } from '../screens/preflight.ts';
import { startupLines } from '../screens/startup.ts';
import { tooSmallLines } from '../screens/tooSmall.ts';
import type { State } from '../state/state.ts';
import { EditorBox } from './EditorBox.tsx';
import { Lines } from './Lines.tsx';
import { Overlay } from './Overlay.tsx';
import { Pane } from './Pane.tsx';

function Panes({ state }: { readonly state: State }) {
  const { rows, frame } = layoutOf(state);
  return rows.map(slots => (
    <Box key={slots.map(slot => slot.pane + (slot.side ?? '')).join(' ')} flexShrink={0}>
      {slots.map(slot => (
        <Pane key={slot.pane + (slot.side ?? '')} state={state} slot={slot} frame={frame} />
      ))}
    </Box>
  ));
}

/** Exactly as many lines as the panes would have, so that the frame never changes its height. */
function Page({ lines, state }: { readonly lines: readonly Line[]; readonly state: State }) {
  const { body } = layoutOf(state);
  return (
    <Lines
      lines={Array.from({ length: body }, (_, index) => fitted(lines[index] ?? [], state.size.columns))}
    />
  );
}

function Body({ state }: { readonly state: State }) {
  if (state.phase === 'asking') return <Page lines={preflightScreen(state)} state={state} />;
  if (state.phase !== 'lost' && state.revision === 0)
    return <Page lines={startupLines(state)} state={state} />;
  if (state.phase === 'lost') return <Page lines={lostLines(state)} state={state} />;
  if (state.editor !== undefined) return <EditorBox state={state} editor={state.editor} />;
  if (state.overlay !== undefined)
    return <Overlay state={isOfSession(state.overlay) ? state : inView(state)} overlay={state.overlay} />;
  return <Panes state={inView(state)} />;
}

export function Screen({ state }: { readonly state: State }) {
  if (tooSmall(state)) return <Lines lines={tooSmallLines(state.size, state.question?.text)} />;
  const bottom =
    state.phase === 'starting' || state.phase === 'asking'
      ? [[], footerLine(state)]
      : [statusLine(state), footerLine(state)];
  return (
    <Box flexDirection="column" width={state.size.columns}>
      <Lines lines={[headerLine(state)]} />
      <Body state={state} />
      <Lines lines={bottom} />
    </Box>
  );
}
