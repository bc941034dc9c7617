/** Writing a proposal in the explorer: the line, its completion, and what becomes of it. */
import { describe, expect, it } from 'vitest';
import { completed } from '../../src/tui/editor/complete.ts';
import { textAfter } from '../../src/tui/editor/text.ts';
import type { ProposalPart } from '../../src/tui/explorer.ts';
import type { FakeSession, Script } from '../helpers/fakeSession.ts';
import { expectFrame as matchFrame } from '../helpers/screenFrame.ts';
import { planName } from '../helpers/shown.ts';
import type { Harness } from '../helpers/tuiHarness.tsx';
import { mounted } from './explorer.ts';
import { OPENED_AT } from './shop.ts';

const COLUMNS = { orders: ['order_id', 'status', 'Odd Name'], customers: ['customer_id'] };
const end = (text: string) => ({ text, at: [...text].length });

describe('the line', () => {
  it('takes characters where the cursor is, wide ones too', () => {
    let line = end('ab');
    line = textAfter(line, 'text-left', '');
    line = textAfter(line, 'type', '🐘');
    expect(line).toEqual({ text: 'a🐘b', at: 2 });
    expect(textAfter(line, 'text-erase', '')).toEqual({ text: 'ab', at: 1 });
    expect(textAfter(line, 'type', 'space').text).toBe('a🐘 b');
  });

  it('erases words, and all before the cursor', () => {
    expect(textAfter(end('CREATE INDEX ON ord'), 'text-erase-word', '').text).toBe('CREATE INDEX ON ');
    expect(textAfter(end('ON orders ('), 'text-erase-word', '').text).toBe('ON ');
    expect(textAfter({ text: 'abc', at: 2 }, 'text-erase-all', '')).toEqual({ text: 'c', at: 0 });
  });
});

describe('completion', () => {
  const complete = (text: string) => completed(end(text), COLUMNS, undefined);

  it('gives tables after ON, columns of the named table in brackets, quoted where they must be', () => {
    expect(complete('CREATE INDEX ON ord').edited.text).toBe('CREATE INDEX ON orders');
    expect(complete('CREATE INDEX ON orders (st').edited.text).toBe('CREATE INDEX ON orders (status');
    expect(complete('CREATE INDEX ON orders (order_id, ').completion?.candidates).toEqual([
      'order_id',
      'status',
      '"Odd Name"',
    ]);
    expect(complete('CREATE INDEX ON orders (cust').edited.text).toBe('CREATE INDEX ON orders (cust');
  });

  it('goes round', () => {
    const first = complete('CREATE INDEX ON orders (');
    const second = completed(first.edited, COLUMNS, first.completion);
    expect(second.edited.text).toBe('CREATE INDEX ON orders (status');
    const fourth = [1, 2].reduce(
      ({ edited: line, completion }) => completed(line, COLUMNS, completion),
      second,
    );
    expect(fourth.edited.text).toBe('CREATE INDEX ON orders (order_id');
  });
});

let screen: Harness;
let session: FakeSession;

async function start(columns = 120, rows = 40, proposals: Partial<ProposalPart> = {}): Promise<void> {
  const own = ({ opened }: Script) => ({ opened: { ...opened, columns: COLUMNS } });
  ({ screen, session } = await mounted({ columns, rows, now: OPENED_AT, proposals, own }));
}

const ids = () => screen.state().workload.proposals.map(({ id }) => id);

/** Parsing is asynchronous: until the line was answered. */
async function answered(): Promise<void> {
  while (screen.state().editor?.busy === true) await new Promise(resolve => setImmediate(resolve));
}

describe('n', () => {
  it('tries what is written, switched on, and makes it desired', async () => {
    await start();
    screen.press('n');
    expect(await screen.frame()).toContain('New proposal');
    screen.stdin.type('ord');
    screen.press('tab');
    screen.stdin.type(' (status)');
    expect(await screen.frame()).toContain('CREATE INDEX ON orders (status)█');
    screen.press('enter');
    await answered();
    expect(screen.state().editor).toBeUndefined();
    expect(ids().at(-1)).toBe('orders_idx');
    expect(screen.state().on).toContain('orders_idx');
    expect(session.desiredStates.at(-1)?.proposals).toContain('orders_idx');
    expect(await screen.frame()).toContain('[x] orders_idx');
  });

  it('shows what the grammar objects to, and where, and nothing is lost', async () => {
    await start();
    screen.press('n');
    screen.stdin.type('orders (status');
    screen.press('enter');
    await answered();
    const frame = await screen.frame();
    expect(frame).toMatch(/new proposal:1:\d+: syntax error at/);
    const [at, caret] = ['CREATE INDEX ON orders (status;', '^'].map(text =>
      frame
        .split('\n')
        .find(line => line.includes(text))
        ?.indexOf(text),
    );
    expect(caret).toBe((at ?? 0) + 'CREATE INDEX ON orders (status'.length);
    expect(screen.state().editor?.text).toBe('CREATE INDEX ON orders (status');
    screen.press('escape');
    expect(screen.state().editor).toBeUndefined();
  });

  it('refuses what is no proposal', async () => {
    await start();
    screen.press('n');
    screen.press('ctrl+u');
    screen.stdin.type('DROP TABLE orders');
    screen.press('enter');
    await answered();
    expect(await screen.frame()).toContain('a proposal may not hold DROP TABLE');
    expect(ids()).toHaveLength(5);
  });

  it('a refused text is corrected where it stands: all that is wrong with it, and no talk of files', async () => {
    await start(119, 40);
    screen.press('n', 'ctrl+u');
    screen.stdin.type('CREATE INDX i ON orders (status)');
    screen.press('enter');
    await answered();
    const frame = await screen.frame();
    expect(frame).toContain('syntax error at or near "INDX": correct it here; enter tries it again');
    expect(frame).not.toContain('start again');
    screen.press('ctrl+u');
    screen.stdin.type('DROP TABLE orders; TRUNCATE orders');
    screen.press('enter');
    await answered();
    expect(await screen.frame()).toMatch(/may not hold DROP TABLE[\s\S]*may not hold TRUNCATE/);
  });
});

