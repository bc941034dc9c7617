/** What the eye meets first: every query, what helps it, the total; and how queries are chosen and sorted. */
import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../src/tui/layout.ts';
import { type Explorer, exploring } from './explorer.ts';
import { shop } from './shop.ts';

let explorer: Explorer | undefined;

/** The demo's queries over and over, with every proposal on. */
async function withQueries(count: number, columns: number, rows: number): Promise<Explorer> {
  const { workload } = await shop();
  const fileOf = (id: string) => id.split('#')[0] ?? id;
  const queries = Array.from({ length: count }, (_, at) => {
    const query = workload.queries[at % workload.queries.length];
    if (query === undefined) throw new Error('the demo has queries');
    return { ...query, id: `${query.id}#${at}`, number: at + 1 };
  });
  explorer = await exploring(columns, rows, {
    workload: { ...workload, queries },
    own: script => ({
      plan: (id, effective) => script.plan(fileOf(id), effective),
      measurement: (id, fingerprint) => script.measurement(fileOf(id), fingerprint),
    }),
  });
  explorer.press('a');
  return explorer;
}

describe('the lists', () => {
  it.each([
    [60, 20, 3],
    [80, 24, 6],
    [100, 30, 6],
    [120, 40, 9],
    [140, 45, 10],
  ])('at %i×%i never collapse, whatever has the keyboard', async (columns, rows, least) => {
    const { press, screen } = await withQueries(24, columns, rows);
    for (const pane of ['f2', 'f3', 'f4']) {
      press(pane);
      const lines = (await screen.frame()).split('\n');
      expect(lines.filter(line => /^[│ ▸]*\d+[ =][A-Z].* → /.test(line)).length).toBeGreaterThanOrEqual(
        least,
      );
      expect(lines.filter(line => /\[x\] \w/.test(line)).length).toBeGreaterThanOrEqual(2);
    }
  });

  it('leave three fifths of the rows to the plans where they stand side by side', async () => {
    const { state } = await withQueries(24, 120, 40);
    const [lists, plans] = layoutOf(state()).rows;
    expect(lists?.map(({ pane }) => pane)).toEqual(['queries', 'proposals']);
    expect(plans?.[0]?.height).toBeGreaterThanOrEqual(24);
  });

  it('say what helps a query, which queries a proposal helps, and what all of it adds up to', async () => {
    explorer = await exploring(200, 60);
    explorer.press('a');
    await explorer.queries.row(3).shows('idx_orders_customer_status');
    await explorer.queries.row(2).shows('idx_order_items_product +1');
    await explorer.proposals.row('idx_orders_customer_status').shows('helps Q3');
    await explorer.proposals.row('idx_inventory_product').shows('slows Q4');
    await explorer.page.shows('Σ > 34.0 s → 904 ms');
  });
});

describe('many queries', () => {
  it('are chosen by a digit, and after g by any number', async () => {
    const { press, state } = await withQueries(24, 120, 40);
    const at = () => state().workload.queries.find(({ id }) => id === state().queryId)?.number;
    press('7');
    expect(at()).toBe(7);
    press('g', '1', '2');
    expect(at()).toBe(12);
    press('1', '2');
    expect(at()).toBe(2);
    press('g', '2', 'j', '4');
    expect(at()).toBe(4);
  });

  it('are sorted by time, gain and name, and moved through in that order', async () => {
    explorer = await exploring(120, 40);
    explorer.press('a', 'f2', '>');
    await explorer.page.shows('by time');
    const ordered = async () =>
      (await (explorer as Explorer).screen.frame())
        .split('\n')
        .flatMap(line => /^[│ ▸]*(\d)[ =][A-Z].* → /.exec(line)?.[1] ?? []);
    expect(await ordered()).toEqual(['2', '6', '4', '3', '1', '5']);
    explorer.press('g', 'j');
    expect(explorer.state().queryId).toBe(explorer.state().workload.queries[5]?.id);
    explorer.press('>');
    expect((await ordered())[0]).toBe('2');
    explorer.press('>');
    expect((await ordered())[0]).toBe('6');
    explorer.press('>');
    expect(await ordered()).toEqual(['1', '2', '3', '4', '5', '6']);
  });
});

describe('the plans', () => {
  it('show what is searched for, and highlight it', async () => {
    explorer = await exploring(120, 40);
    explorer.press('a', 'f5', '/');
    explorer.type('orders');
    await explorer.page.shows('/orders█');
    explorer.press('enter', 'g');
    const reversed = (await explorer.screen.rawFrame()).split('\u001b[7m').slice(1);
    expect(reversed.some(text => text.startsWith('orders'))).toBe(true);
  });

  it('have their marks explained by one key', async () => {
    explorer = await exploring(80, 24);
    explorer.press('M');
    await explorer.page.shows('the costliest step', 'only in the plan before');
  });

  it('have bars and the same metric on both sides after a timeout', async () => {
    explorer = await exploring(120, 40);
    explorer.press('a', '2');
    const heading =
      (await explorer.screen.frame()).split('\n').find(line => / node .* node /.test(line)) ?? '';
    const [, before = '', after = ''] = /node(.*?)│.*node(.*?)│/.exec(heading) ?? [];
    expect(before.trim()).not.toBe('');
    expect(after).toBe(before);
    await explorer.page.shows('█');
  });
});
