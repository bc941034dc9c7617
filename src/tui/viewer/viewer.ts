/** The viewer from start to end: no session, no database, the terminal restored always. */
import { EXIT } from '../../base/errors.ts';
import { copiedNode, copiedPlan } from '../planView/copy.ts';
import { worksOut } from '../planView/ready.ts';
import { createStore, schedule } from '../store.ts';
import { sizeOf, type TerminalIo, terminalApp } from '../terminal/app.ts';
import { copyTo } from '../terminal/clipboard.ts';
import { initialViewer, reduceViewer } from './reduce.ts';
import { viewerLines } from './screen.ts';
import {
  type ViewedStatement,
  type ViewerAction,
  type ViewerState,
  viewerScene,
  wholeScene,
} from './viewerState.ts';

/**
 * @param read Reads the files, in steps: meanwhile the screen is there, and keys are heard.
 * @returns The exit code: 0 after `q`, 130 after Ctrl-C, 128 + n after a signal.
 * @throws What `read` rejects with, after the terminal is restored.
 */
export async function runViewer(
  files: readonly string[],
  read: () => Promise<readonly ViewedStatement[]>,
  io: TerminalIo,
): Promise<number> {
  const kind = { reduce: reduceViewer, delayOf: () => 0 };
  const initial = initialViewer(files, [], sizeOf(io));
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
    firstFrame: () => viewerLines(store.get()),
    mount: ({ mountViewer }, streams) => mountViewer(store, streams, fail),
    resized: size => store.dispatch({ type: 'terminal:resized', size }),
    leave,
    crashed: fail,
    isLeaving: () => left,
  });
  const copy = (what: string, text: string | undefined): void => {
    const said = copyTo(sequence => io.stdout.write(sequence), what, text);
    store.dispatch({ type: 'message:said', text: said });
  };
  const workOut = worksOut(
    () => store.dispatch({ type: 'plan:ready' }),
    error => fail(error),
  );
  store.onAction((_action, _before, after) => workOut(left ? undefined : wholeScene(after)));
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
    read().then(statements => store.dispatch({ type: 'plans:read', statements }), fail);
    return await outcome;
  } finally {
    await terminal.end();
  }
}
