/** The explorer's screen without a terminal: keys in, frames out as plain text, time and timers in the test's hands. */
import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { render } from 'ink';
import type { DesiredState, ExplorerSession } from '../../src/session/events.ts';
import { ExplorerApp } from '../../src/tui/components/ExplorerApp.tsx';
import { desiredOf, performEffects } from '../../src/tui/effects.ts';
import type { ProposalPart } from '../../src/tui/explorer.ts';
import { actionFor } from '../../src/tui/keys/bindings.ts';
import { placeOf } from '../../src/tui/model/selectors.ts';
import type { Explained } from '../../src/tui/model/unused.ts';
import { proposeWith } from '../../src/tui/proposeWith.ts';
import { extentOf } from '../../src/tui/screens/extent.ts';
import { initialState } from '../../src/tui/state/initial.ts';
import type { Action, State, Target } from '../../src/tui/state/state.ts';
import { createStore, EXPLORER, type Store } from '../../src/tui/store.ts';
import { type SuggestPart, suggestWith } from '../../src/tui/suggestWith.ts';
import { type ChangePart, changeEffects } from '../../src/tui/surveyEffects.ts';
import { surveysWith } from '../../src/tui/surveyWith.ts';
import { outputForInk } from '../../src/tui/terminal/screen.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { proposalFromText } from '../../src/workload/write.ts';

/** A terminal's output: remembers what was written. */
export class FakeOutput extends EventEmitter {
  readonly isTTY = true;
  readonly writes: string[] = [];

  constructor(
    public columns: number,
    public rows: number,
  ) {
    super();
  }

  write = (data: string): boolean => {
    this.writes.push(data);
    return true;
  };

  /** Changes the size and tells listeners, as a terminal does. */
  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emit('resize');
  }
}

/** A keyboard. */
export class FakeInput extends EventEmitter {
  isTTY = true;
  readonly rawModes: boolean[] = [];
  private data: string | null = null;

  /** As the terminal sends it: `j`, `\u001b[A`. */
  type(data: string): void {
    this.data = (this.data ?? '') + data;
    this.emit('readable');
  }

  /** What was typed before is read now. */
  override on(event: string, listener: (...values: unknown[]) => void): this {
    super.on(event, listener);
    if (event === 'readable' && this.data !== null) process.nextTick(() => this.emit('readable'));
    return this;
  }

  read = (): string | null => {
    const { data } = this;
    this.data = null;
    return data;
  };

  setRawMode(mode: boolean): this {
    this.rawModes.push(mode);
    return this;
  }

