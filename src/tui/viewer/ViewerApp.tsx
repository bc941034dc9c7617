import { App } from '../components/App.tsx';
import { Lines } from '../components/Lines.tsx';
import { commandFor } from '../keymap.ts';
import type { StoreOf } from '../store.ts';
import { viewerPlace } from './arrangement.ts';
import { viewerLines } from './screen.ts';
import type { ViewerAction, ViewerState } from './types.ts';

export type ViewerStore = StoreOf<ViewerState, ViewerAction>;

const ViewerScreen = ({ state }: { readonly state: ViewerState }) => <Lines lines={viewerLines(state)} />;

/** The viewer of saved plans. */
export function ViewerApp({ store }: { readonly store: ViewerStore }) {
  const pressed = (name: string): void => {
    const command = commandFor(name, viewerPlace(store.get()), 'viewer');
    if (command !== undefined) store.dispatch({ type: 'key:pressed', press: { command, key: name } });
  };
  const pasted = (text: string): void =>
    store.dispatch({ type: 'key:pressed', press: { command: 'paste', key: text } });
  return <App store={store} pressed={pressed} pasted={pasted} screen={ViewerScreen} />;
}
