import { expect, it } from 'vitest';
import { catalogOf } from '../helpers/database.ts';
import { countOn, IDLE, inOrder, planName, SHOWN } from '../helpers/shown.ts';
import { cacheOfFile, shopOfFile, untilNobodyWorks } from './caches.ts';
import { explorer } from './programs.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

/** The proposal's line with its box on, its index built. */
const BUILT_AND_ON = /▸\[x\] idx_orders_date_status_amount .*Q\d/;

it('shows the plan of the first query, switches proposals, looks around, and leaves no trace', async () => {
  const before = await catalogOf(shop.link);
  const terminal = explorer({ cache });

  await terminal.until(/E-commerce analytics[\s\S]*one transaction that is always rolled back/, 'the start');
  expect(terminal.alternate).toBe(true);
  await terminal.until(inOrder(planName('before', 1), 'Seq Scan on orders'), 'the plan of query 1');
  await terminal.until(inOrder(countOn(0, 5), SHOWN.nothingOn), 'nothing is on');

  terminal.type('jjjj');
  await terminal.until(/▸\[ \] idx_orders_date_status_amount/, 'the cursor on the last proposal');
  terminal.type(' ');
  await terminal.until(/▸\[x\] idx_orders_date_status_amount/, 'the box is on');
  await terminal.until(
    inOrder(planName('after', 1), /IdxOnly idx_orde\S*_amount/),
    'the plan after uses the index',
  );
  await terminal.until(BUILT_AND_ON, 'it says that it is built and used');
  expect(await catalogOf(shop.link)).toBe(before);

  terminal.type(' ');
  await terminal.until(inOrder('▸[ ] idx_orders_date', SHOWN.nothingOn), 'off again, and no plan after');
  terminal.type('a');
  await terminal.until(countOn(5, 5), 'all are on');
  terminal.type('2');
  // In a deep plan its label is cut: the list says it whole.
  await terminal.until(
    inOrder(/idx_order_items_product +\S+ MB [^│]*Q2/, planName('after', 2)),
    'the second query with its index',
  );
  await terminal.until(IDLE, 'all is measured');
  expect(await catalogOf(shop.link)).toBe(before);

  terminal.type('?');
  await terminal.until(/Help[\s\S]*switch this proposal[\s\S]*roll back and quit/, 'the help');
  terminal.type('\u001b');
  await terminal.until(screen => !/Help/.test(screen) && screen.includes(IDLE), 'the help is closed');
  terminal.type('s');
  await terminal.until(/CROSS JOIN LATERAL|JOIN LATERAL|LATERAL \(/, 'the SQL of query 2');
  terminal.type('\u001b');
  await terminal.until(screen => !/LATERAL/.test(screen) && screen.includes(IDLE), 'the SQL is closed');
  terminal.type('t');
  await terminal.until(/Daily revenue trend[\s\S]*┼[\s\S]*Category performance/, 'the table');
  terminal.type('\u001b');
  await terminal.until(inOrder(countOn(5, 5), planName('before', 2)), 'the panes are back');

  terminal.type('q');
  expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
  await untilNobodyWorks(shop.link);
  expect(await catalogOf(shop.link)).toBe(before);
});

it('follows the terminal from 120×40 to 80×24, says when there is too little room, and comes back', async () => {
  const terminal = explorer({ cache });
  const title = planName('before', 1);
  await terminal.until(title, 'the plan of query 1');
  const fits = (columns: number, rows: number) => (screen: string) => {
    const lines = screen.split('\n');
    const rules = lines.filter(line => /^[╭─].* F\d .*[─╮]$/.test(line));
    return (
      lines.length === rows &&
      rules.length >= 2 &&
      rules.every(line => line.length === columns) &&
      /^.* q quit$/.test(lines.at(-2) ?? '')
    );
  };
  await terminal.until(fits(120, 40), 'panes as wide as the terminal');
  terminal.resize(80, 24);
  await terminal.until(fits(80, 24), 'panes of 80 columns');
  terminal.resize(60, 15);
  await terminal.until(/The explorer needs 60×20\.\nThis terminal is 60×15\./, 'how much room it needs');
  await terminal.until(screen => !/[╭╮│]/.test(screen), 'nothing else');
  terminal.resize(120, 40);
  await terminal.until(screen => screen.includes(title) && fits(120, 40)(screen), 'the panes are back');
  terminal.type('q');
  expect((await terminal.exit).code).toBe(0);
});

/** SGR sequences and, in them, the parameters that set a color. */
function colors(raw: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const parameters = [...raw.matchAll(/\u001b\[([\d;:]*)m/g)].flatMap(match =>
    (match[1] ?? '').split(/[;:]/),
  );
  return parameters.filter(parameter => /^(3[0-8]|4[0-8]|9\d|10[0-7])$/.test(parameter));
}

it('sends colors, and none at all with NO_COLOR', async () => {
  for (const env of [{}, { NO_COLOR: '1' }]) {
    const terminal = explorer({ cache, env });
    await terminal.until(inOrder(planName('before', 1), 'Seq Scan'), 'the plan of query 1');
    terminal.type('a');
    await terminal.until(inOrder(countOn(5, 5), planName('after', 1), 'Idx'), 'the plan after');
    terminal.type('s');
    await terminal.until(/GROUP BY/, 'the SQL');
    terminal.type('q');
    await terminal.until(countOn(5, 5), 'the panes');
    terminal.type('q');
    await terminal.exit;
    expect(colors(terminal.raw()).length > 0).toBe(env.NO_COLOR === undefined);
  }
});
