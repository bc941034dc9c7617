/** What all lists have: a filter, a way back to what was on, a palette, a question before work is lost. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Line } from '../../src/tui/cell.ts';
import { actionFor } from '../../src/tui/keys/bindings.ts';
import { proposalsPane } from '../../src/tui/panes/proposals.ts';
import { queriesPane } from '../../src/tui/panes/queries.ts';
import { extentOf } from '../../src/tui/screens/extent.ts';
import { type Explorer, exploring } from './explorer.ts';

let explorer: Explorer;
beforeEach(async () => {
  explorer = await exploring();
});

describe('a filter', () => {
  it('narrows the proposals while it is typed, keeps the cursor on a row in view, and is taken back', async () => {
    explorer.press('/');
    explorer.type('order_items');
    await explorer.proposals.row('idx_order_items_product').shows('[ ]');
    await explorer.proposals.row('idx_inventory_product').isHidden();
    await explorer.page.shows('/order_items█ 1 of 5');
    explorer.press('enter', 'space');
    expect(explorer.state().on).toEqual(['idx_order_items_product']);
    explorer.press('escape');
    await explorer.proposals.row('idx_inventory_product').shows('[ ]');
    explorer.press('escape');
    await explorer.status.shows('no filter is set');
  });

  it('marks what it found, in the list of queries and in that of proposals', () => {
    const marked = (lines: readonly Line[]) =>
      // The row under the cursor is reversed as a whole, and what is found in it is not.
      lines.flatMap(line => {
        const isCursor = line.some(({ text }) => text.startsWith('▸'));
        return line
          .filter(({ inverse = false, text }) => inverse !== isCursor && !text.startsWith('▸'))
          .map(({ text }) => text);
      });
    const slot = { side: undefined, width: 100, height: 12 };
    explorer.press('/');
    explorer.type('Items');
    expect(marked(proposalsPane(explorer.state(), { ...slot, pane: 'proposals' }, 'box'))).toContain('items');
    explorer.press('enter', 'f2', '/');
    explorer.type('revenue');
    expect(marked(queriesPane(explorer.state(), { ...slot, pane: 'queries' }, 'box'))).toContain('revenue');
  });

  it('leaves no hidden row under the cursor', async () => {
    explorer.press('/');
    explorer.type('qqx');
    explorer.press('enter', 'space');
    expect(explorer.state().on).toEqual([]);
    await explorer.status.shows('no proposal is under the cursor');
  });

  it('narrows the queries, and moves among those in view', async () => {
    const [, second] = explorer.state().workload.queries;
    explorer.press('f2', '/');
    explorer.type(second?.title.slice(0, 12) ?? '');
    await explorer.queries.row(1).isHidden();
    await explorer.queries.row(2).shows('> 30 s');
    explorer.press('enter', 'j');
    expect(explorer.state().queryId).toBe(second?.id);
  });

  it('narrows settings, requirements and the help; escape shows all rows, then closes the page', async () => {
    explorer.press('?', '/');
    explorer.type('ledger');
    await explorer.page.shows('Help · /ledger█', 'ledger: statements sent');
    expect(await explorer.screen.frame()).not.toContain('half a page down');
    explorer.press('enter', 'escape');
    await explorer.page.shows('half a page down');
    explorer.press('escape', 'B', '/');
    explorer.type('req-04');
    expect(explorer.state().overlay?.scroll).toBeGreaterThan(0);
    await explorer.page.shows('/req-04');
  });
});

describe('the palette', () => {
  it('finds a command by its words and runs it where it was opened', async () => {
    explorer.press(':');
    explorer.type('all prop');
    await explorer.page.shows('all proposals on, or all off');
    explorer.press('enter');
    expect(explorer.state().on).toHaveLength(5);
    expect(explorer.state().overlay).toBeUndefined();
  });

  it('says why a command cannot act, and stays', async () => {
    explorer.press('ctrl+p');
    explorer.type('cancel what');
    explorer.press('enter');
    await explorer.status.shows('nothing runs that could be cancelled');
    expect(explorer.state().overlay?.kind).toBe('palette');
    explorer.press('escape');
    expect(explorer.state().overlay).toBeUndefined();
  });

  it('goes back to the page that it covers', () => {
    explorer.press('B', ':', 'escape');
    expect(explorer.state().overlay?.kind).toBe('requirements');
  });
});

describe('what was on', () => {
  it('comes back with U, change by change', async () => {
    explorer.press('space', 'a', 'U');
    expect(explorer.state().on).toEqual(['customer_lifetime_stats']);
    explorer.press('U');
    expect(explorer.state().on).toEqual([]);
    explorer.press('U');
    await explorer.status.shows('nothing was switched yet');
  });

  it('is listed with its total time, and any of it can be returned to', async () => {
    explorer.press('a', 'a', 'space', 'C');
    await explorer.page.shows('baseline: no proposal', '6 of 6', '● ');
    expect(explorer.state().tried).toHaveLength(3);
    explorer.press('g', 'j', 'enter');
    expect(explorer.state().on).toHaveLength(5);
    explorer.press('escape', 'U');
    expect(explorer.state().on).toEqual(['customer_lifetime_stats']);
  });
});

it('below 60×20 the screen says so, and only quit acts', async () => {
  explorer.screen.resize(59, 20);
  await explorer.page.shows('The explorer needs 60×20.');
  const { state } = explorer;
  for (const key of ['a', 'space', '?', ':', 'U', 'tab', 'A'])
    expect(actionFor(key, state(), extentOf)).toBeUndefined();
  explorer.press('q');
  expect(explorer.screen.exitCodes).toEqual([0]);
});

it('F2 to F5 lead to the panels with these numbers; digits choose queries', async () => {
  explorer.press('f5');
  expect(explorer.state()).toMatchObject({ focus: 'plan', view: { side: 'after' } });
  explorer.press('f4', '3');
  expect(explorer.state()).toMatchObject({ focus: 'plan', view: { side: 'before' } });
  expect(explorer.state().queryId).toBe(explorer.state().workload.queries[2]?.id);
  explorer.press('f2');
  await explorer.page.shows('▸ F2 Queries');
});

describe('work that would be lost', () => {
  it('is named before R discards it; no goes on, yes starts afresh', async () => {
    explorer.press('a', 'R');
    await explorer.status.shows('Start afresh and discard 5 built proposals');
    await explorer.footer.offers('n no');
    explorer.press('n');
    expect(explorer.screen.reconnects).toEqual([]);
    explorer.press('R', 'y');
    expect(explorer.screen.reconnects).toHaveLength(1);
  });

  it('is named before d takes a built proposal out', async () => {
    explorer.press('space', 'd');
    await explorer.status.shows('Leave customer_lifetime_stats out and discard what was built of it?');
    explorer.press('y');
    expect(explorer.state().workload.proposals).toHaveLength(4);
  });

  it('is named before q leaves a survey that runs; Ctrl-C never asks', async () => {
    explorer.press('A', 'escape', 'q');
    await explorer.status.shows('Quit and discard the survey that is under way?');
    explorer.press('escape');
    expect(explorer.screen.exitCodes).toEqual([]);
    explorer.press('q', 'y');
    expect(explorer.screen.exitCodes).toEqual([0]);
  });

  it('is nothing where nothing is lost', () => {
    explorer.press('q');
    expect(explorer.screen.exitCodes).toEqual([0]);
  });
});
