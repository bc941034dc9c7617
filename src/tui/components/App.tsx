import { useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import { decodeKeys } from '../decodeKeys.ts';
import { commandFor } from '../keymap.ts';
import { placeOf } from '../model/selectors.ts';
import type { Store } from '../store.ts';
import { Screen } from './Screen.tsx';

/** Keys in, frames out; everything else happens in the store. */
export function App({ store }: { readonly store: Store }) {
  const state = useSyncExternalStore(store.subscribe, store.get);
  useInput((input, key) => {
    for (const name of decodeKeys(input, key)) {
      // A chunk can hold several presses, and each may change what the next one means.
      const command = commandFor(name, placeOf(store.get()));
      if (command !== undefined) store.dispatch({ type: 'key:pressed', press: { command, key: name } });
    }
  });
  return <Screen state={state} />;
}
