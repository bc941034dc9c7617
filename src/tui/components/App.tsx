import { useInput } from 'ink';
import type { ComponentType } from 'react';
import { useSyncExternalStore } from 'react';
import { decodeKeys } from '../decodeKeys.ts';

export interface AppProps<S> {
  readonly store: { readonly get: () => S; readonly subscribe: (listener: () => void) => () => void };
  /** A key's name, as decodeKeys gives it. A chunk can hold several, and each may change what the next one means. */
  readonly pressed: (name: string) => void;
  readonly screen: ComponentType<{ readonly state: S }>;
}

/** Keys in, frames out; everything else happens in the store. The one useInput. */
export function App<S>({ store, pressed, screen: Screen }: AppProps<S>) {
  const state = useSyncExternalStore(store.subscribe, store.get);
  useInput((input, key) => {
    for (const name of decodeKeys(input, key)) pressed(name);
  });
  return <Screen state={state} />;
}