describe('e and d', () => {
  it('an edited proposal keeps its name, is built again, and its plans are forgotten', async () => {
    await start();
    screen.press('a');
    session.settle();
    const [first = ''] = ids();
    screen.press('j');
    const second = ids()[1] ?? '';
    screen.press('e');
    expect(screen.state().editor?.text).toMatch(/^CREATE INDEX idx_inventory_product\nON inventory/);
    screen.stdin.type(' WHERE quantity > 0');
    screen.press('enter');
    await answered();
    expect(ids()).toHaveLength(5);
    expect(screen.state().workload.proposals[1]?.ddl).toMatch(
      /product\nON inventory\(.*WHERE quantity > 0;\n$/,
    );
    // The comments of its file stay.
    expect(screen.state().workload.proposals[1]?.ddl).toMatch(/^-- title:/);
    expect(screen.state().builds[second]?.state).not.toBe('built');
    expect(screen.state().builds[first]?.state).toBe('built');
    session.settle();
    expect(screen.state().builds[second]?.state).toBe('built');
  });

  it('d leaves it out of the session and says that its file stays', async () => {
    await start();
    const [first = ''] = ids();
    screen.press('a');
    screen.press('d', 'y');
    expect(ids()).not.toContain(first);
    expect(session.desiredStates.at(-1)?.proposals).not.toContain(first);
    expect(await screen.frame()).toContain(`${first} is left out of this session; its file stays`);
  });

  it('w writes what is new', async () => {
    await start();
    screen.press('n');
    screen.stdin.type('orders (status)');
    screen.press('enter');
    await answered();
    screen.press('w');
    while (screen.state().message === undefined) await new Promise(resolve => setImmediate(resolve));
    expect(screen.state().message).toBe('written to schema/proposals/orders_idx.sql');
    expect(screen.state().unsaved.size).toBe(0);
  });

  it('w again updates the file that it wrote, and no other proposal’s of that name', async () => {
    const saved: [ddl: string, replace: boolean][] = [];
    await start(120, 40, {
      save: async ({ id, ddl }, replace) => {
        saved.push([ddl, replace]);
        return `schema/proposals/${id}.sql`;
      },
    });
    const written = async (text: string, key: 'n' | 'e') => {
      screen.press(key);
      screen.stdin.type(text);
      screen.press('enter');
      await answered();
      screen.press('w');
      while (screen.state().unsaved.size > 0) await new Promise(resolve => setImmediate(resolve));
    };
    await written('orders (status)', 'n');
    await written(' WHERE order_id > 0', 'e');
    screen.press('d', 'y');
    await written('orders (order_id)', 'n');
    expect(saved).toEqual([
      ['CREATE INDEX ON orders (status);\n', false],
      ['CREATE INDEX ON orders (status) WHERE order_id > 0;\n', true],
      ['CREATE INDEX ON orders (order_id);\n', false],
    ]);
  });
});

describe('beside the plan', () => {
  it('from 120 columns on: what the query compares, joins and sorts, the indexes of its tables, and its plan', async () => {
    await start();
    screen.press('3', 'n');
    const frame = await screen.frame();
    for (const words of [
      'Q3 ',
      'compared ',
      'joined ',
      'sorted ',
      'Indexes of its tables',
      `F4 ${planName('before', 3)}`,
    ])
      expect(frame).toContain(words);
    screen.resize(119, 40);
    expect(await screen.frame()).not.toContain('compared ');
  });

  it('up, down, home and end stay in the lines of the text', async () => {
    await start();
    screen.press('n', 'ctrl+u');
    screen.stdin.type('\u001b[200~CREATE INDEX i\n  ON orders\n  (status)\u001b[201~');
    const key = (...keys: string[]) => {
      screen.press(...keys);
      const { text = '', at = 0 } = screen.state().editor ?? {};
      return `${text.slice(0, at)}█`.split('\n').at(-1);
    };
    expect(key('up')).toBe('  ON order█');
    expect(key('home')).toBe('█');
    expect(key('up')).toBe('█');
    expect(key('end')).toBe('CREATE INDEX i█');
    expect(key('down', 'down')).toBe('  (status)█');
    expect(key('down')).toBe('  (status)█');
  });

  it('Alt with enter begins a line, and loses nothing', async () => {
    await start();
    screen.press('n', 'ctrl+u');
    screen.stdin.type('CREATE INDEX i ');
    screen.stdin.type('\u001b\r');
    screen.stdin.type('ON orders (status)');
    expect(screen.state().editor?.text).toBe('CREATE INDEX i \nON orders (status)');
  });
});

describe.each([
  [80, 24],
  [120, 40],
])('at %i×%i', (columns, rows) => {
  it('the editor with candidates', async () => {
    await start(columns, rows);
    screen.press('n');
    screen.stdin.type('orders (');
    screen.press('tab');
    await matchFrame(await screen.frame(), { columns, rows }, 'editor');
  });
});
