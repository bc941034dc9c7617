import type { ComponentType } from 'react';
import { useSyncExternalStore } from 'react';
import type { MouseEvent } from '../decodeKeys.ts';
import { useKeyboard } from '../terminal/keyboard.ts';

interface AppProps<S> {
  readonly store: { readonly get: () => S; readonly subscribe: (listener: () => void) => () => void };
  /** A key's name, as decodeKeys gives it. A chunk can hold several, and each may change what the next one means. */
  readonly pressed: (name: string) => void;
  /** Text that is no key press. */
  readonly pasted: (text: string) => void;
  readonly moused?: (event: MouseEvent) => void;
  readonly screen: ComponentType<{ readonly state: S }>;
}

/** Keys in, frames out; everything else happens in the store. */
export function App<S>({ store, pressed, pasted, moused, screen: Screen }: AppProps<S>) {
  const state = useSyncExternalStore(store.subscribe, store.get);
  useKeyboard(pressed, pasted, moused);
  return <Screen state={state} />;
}
