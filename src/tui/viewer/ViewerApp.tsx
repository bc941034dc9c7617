import { App } from '../components/App.tsx';
import { Lines } from '../components/Lines.tsx';
import { commandFor, pressesOf } from '../keymap.ts';
import type { StoreOf } from '../store.ts';
import { viewerPlace } from './arrangement.ts';
import { viewerLines } from './screen.ts';
import type { ViewerAction, ViewerState } from './types.ts';

export type ViewerStore = StoreOf<ViewerState, ViewerAction>;

const ViewerScreen = ({ state }: { readonly state: ViewerState }) => <Lines lines={viewerLines(state)} />;

/** The viewer of saved plans. */
export function ViewerApp({ store }: { readonly store: ViewerStore }) {
  const pressed = (name: string): void => {
    for (const key of pressesOf(name, viewerPlace(store.get()))) {
      const command = commandFor(key, viewerPlace(store.get()), 'viewer');
      if (command !== undefined) store.dispatch({ type: 'key:pressed', press: { command, key } });
    }
  };
  const pasted = (text: string): void =>
    store.dispatch({ type: 'key:pressed', press: { command: 'paste', key: text } });
  return <App store={store} pressed={pressed} pasted={pasted} screen={ViewerScreen} />;
}
