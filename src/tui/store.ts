/** Holds the state outside React and notifies listeners of changes: at once, soon, or when there is time. */
import { plannedFor } from './model/selectors.ts';
import { reduce } from './state/reduce.ts';
import type { Action, State } from './state/state.ts';

/** Runs `task` after `delayMs`; returns the way to call it off. Injected, so that tests decide when. */
export type Schedule = (task: () => void, delayMs: number) => () => void;

export const schedule: Schedule = (task, delayMs) => {
  const timer = setTimeout(task, delayMs);
  return () => clearTimeout(timer);
};

export interface StoreOf<S, A> {
  readonly get: () => S;
  /** Reduces at once. Listeners hear of keys and resizes at once, unless their answer is about to come; of everything else once per burst. */
  readonly dispatch: (action: A) => void;
  readonly subscribe: (listener: () => void) => () => void;
  /** Called after every action with the state before and after it: effects start here. */
  readonly onAction: (observer: (action: A, before: S, after: S) => void) => void;
}

export type Store = StoreOf<State, Action>;

/** What distinguishes the explorer's store from another screen's. */
interface Kind<S, A> {
  readonly reduce: (state: S, action: A) => S;
  /** How long listeners may wait for the news of an action, ms. */
  readonly delayOf: (action: A, before: S, after: S) => number;
  /** The delay of a frame that waits for an answer: nothing but a delay of 0 shortens it. */
  readonly holdMs?: number;
}

/** A burst of answers makes one frame. */
const SOON_MS = 16;
/** Progress and clock make at most ten frames a second. */
const LAZY_MS = 100;

/** A switch and the plan that it gives are one frame where the planner is this quick; it takes 2 ms on a machine of its own. */
const HOLD_MS = 30;

const lacksPlan = (state: State): boolean =>
  state.phase === 'exploring' &&
  state.overlay === undefined &&
  plannedFor(state, state.queryId, 'after') === undefined;

function delayOf(action: Action, before: State, after: State): number {
  switch (action.type) {
    case 'key:pressed':
    case 'mouse:clicked':
      return after.revision !== before.revision && lacksPlan(after) ? HOLD_MS : 0;
    case 'plan:estimated':
    case 'plan:failed':
      return lacksPlan(before) && !lacksPlan(after) ? 0 : SOON_MS;
    case 'terminal:resized':
    case 'startup:finished':
    case 'explorer:closing':
    case 'message:said':
    case 'question:asked':
    case 'mouse:wheeled':
    case 'reconnect:started':
      return 0;
    case 'build:running':
    case 'startup:progress':
    case 'clock:ticked':
    case 'survey:progressed':
      return LAZY_MS;
    default:
      return SOON_MS;
  }
}

export const EXPLORER: Kind<State, Action> = { reduce, delayOf, holdMs: HOLD_MS };

export function createStore<S, A>(initial: S, kind: Kind<S, A>, schedule: Schedule): StoreOf<S, A> {
  let state = initial;
  const listeners = new Set<() => void>();
  const observers: ((action: A, before: S, after: S) => void)[] = [];
  let pending:
    | { readonly delayMs: number; readonly isHeld: boolean; readonly cancel: () => void }
    | undefined;

  const notify = (): void => {
    pending?.cancel();
    pending = undefined;
    for (const listener of listeners) listener();
  };

  return {
    get: () => state,
    dispatch(action) {
      const before = state;
      state = kind.reduce(before, action);
      for (const observer of observers) observer(action, before, state);
      if (state === before) return;
      const delayMs = kind.delayOf(action, before, state);
      if (delayMs === 0) return notify();
      // Other news, before or after, must not show the first half of an answer that is about to come.
      const isHeld = delayMs === kind.holdMs;
      if (pending?.isHeld === true || (!isHeld && pending !== undefined && pending.delayMs <= delayMs))
        return;
      pending?.cancel();
      pending = { delayMs, isHeld, cancel: schedule(notify, delayMs) };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onAction(observer) {
      observers.push(observer);
    },
  };
}
