import type { MouseEvent } from '../decodeKeys.ts';
import { actionFor, pressesOf } from '../keys/bindings.ts';
import { placeOf } from '../model/selectors.ts';
import { extentOf } from '../screens/extent.ts';
import type { Store } from '../store.ts';
import { App } from './App.tsx';
import { pointedAt } from './pointedAt.ts';
import { Screen } from './Screen.tsx';

/** The explorer: what its keys mean depends on the pane that has them. */
export function ExplorerApp({ store }: { readonly store: Store }) {
  const pressed = (name: string): void => {
    for (const key of pressesOf(name, placeOf(store.get()))) {
      const action = actionFor(key, store.get(), extentOf);
      if (action !== undefined) store.dispatch(action);
    }
  };
  const pasted = (text: string): void =>
    store.dispatch({ type: 'key:pressed', press: { command: 'paste', key: text } });
  const moused = ({ kind, column, row }: MouseEvent): void => {
    const state = store.get();
    const at = pointedAt(state, column, row);
    if (at === undefined) return;
    if (kind === 'click') store.dispatch({ type: 'mouse:clicked', at });
    else store.dispatch({ type: 'mouse:wheeled', at, down: kind === 'wheel-down', extent: extentOf(state) });
  };
  return <App store={store} pressed={pressed} pasted={pasted} moused={moused} screen={Screen} />;
}
