/** The viewer from start to end: no session, no database, the terminal restored always. */
import { EXIT } from '../../errors.ts';
import { copiedNode, copiedPlan } from '../planView/copy.ts';
import { createStore, schedule } from '../store.ts';
import { loadMount, sizeOf, type TerminalIo, terminalApp } from '../terminal/app.ts';
import { copyTo } from '../terminal/clipboard.ts';
import { viewerScene } from './arrangement.ts';
import { initialViewer, reduceViewer } from './reduce.ts';
import type { ViewedStatement, ViewerAction, ViewerState } from './types.ts';

/** @returns The exit code: 0 after `q`, 130 after Ctrl-C, 128 + n after a signal. */
export async function runViewer(
  files: readonly string[],
  statements: readonly ViewedStatement[],
  io: TerminalIo,
): Promise<number> {
  const { mountViewer } = await loadMount(io);
  const kind = { reduce: reduceViewer, delayOf: () => 0 };
  const initial = initialViewer(files, statements, sizeOf(io));
  const store = createStore<ViewerState, ViewerAction>(initial, kind, schedule);
  let left = false;
  let settle: (exitCode: number) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const outcome = new Promise<number>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  const leave = (exitCode: number): void => {
    left = true;
    settle(exitCode);
  };
  const terminal = terminalApp(io, {
    mount: streams => mountViewer(store, streams, fail),
    resized: size => store.dispatch({ type: 'terminal:resized', size }),
    leave,
    crashed: fail,
    isLeaving: () => left,
  });
  const copy = (what: string, text: string | undefined): void => {
    const said = copyTo(sequence => io.stdout.write(sequence), what, text);
    store.dispatch({ type: 'message:said', text: said });
  };
  store.onAction((action, _before, after) => {
    if (action.type !== 'key:pressed') return;
    const { command } = action.press;
    if (command === 'quit') leave(EXIT.ok);
    else if (command === 'interrupt') leave(EXIT.interrupted);
    else if (command === 'suspend') terminal.suspend();
    else if (command === 'copy-node') copy('the node', copiedNode(viewerScene(after)));
    else if (command === 'copy-plan') copy('the plan', copiedPlan(viewerScene(after)));
  });
  try {
    terminal.show();
    return await outcome;
  } finally {
    await terminal.end();
  }
}
