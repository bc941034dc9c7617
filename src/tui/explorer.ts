/** The explorer from start to end: the screen at once, the session when it is there, the terminal restored always. */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatError, PgoptError } from '../base/errors.ts';
import type { ExplorerSession, SettingChoice, StartupEvent } from '../session/events.ts';
import type { Proposal, Workload } from '../workload/workload.ts';
import { desiredOf, performEffects } from './effects.ts';
import { isBusy } from './model/activities.ts';
import { wholeScene } from './model/scene.ts';
import { worksOut } from './planView/ready.ts';
import { type OpenProduction, productionWith } from './productionWith.ts';
import { proposeWith } from './proposeWith.ts';
import { startupScreen } from './screens/startup.ts';
import { initialState, UNREAD } from './state/initial.ts';
import type { State, Target } from './state/state.ts';
import { createStore, EXPLORER, schedule } from './store.ts';
import { type SuggestPart, suggestWith } from './suggestWith.ts';
import { type ChangePart, changeEffects } from './surveyEffects.ts';
import { surveysWith } from './surveyWith.ts';
import { sizeOf, type TerminalIo, terminalApp } from './terminal/app.ts';
import { copyTo } from './terminal/clipboard.ts';

type ExplorerIo = TerminalIo;

/** Parses and saves proposals that are written in the explorer. All reject with a PgoptError. */
export interface ProposalPart {
  readonly parse: (
    text: string,
    edited: Proposal | undefined,
    taken: ReadonlySet<string>,
  ) => Promise<Proposal>;
  /** @returns The file. */
  readonly save: (proposal: Proposal, replace: boolean) => Promise<string>;
  /** Opens the person's editor on the text; the terminal is theirs meanwhile. */
  readonly editor: (text: string) => Promise<string>;
}

interface ExplorerOptions {
  /** Reads the files, behind the first frame. A PgoptError it rejects with ends the program, as one of the launch. */
  readonly read: () => Promise<Workload>;
  /** @param workload undefined until it is read. */
  readonly targetOf: (workload?: Workload) => Target;
  /** Planner settings that are changed and on from the start. */
  readonly set?: readonly SettingChoice[];
  /**
   * Opens the session and reports the steps; `signal` is aborted when the person leaves meanwhile. A
   * PgoptError it rejects with is printed after the terminal is restored, and gives the exit code. Called again when the
   * session was lost and the person reconnects: then a PgoptError is shown, and may be followed by another try.
   */
  readonly launch: (
    report: (event: StartupEvent) => void,
    signal: AbortSignal,
    /** Shows these lines and resolves with the person's yes; a no ends the program. */
    confirm: (lines: readonly string[]) => Promise<void>,
    /** The workload of the moment: proposals may have been written meanwhile. */
    workload: Workload,
  ) => Promise<ExplorerSession>;
  readonly proposals: ProposalPart;
  readonly production: OpenProduction;
  readonly change: ChangePart;
  readonly suggestions: SuggestPart;
  /** How long a survey may measure, ms. */
  readonly surveyBudgetMs: number;
  readonly io: ExplorerIo;
  /** Epoch ms; the system's clock by default. */
  readonly now?: () => number;
}

/** How long quitting waits for the roll-back before it leaves the rest to the server: a person waits two seconds. */
const CLOSE_MS = 1_500;

/** A person who waits this long for files may want to leave, and only Ink reads keys. */
const READING_MS = 1_000;

/** Call it before anything is started for the explorer. @throws PgoptError not-a-terminal */
export function requireTerminal({ stdin, stdout }: Pick<ExplorerIo, 'stdin' | 'stdout'>): void {
  if (stdin.isTTY !== true || stdout.isTTY !== true)
    throw new PgoptError('not-a-terminal', 'the explorer needs a terminal');
}

/**
 * @returns The exit code: 0 after `q`, 130 after Ctrl-C, 128 + n after a signal, that of a PgoptError of the launch.
 * @throws PgoptError not-a-terminal; anything else is a bug, and the terminal is restored then too.
 */