  setEncoding(): this {
    return this;
  }
  resume(): this {
    return this;
  }
  pause(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

export interface HarnessOptions {
  readonly columns: number;
  readonly rows: number;
  readonly workload: Workload;
  readonly target?: Target;
  /** Epoch ms at the start. */
  readonly now: number;
  /** Writes a change; by default it says that it wrote two files. */
  readonly change?: ChangePart;
  readonly suggestions?: SuggestPart;
  readonly proposals?: Partial<ProposalPart>;
}

export interface Harness {
  readonly store: Store;
  readonly stdin: FakeInput;
  readonly exitCodes: readonly number[];
  /** One for each time the person asked for a new session. */
  readonly reconnects: readonly number[];
  /** The frame that shows all that happened so far, without colors. */
  frame(): Promise<string>;
  /** The same as it was written. */
  rawFrame(): Promise<string>;
  /** Key names of the keymap, through the same table as the keyboard. */
  press(...keys: string[]): void;
  dispatch(action: Action): void;
  state(): State;
  /** What the launch's end does: subscribes, and lets the first desired state go out. */
  attach(session: ExplorerSession): void;
  /** The same of production's lens, once it was asked for. */
  attachLens(session: ExplorerSession, notes: NonNullable<State['production']>['notes']): void;
  /** How often a lens was asked for. */
  lensesOpened(): number;
  tick(now: number): void;
  resize(columns: number, rows: number): void;
  unmount(): void;
}

export const TARGET: Target = { label: 'embedded PostgreSQL 15.18', scale: 'shop ×0.01' };

const NO_PROPOSALS: ProposalPart = {
  parse: proposalFromText,
  save: async ({ id }) => `schema/proposals/${id}.sql`,
  editor: async text => text,
};

const NO_CHANGE: ChangePart = { write: async () => ['rollback.sql', 'migration.sql'] };

export const NO_SUGGESTIONS: SuggestPart = {
  search: () => Promise.reject(new Error('not expected')),
  save: () => Promise.reject(new Error('not expected')),
};

export function renderExplorer(options: HarnessOptions): Harness {
  const {
    columns,
    rows,
    workload,
    target = TARGET,
    now,
    change = NO_CHANGE,
    suggestions = NO_SUGGESTIONS,
    proposals = {},
  } = options;
  const stdout = new FakeOutput(columns, rows);
  const stdin = new FakeInput();
  const timers = new Set<() => void>();
  const store = createStore(initialState(workload, target, { columns, rows }, now), EXPLORER, task => {
    timers.add(task);
    return () => timers.delete(task);
  });
  const exitCodes: number[] = [];
  const reconnects: number[] = [];
  const surveys = surveysWith(300_000, {
    dispatch: store.dispatch,
    isLooking: () => store.get().overlay?.kind === 'advice',
    now: () => store.get().now,
    crashed: error => {
      throw error;
    },
  });
  const suggesting = suggestWith(suggestions, store.dispatch, error => {
    throw error;
  });
  let session: ExplorerSession | undefined;
  let lens: ExplorerSession | undefined;
  let opened = 0;
  store.onAction((action, before, after) => {
    const leaving = {
      leave: (code: number) => exitCodes.push(code),
      suspend: () => {},
      confirm: () => store.dispatch({ type: 'preflight:answered' }),
      reconnect: () => reconnects.push(after.revision),
      copy: () => {},
      production: {
        open: () => {
          opened++;
          store.dispatch({ type: 'production:opening', words: 'reading the catalog' });
        },
        setDesired: (desired: DesiredState) => lens?.setDesired(desired),
        session: () => lens,
        close: () => {},
      },
      propose: proposeWith({ ...NO_PROPOSALS, ...proposals }, store.dispatch, {
        hide: () => {},
        show: () => {},
      }),
      surveys,
      suggesting,
      explained: (key: string, explained: Explained) =>
        store.dispatch({ type: 'unused:explained', key, explained }),
      writeChange: (was: State, is: State) => changeEffects(was, is, change, store.dispatch),
    };
    performEffects(action, before, after, session, leaving);
  });
  const instance = render(<ExplorerApp store={store} />, {
    stdout: outputForInk(stdout as unknown as NodeJS.WriteStream),
    stdin: stdin as unknown as NodeJS.ReadStream,
    stderr: new FakeOutput(columns, rows) as unknown as NodeJS.WriteStream,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  /** Runs what the store put off, so that the frame shows all that happened. */
  const flush = (): void => {
    for (const task of [...timers]) {
      timers.delete(task);
      task();
    }
  };
  const rawFrame = async (): Promise<string> => {
    // React subscribes and renders in tasks of its own: twice around the event loop it is done.
    for (let turn = 0; turn < 2; turn++) {
      await setImmediate();
      flush();
    }
    await setImmediate();
    return stdout.writes.at(-1) ?? '';
  };
  return {
    store,
    stdin,
    exitCodes,
    reconnects,
    rawFrame,
    frame: async () => stripVTControlCharacters(await rawFrame()),
    press(...keys) {
      for (const key of keys) {
        const action = actionFor(key, store.get(), extentOf);
        if (action === undefined) throw new Error(`${key} means nothing in ${placeOf(store.get())}`);
        store.dispatch(action);
      }
    },
    dispatch: store.dispatch,
    state: store.get,
    attachLens(launched, notes) {
      lens = launched;
      store.dispatch({ type: 'production:opened', notes });
      launched.subscribe(event => store.dispatch({ type: 'production:event', event }));
      launched.setDesired(desiredOf(store.get()));
    },
    lensesOpened: () => opened,
    attach(launched) {
      session = launched;
      launched.subscribe(store.dispatch);
      store.dispatch({ type: 'startup:finished' });
    },
    tick: time => store.dispatch({ type: 'clock:ticked', now: time }),
    resize(newColumns, newRows) {
      stdout.columns = newColumns;
      stdout.rows = newRows;
      store.dispatch({ type: 'terminal:resized', size: { columns: newColumns, rows: newRows } });
    },
    unmount: () => instance.unmount(),
  };
}
