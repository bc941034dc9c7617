import { App } from '../components/App.tsx';
import { Lines } from '../components/Lines.tsx';
import { pressesOf } from '../keys/bindings.ts';
import type { StoreOf } from '../store.ts';
import { viewerExtent } from './overlay.ts';
import { viewerActionFor } from './reduce.ts';
import { viewerLines } from './screen.ts';
import { type ViewerAction, type ViewerState, viewerPlace } from './viewerState.ts';

export type ViewerStore = StoreOf<ViewerState, ViewerAction>;

const ViewerScreen = ({ state }: { readonly state: ViewerState }) => <Lines lines={viewerLines(state)} />;

/** The viewer of saved plans. */
export function ViewerApp({ store }: { readonly store: ViewerStore }) {
  const pressed = (name: string): void => {
    for (const key of pressesOf(name, viewerPlace(store.get()))) {
      const action = viewerActionFor(key, store.get(), viewerExtent);
      if (action !== undefined) store.dispatch(action);
    }
  };
  const pasted = (text: string): void =>
    store.dispatch({ type: 'key:pressed', press: { command: 'paste', key: text } });
  return <App store={store} pressed={pressed} pasted={pasted} screen={ViewerScreen} />;
}