export async function runExplorer(options: ExplorerOptions): Promise<number> {
  const { io, now = Date.now } = options;
  requireTerminal(io);
  const store = createStore(initialState(UNREAD, options.targetOf(), sizeOf(io), now()), EXPLORER, schedule);
  const abort = new AbortController();
  let session: ExplorerSession | undefined;
  let unsubscribe: () => void = () => {};

  let begun: Promise<void> | undefined;
  /** The last state in which nothing moved by itself. */
  let resting: State | undefined;
  let launching: Promise<ExplorerSession> | undefined;
  /** Lost sessions that are still closing. */
  const ending: Promise<ExplorerSession>[] = [];
  let settle: (exitCode: number) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const outcome = new Promise<number>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  let said: () => void = () => {};
  const confirm = async (lines: readonly string[]): Promise<void> => {
    store.dispatch({ type: 'preflight:asked', lines });
    await new Promise<void>((resolve, reject) => {
      said = resolve;
      abort.signal.addEventListener('abort', () => reject(new PgoptError('cancelled', 'not confirmed')));
    });
    store.dispatch({ type: 'preflight:answered' });
  };
  let leaving = false;
  const leave = (exitCode: number): void => {
    // A second Ctrl-C does not wait for the server: the roll-back happens there when the connection drops.
    if (leaving) {
      settle(exitCode);
      return;
    }
    leaving = true;
    abort.abort();
    store.dispatch({ type: 'explorer:closing' });
    // Lens and searches close first: they may need the server that ends with the session.
    closed([...ending, launching], [production.close(), suggesting.close()]).then(
      () => settle(exitCode),
      fail,
    );
  };

  const terminal = terminalApp(io, {
    firstFrame: () => startupScreen(store.get()),
    beforeInk: () => Promise.race([begin(), sleep(READING_MS, undefined, { ref: false })]),
    mount: ({ mountExplorer }, streams) => mountExplorer(store, streams, fail),
    resized: size => store.dispatch({ type: 'terminal:resized', size }),
    leave,
    crashed: fail,
    isLeaving: () => leaving,
    ticked: () => {
      const state = store.get();
      const time = now();
      // Nothing has happened since the last tick: only the clock may.
      const isMoving = state !== resting && isBusy(state);
      if (!isMoving) resting = state;
      if (isMoving || secondsOf(time, state) !== secondsOf(state.now, state))
        store.dispatch({ type: 'clock:ticked', now: time });
    },
  });
  const copy = (what: string, text: string | undefined): void => {
    const said = copyTo(sequence => io.stdout.write(sequence), what, text);
    store.dispatch({ type: 'message:said', text: said });
  };

  const propose = proposeWith(options.proposals, store.dispatch, {
    // Ink must not read the keys that are meant for the editor.
    hide: terminal.lend,
    show: terminal.takeBack,
  });

  const production = productionWith(options.production, action => {
    if (!leaving) store.dispatch(action);
  });

  const surveys = surveysWith(options.surveyBudgetMs, {
    dispatch: store.dispatch,
    isLooking: () => store.get().overlay?.kind === 'advice',
    now,
    crashed: error => fail(error),
  });

  const suggesting = suggestWith(
    options.suggestions,
    action => {
      if (!leaving) store.dispatch(action);
    },
    error => fail(error),
  );

  const workOut = worksOut(
    () => store.dispatch({ type: 'plan:ready' }),
    error => fail(error),
  );
  store.onAction((_action, _before, after) => workOut(leaving ? undefined : wholeScene(after)));

  store.onAction((_action, before, after) => {
    if (after.mouse !== before.mouse) terminal.mouse(after.mouse);
  });

  store.onAction((action, before, after) => {
    performEffects(action, before, after, session, {
      leave,
      suspend: terminal.suspend,
      confirm: () => said(),
      reconnect,
      copy,
      propose,
      production: {
        open: () => {
          if (session !== undefined) production.open(session, after.workload, desiredOf(after));
        },
        setDesired: production.setDesired,
        session: production.session,
        close: () => void production.close(),
      },
      surveys,
      suggesting,
      explained: (key, explained) => {
        if (!leaving) store.dispatch({ type: 'unused:explained', key, explained });
      },
      writeChange: (before, after) => changeEffects(before, after, options.change, store.dispatch),
    });
  });
  try {
    terminal.mouse(store.get().mouse);
    store.dispatch({ type: 'startup:step', message: 'reading the workload' });
    terminal.show();
    return await outcome;
  } catch (error) {
    terminal.hide();
    if (!(error instanceof PgoptError)) {
      abort.abort();
      leaving = true;
      await closed([...ending, launching], [production.close(), suggesting.close()]);
      throw error;
    }
    // A terminal that does not read would block the program within this write.
    if (await terminal.end()) io.stderr.write(`${formatError(error)}\n`);
    return error.exitCode;
  } finally {
    await terminal.end();
  }

  function begin(): Promise<void> {
    begun ??= options.read().then(workload => {
      if (leaving) return;
      const target = options.targetOf(workload);
      store.dispatch({ type: 'workload:read', workload, target, settings: options.set ?? [] });
      launchSession();
    }, fail);
    return begun;
  }

  function launchSession(): void {
    launching = options.launch(store.dispatch, abort.signal, confirm, store.get().workload);
    launching.then(
      launched => {
        if (leaving) return;
        session = launched;
        unsubscribe = launched.subscribe(store.dispatch);
        store.dispatch({ type: 'startup:finished' });
      },
      error => {
        // Leaving during the launch aborts it, so its rejection is expected.
        if (leaving) return;
        if (store.get().phase !== 'lost' || !(error instanceof PgoptError)) return fail(error);
        store.dispatch({ type: 'reconnect:failed', reason: `${error.message}: ${error.next}` });
      },
    );
  }

  function reconnect(): void {
    // Its remaining events say nothing about the new session.
    unsubscribe();
    const wasLost = store.get().phase === 'lost';
    const before = session;
    if (launching !== undefined && before !== undefined) ending.push(launching);
    session = undefined;
    store.dispatch({ type: 'reconnect:started' });
    const gone = before?.close();
    // What is left of a lost session on the server is ended while the new one opens; a sound session is closed first.
    if (wasLost || gone === undefined) {
      launchSession();
      return;
    }
    void gone.then(() => {
      if (!leaving) launchSession();
    }, fail);
  }
}

/** Where nothing moves by itself the clock goes on in steps of ten seconds: a frame a second would take a percent of a core. */
function secondsOf(time: number, { overlay }: State): number {
  return Math.floor(time / (overlay?.kind === 'ledger' ? 1000 : 10_000));
}

/** Resolves when the sessions let go (or never came to be), or when that has taken too long. */
async function closed(
  launched: readonly (Promise<ExplorerSession> | undefined)[],
  beside: readonly Promise<void>[],
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  const letGo = Promise.all([
    ...beside,
    ...launched.map(launching =>
      launching?.then(
        session => session.close(),
        () => {},
      ),
    ),
  ]);
  await Promise.race([letGo, late]).finally(() => clearTimeout(timer));
}
