/** Puts the App on a terminal. Imported lazily: it loads Ink, which reads the environment when it is loaded. */
import { render } from 'ink';
import type { ReactNode } from 'react';
import { ExplorerApp } from './components/ExplorerApp.tsx';
import type { Store } from './store.ts';
import type { FrameHooks, TerminalOutput } from './terminal/screen.ts';
import { outputForInk } from './terminal/screen.ts';
import { ViewerApp, type ViewerStore } from './viewer/ViewerApp.tsx';

export interface Streams extends FrameHooks {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: TerminalOutput;
  readonly stderr: NodeJS.WriteStream;
}

/**
 * Renders until `unmount` is called.
 * @param crashed Called when a component threw: a bug, but the terminal must be restored first.
 */
export function mountExplorer(
  store: Store,
  streams: Streams,
  crashed: (error: unknown) => void,
): { readonly unmount: () => void } {
  return mount(<ExplorerApp store={store} />, streams, crashed);
}

export function mountViewer(
  store: ViewerStore,
  streams: Streams,
  crashed: (error: unknown) => void,
): { readonly unmount: () => void } {
  return mount(<ViewerApp store={store} />, streams, crashed);
}

function mount(
  app: ReactNode,
  { stdin, stdout, stderr, ...hooks }: Streams,
  crashed: (error: unknown) => void,
): { readonly unmount: () => void } {
  const instance = render(app, {
    stdin,
    stdout: outputForInk(stdout, hooks),
    stderr,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 60,
  });
  instance.waitUntilExit().catch(crashed);
  return instance;
}
