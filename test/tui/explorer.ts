/** The explorer as its tests speak of it: keys pressed, panes and pages read, rows that show something. */
import { expect, onTestFinished } from 'vitest';
import { cells } from '../../src/tui/cell.ts';
import type { State } from '../../src/tui/state/state.ts';
import { FakeSession, type Script } from '../helpers/fakeSession.ts';
import { type Harness, type HarnessOptions, renderExplorer } from '../helpers/tuiHarness.tsx';
import { OPENED_AT, shop } from './shop.ts';

interface RowOf {
  /** @throws where no line in view names it with these words. */
  readonly shows: (...words: readonly string[]) => Promise<void>;
  readonly lacks: (words: string) => Promise<void>;
  readonly isHidden: () => Promise<void>;
}

export interface Explorer {
  readonly screen: Harness;
  readonly session: FakeSession;
  /** Keys; then everything that follows from them is planned, built and measured. */
  readonly press: (...keys: readonly string[]) => void;
  /** A text, character by character. */
  readonly type: (text: string) => void;
  readonly state: () => State;
  readonly proposals: { readonly row: (id: string) => RowOf };
  readonly queries: { readonly row: (number: number) => RowOf };
  readonly page: { readonly shows: (...words: readonly string[]) => Promise<void> };
  readonly status: { readonly shows: (words: string) => Promise<void> };
  readonly footer: {
    readonly offers: (hint: string) => Promise<void>;
    readonly lacks: (hint: string) => Promise<void>;
  };
  /** The mouse, as the terminal sends it, on the first cell of the words. */
  readonly click: (words: string) => Promise<void>;
  readonly wheel: (words: string, direction: 'up' | 'down') => Promise<void>;
}

interface Mounting extends Partial<HarnessOptions> {
  /** What its session answers otherwise than the shop's. */
  readonly own?: (script: Script) => Partial<Script>;
  /** false: the session has answered nothing yet. */
  readonly settled?: boolean;
}

interface Mounted {
  readonly screen: Harness;
  readonly session: FakeSession;
  readonly script: Script;
}

/** The demo shop 83 s after BEGIN, planned and measured; gone when the test ends. */
export async function mounted({
  own = () => ({}),
  settled = true,
  ...options
}: Mounting = {}): Promise<Mounted> {
  const demo = await shop(() => OPENED_AT);
  const { workload = demo.workload } = options;
  const script = { ...demo.script, workload, ...own(demo.script) };
  const session = new FakeSession(script);
  const screen = renderExplorer({ columns: 120, rows: 40, now: OPENED_AT + 83_000, ...options, workload });
  onTestFinished(() => screen.unmount());
  screen.attach(session);
  if (settled) session.settle();
  return { screen, session, script };
}

/** The same, as the driver speaks of it. */
export async function exploring(columns = 120, rows = 60, options: Mounting = {}): Promise<Explorer> {
  // A search that is under way until it is stopped.
  const suggestions = { search: () => new Promise<never>(() => {}), save: async () => [] };
  const { screen, session } = await mounted({ columns, rows, suggestions, ...options });
  const lines = async () => (await screen.frame()).split('\n');
  const lineOf = async (name: RegExp): Promise<string> =>
    (await lines()).find(one => name.test(one)) ?? expect.fail(`${name} is not in view`);
  const rowOf = (name: RegExp): RowOf => ({
    shows: async (...words) => {
      const line = await lineOf(name);
      for (const word of words) expect(line).toContain(word);
    },
    lacks: async words => expect(await lineOf(name)).not.toContain(words),
    isHidden: async () => expect((await lines()).filter(one => name.test(one))).toEqual([]),
  });
  const press = (...keys: readonly string[]): void => {
    for (const key of keys) {
      screen.press(key);
      session.settle();
    }
  };
  const pointed = async (words: string, button: number): Promise<void> => {
    const shown = await lines();
    const row = shown.findIndex(line => line.includes(words));
    if (row < 0) expect.fail(`${words} is not in view`);
    const column = cells(shown[row]?.slice(0, shown[row].indexOf(words)) ?? '');
    screen.stdin.type(`\u001b[<${button};${column + 1};${row + 1}M`);
    session.settle();
  };
  return {
    screen,
    session,
    press,
    type: text => press(...[...text].map(character => (character === ' ' ? 'space' : character))),
    state: screen.state,
    proposals: { row: id => rowOf(new RegExp(`\\[[x ]\\].*${id}`)) },
    queries: { row: number => rowOf(new RegExp(`^[│ ]*[▸ ]*${number}[ =≈≠?][A-Z].*(→|–)`)) },
    page: {
      shows: async (...words) => {
        const frame = await screen.frame();
        for (const word of words) expect(frame).toContain(word);
      },
    },
    status: { shows: async words => expect((await lines()).at(-2)).toContain(words) },
    footer: {
      offers: async hint => expect((await lines()).at(-1)).toContain(hint),
      lacks: async hint => expect((await lines()).at(-1)).not.toContain(hint),
    },
    click: words => pointed(words, 0),
    wheel: (words, direction) => pointed(words, direction === 'up' ? 64 : 65),
  };
}
