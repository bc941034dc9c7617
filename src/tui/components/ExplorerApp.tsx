import { commandFor, pressesOf } from '../keymap.ts';
import { placeOf } from '../model/selectors.ts';
import type { Store } from '../store.ts';
import { App } from './App.tsx';
import { Screen } from './Screen.tsx';

/** The explorer: what its keys mean depends on the pane that has them. */
export function ExplorerApp({ store }: { readonly store: Store }) {
  const pressed = (name: string): void => {
    for (const key of pressesOf(name, placeOf(store.get()))) {
      const command = commandFor(key, placeOf(store.get()));
      if (command !== undefined) store.dispatch({ type: 'key:pressed', press: { command, key } });
    }
  };
  const pasted = (text: string): void =>
    store.dispatch({ type: 'key:pressed', press: { command: 'paste', key: text } });
  return <App store={store} pressed={pressed} pasted={pasted} screen={Screen} />;
}
