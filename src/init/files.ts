/** A discovery, or a template → the files of a workload. */

import { jsonText, sanitize } from '../base/format.ts';
import { identifier } from '../base/sql.ts';
import type { Discovery } from './discover.ts';
import { type ForeignKey, isWorthAnIndex } from './foreignKeys.ts';
import { dropFile, foreignKeyFile } from './proposalFile.ts';
import { distinctNames, queryFile, safeName, titleOf, type ValuesIn } from './queryFile.ts';
import { discoveredReadme, templateReadme } from './readme.ts';

export interface WorkloadFiles {
  /** Path inside the workload with `/` → text. */
  readonly files: ReadonlyMap<string, string>;
  /** `.todo` files, which no command reads, with the reason. */
  readonly todo: readonly { readonly file: string; readonly reason: string }[];
}

const BUDGETS = {
  storage: '2 GB',
  large_table_rows: 1_000_000,
  work_mem: '500 MB',
  query_target: '2 s',
  timeout: '30 s',
};

const workloadJson = (
  title: string,
  productionRows: Readonly<Record<string, number>>,
  callsADay: Readonly<Record<string, number>> = {},
): string => {
  const calls = Object.keys(callsADay).length === 0 ? {} : { calls_a_day: callsADay };
  const whole = { title: sanitize(title), budgets: BUDGETS, production_rows: productionRows, ...calls };
  return `${jsonText(whole, 2)}\n`;
};

/** A runnable example on the demo shop. */
export function templateFiles(title: string): WorkloadFiles {
  const query = `-- title: Orders of the last week
-- target: 500 ms
--
-- An example on the demo shop: replace it with your own query.

SELECT status, count(*), sum(total_amount)
FROM orders
WHERE order_date >= current_date - interval '7 days'
GROUP BY status;
`;
  const proposal = `-- title: Index on the orders' date
--
-- An example on the demo shop: replace it with your own proposal.

CREATE INDEX orders_by_date ON orders (order_date);
`;
  return {
    files: new Map([
      ['README.md', templateReadme(title)],
      ['queries/01-example.sql', query],
      ['schema/proposals/orders_by_date.sql', proposal],
      ['schema/workload.json', workloadJson(title, { orders: 50_000_000 })],
    ]),
    todo: [],
  };
}

/** @param served Whether a suggested index serves the foreign key, which then needs no proposal. */
export async function discoveredFiles(
  title: string,
  discovery: Discovery,
  valuesIn: ValuesIn,
  served: (key: ForeignKey) => boolean = () => false,
): Promise<WorkloadFiles> {
  const files = new Map<string, string>();
  const todo: { file: string; reason: string }[] = [];
  const rows = new Map<string, number>();
  const concern = (table: string, count: number) => {
    if (count >= 1) rows.set(table, Math.round(count));
  };
  let number = 0;
  const calls = new Map<string, number>();
  const titles = new Map<string, number>();
  for (const draft of discovery.drafts) {
    if (draft.kind === 'skipped') continue;
    number++;
    for (const table of draft.tables) concern(table.name, table.rows);
    const columns = draft.conditions.map(condition => condition.replace(/\W+$/, '').replace(/ \w+$/, ''));
    const name = `${String(number).padStart(2, '0')}-${safeName(draft.tables[0]?.name ?? '', ...columns.slice(0, 2))}`;
    const title = titleOf(draft);
    const seen = (titles.get(title) ?? 0) + 1;
    titles.set(title, seen);
    const { callsADay } = draft.statement;
    if (draft.kind === 'query' && callsADay !== undefined) calls.set(name, Number(callsADay.toPrecision(3)));
    const file = `queries/${name}.sql${draft.kind === 'todo' ? '.todo' : ''}`;
    files.set(file, await queryFile(draft, valuesIn, seen === 1 ? title : `${title} (${seen})`));
    if (draft.kind === 'todo') todo.push({ file, reason: draft.reason });
  }
  if (![...files.keys()].some(file => file.endsWith('.sql')))
    files.set('queries/00-example.sql', exampleQuery(discovery.largest));
  const distinct = distinctNames();
  for (const key of discovery.foreignKeys.filter(isWorthAnIndex)) {
    concern(key.table, key.rows);
    if (served(key)) continue;
    const name = distinct(safeName(key.table, ...key.columns, 'idx'));
    files.set(`schema/proposals/${name}.sql`, foreignKeyFile(key, name));
  }
  for (const index of discovery.idleIndexes) {
    const file = `schema/proposals/${distinct(`drop-${safeName(index.name)}`)}.sql.todo`;
    files.set(file, dropFile(index));
  }
  files.set('schema/workload.json', workloadJson(title, Object.fromEntries(rows), Object.fromEntries(calls)));
  files.set('README.md', discoveredReadme(title, discovery, todo));
  return { files, todo };
}

function exampleQuery(largest: Discovery['largest']): string {
  const from = largest && ` FROM ${identifier(largest.schema)}.${identifier(largest.table)} LIMIT 100`;
  return `-- title: Example
--
-- No statement was found: replace this with your own query.

SELECT ${from === undefined ? '1' : `*${from}`};
`;
}
