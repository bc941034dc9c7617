/** The viewer of saved plans: frames at several sizes, and what its keys do. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sanitize } from '../../src/base/format.ts';
import { parsePlan } from '../../src/plan/parse.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { cells, plain } from '../../src/tui/cell.ts';
import { initialViewer } from '../../src/tui/viewer/reduce.ts';
import { viewerLines } from '../../src/tui/viewer/screen.ts';
import { type ViewedStatement, type ViewerState, viewerScene } from '../../src/tui/viewer/viewerState.ts';
import { pressInViewer } from '../helpers/keys.ts';
import { expectFrame as matchFrame } from '../helpers/screenFrame.ts';
import { node, planOf, type Raw } from '../plan/plans.ts';

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 60],
] as const;

const { plans } = JSON.parse(
  readFileSync(new URL('../fixtures/explorer/shop.json', import.meta.url), 'utf8'),
) as { plans: Record<string, { baseline: unknown; all: unknown }> };

function shopPair(id: string): ViewedStatement {
  const { baseline, all } = plans[id] ?? expect.fail(`no ${id}`);
  return { before: parsePlan(baseline), after: parsePlan(all) };
}

const inventory = shopPair('04-inventory-turnover');
const growth: ViewedStatement = { before: shopPair('06-category-performance').before, after: undefined };

function viewer(statements: readonly ViewedStatement[], columns = 120, rows = 40): ViewerState {
  const files = statements[0]?.after === undefined ? ['growth.json'] : ['before.json', 'after.json'];
  return initialViewer(files, statements, { columns, rows });
}

const press = pressInViewer;

const frame = (state: ViewerState): string => viewerLines(state).map(plain).join('\n');

function labelAtCursor(state: ViewerState): string {
  const { view, ...scene } = viewerScene(state);
  const plan: Plan = scene[view.side] ?? expect.fail('no plan');
  let found: string | undefined;
  const waiting = [plan.root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.id === view.cursor[view.side]) found = next.label;
    waiting.push(...next.children);
  }
  return found ?? expect.fail('the cursor is on no node');
}

async function expectFrame(state: ViewerState, name: string): Promise<void> {
  const { columns, rows } = state.size;
  const lines = viewerLines(state);
  expect(lines.length).toBe(rows - 1);
  for (const line of lines) expect(cells(plain(line))).toBe(columns);
  const text = lines.map(line => plain(line).trimEnd()).join('\n');
  await matchFrame(text, state.size, `viewer-${name}`);
}

describe.each(SIZES)('at %i×%i', (columns, rows) => {
  it('one plan', async () => {
    await expectFrame(press(viewer([growth], columns, rows), 'c'), 'one');
  });

  it('two plans', async () => {
    await expectFrame(press(viewer([inventory], columns, rows), 'n'), 'two');
  });

  it('two plans, the other arrangement', async () => {
    await expectFrame(press(viewer([inventory], columns, rows), 'u', 'n'), 'two-arranged');
  });

  it('labels wrapped, a part collapsed, another metric', async () => {
    const state = press(viewer([growth], columns, rows), 'w', ']', 'j', 'j', 'h');
    await expectFrame(state, 'wrapped');
    expect(frame(state)).toMatch(/⋯ \d+/);
  });

  it('a search', async () => {
    await expectFrame(press(viewer([growth], columns, rows), '/', 's', 'c', 'a', 'n'), 'search');
  });

  it.each([
    ['help', '?'],
    ['node', 'enter'],
  ])('%s', async (name, key) => {
    await expectFrame(press(viewer([inventory], columns, rows), 'c', key), name);
  });
});

describe('changes', () => {
  it('are walked with n, the biggest first, and back with N', () => {
    const first = press(viewer([inventory]), 'n');
    expect(labelAtCursor(first)).toContain('idx_orders_date_status_amount');
    expect(frame(first)).toContain('change 1 of ');
    const second = press(first, 'n');
    expect(frame(second)).toContain('change 2 of ');
    expect(labelAtCursor(press(second, 'N'))).toBe(labelAtCursor(first));
  });

  it('take the cursor of the other side along', () => {
    const { view } = press(viewer([inventory]), 'n');
    const scene = viewerScene({ ...viewer([inventory]), view: { ...view, side: 'before' } });
    expect(labelAtCursor({ ...viewer([inventory]), view: scene.view })).toBe('Parallel Seq Scan on orders o');
  });

  it('are not there between a plan and itself', () => {
    const state = viewer([{ before: inventory.before, after: inventory.before }]);
    expect(press(state, 'n').view.cursor).toEqual(state.view.cursor);
  });
});

describe('side by side', () => {
  it('puts like beside like', () => {
    for (const line of frame(viewer([inventory]))
      .split('\n')
      .filter(text => text.includes('Partial HashAgg')))
      expect(line.match(/Partial HashAgg/g)).toHaveLength(2);
  });

  it('scrolls in step', () => {
    const small = viewer([inventory], 100, 24);
    const end = frame(press(small, 'G')).split('\n');
    const hash = /(?:Parallel|∥) Hash(?! Join)/g;
    expect(end.find(line => line.match(hash)?.length === 2)).toBeDefined();
  });
});

describe('collapsing', () => {
  const nested = (): ViewerState => viewer([growth]);

  it('hides what is beneath, and the cursor goes up when it is hidden', () => {
    const count = (state: ViewerState) =>
      frame(state)
        .split('\n')
        .filter(line => /Scan|Idx|Seq/.test(line)).length;
    const all = nested();
    const closed = press(all, 'H');
    expect(count(closed)).toBeLessThan(count(all));
    expect(frame(press(closed, 'L'))).toBe(frame(all));
  });

  it('goes to the parent, and opens again to the first child', () => {
    const down = press(nested(), 'j');
    const closed = press(down, 'h');
    expect(closed.view.collapsed.before.size).toBe(1);
    expect(press(closed, 'h').view.cursor.before).toBe(0);
    expect(press(closed, 'l').view.collapsed.before.size).toBe(0);
    expect(press(closed, 'l', 'l').view.cursor.before).toBe(2);
  });

  it('is the same on both sides', () => {
    const closed = press(viewer([inventory]), 'j', 'h');
    expect(closed.view.collapsed.after).toEqual(new Set([1]));
    expect(closed.view.collapsed.before).toEqual(new Set([1]));
  });

  it('opens for what is jumped to', () => {
    const state = press(nested(), 'H', 'c');
    expect(frame(state)).toContain('costliest');
    expect(labelAtCursor(state)).toBe(labelAtCursor(press(nested(), 'c')));
  });
});

describe('searching', () => {
  const typed = (text: string) => [
    '/',
    ...[...text].map(character => (character === ' ' ? 'space' : character)),
  ];

  it('says how many there are, which it is at, and when there is none', () => {
    const shown = (...keys: string[]) => frame(press(viewer([growth]), '/', ...keys));
    expect(shown('s', 'c', 'a', 'n')).toMatch(/\/scan█ 1 of \d/);
    expect(shown('q', 'q', 'x')).toContain('/qqx█ no match');
  });

  it('goes to the first match while typing, and on with n and N', () => {
    const first = press(viewer([growth]), ...typed('seq scan'), 'enter');
    expect(labelAtCursor(first)).toContain('Seq Scan');
    const second = press(first, 'n');
    expect(labelAtCursor(second)).toContain('Seq Scan');
    expect(second.view.cursor.before).toBeGreaterThan(first.view.cursor.before);
    expect(press(second, 'N').view.cursor).toEqual(first.view.cursor);
  });

  it('looks into conditions, small or capital', () => {
    const state = press(viewer([inventory]), ...typed('MERGE COND'), 'enter');
    expect(labelAtCursor(state)).toMatch(/^Merge/);
  });

  it('takes keys that mean something else as characters, erases and forgets', () => {
    const state = press(viewer([growth]), ...typed('qqx'));
    expect(state.view.search).toMatchObject({ text: 'qqx', editing: true });
    expect(press(state, 'backspace').view.search?.text).toBe('qq');
    expect(press(state, 'ctrl+u').view.search?.text).toBe('');
    expect(press(state, 'escape').view.search).toBeUndefined();
    expect(press(state, 'enter', 'escape').view.search).toBeUndefined();
  });
});

describe('the metric of the bars', () => {
  it('goes around, and only through those there are', () => {
    const seen = [0, 1, 2, 3, 4, 5].map(
      count => press(viewer([growth]), ...Array<string>(count).fill(']')).view.metric,
    );
    expect(seen).toEqual(['time', 'rows', 'buffers', 'cost', 'memory', 'time']);
    expect(press(viewer([growth]), '[').view.metric).toBe('memory');
    const estimated = viewer([
      { before: planOf(node('Seq Scan', { 'Relation Name': 't', 'Total Cost': 5 })), after: undefined },
    ]);
    expect(press(estimated, ']').view.metric).toBe('cost');
    expect(frame(press(estimated, ']'))).toContain('cost');
  });
});

describe('several statements', () => {
  const two = viewer([growth, { before: inventory.after, after: undefined }]);

  it('change with > and <, or by number; the cursor starts at the top', () => {
    const second = press(two, 'G', '>');
    expect(second.at).toBe(1);
    expect(second.view.cursor.before).toBe(0);
    expect(frame(second)).toContain('statement 2 of 2');
    expect(press(second, '>').at).toBe(1);
    expect(press(second, '<').at).toBe(0);
    expect(press(two, '2').at).toBe(1);
  });
});

it('makes escapes in names harmless', () => {
  const evil: Raw = node('Seq Scan', {
    'Relation Name': 'a\u001b[31mb',
    Alias: 'a\u001b[31mb',
    Filter: '\u009b2J',
  });
  const state = viewer([{ before: planOf(evil), after: undefined }]);
  for (const shown of [state, press(state, 'enter'), press(state, 'w')])
    for (const line of viewerLines(shown)) expect(plain(line)).toBe(sanitize(plain(line)));
});

it('says how large the terminal must be', () => {
  expect(frame(viewer([growth], 59, 20))).toContain('60×20');
});

it('shows on the page of the root what changed about the whole plan, and which findings came and went', () => {
  const sort = (space: Record<string, unknown>, settings: Record<string, string>) =>
    parsePlan([
      {
        Plan: { 'Node Type': 'Sort', 'Actual Loops': 1, 'Actual Rows': 1, 'Sort Key': ['a'], ...space },
        Settings: settings,
      },
    ]);
  const before = sort(
    { 'Sort Method': 'external merge', 'Sort Space Used': 4872, 'Sort Space Type': 'Disk' },
    { work_mem: '64kB', jit: 'off' },
  );
  const after = sort(
    { 'Sort Method': 'quicksort', 'Sort Space Used': 16691, 'Sort Space Type': 'Memory' },
    { work_mem: '64MB' },
  );
  const text = frame(press(viewer([{ before, after }], 160, 50), 'enter'));
  for (const line of [
    /Before → after/,
    /sort method +external merge → quicksort/,
    /on disk +4\.8 MB → none/,
    /work_mem +64kB → 64MB/,
    /jit +off → not listed/,
    /Finding gone +spill: the sort did not fit/,
  ])
    expect(text).toMatch(line);
});
