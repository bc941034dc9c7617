/** The README.md of a workload. */
import { formatBytes, formatCalls, formatMs, formatRows, sanitize } from '../base/format.ts';
import type { Discovery } from './discover.ts';
import { isWorthAnIndex } from './foreignKeys.ts';
import { reasonOf } from './proposalFile.ts';
import { bare } from './statements.ts';

const LAYOUT = `- \`queries/NN-name.sql\`: one query each (what writes is only planned), shown in the order of their names.
  \`-- title: …\` and \`-- target: 500 ms\` in the comments at the top.
- \`queries/NN-name@NAME.sql\`: the text of that query while the view of proposal \`NAME\` is on.
- \`schema/proposals/NAME.sql\`: \`CREATE INDEX\`, \`CREATE MATERIALIZED VIEW\` (with its indexes), \`CREATE STATISTICS\`, \`ANALYZE\`.
- \`schema/workload.json\`: \`budgets\` (\`storage\`, \`large_table_rows\`, \`work_mem\`, \`query_target\`, \`timeout\`) and
  \`production_rows\`, how many rows production's tables have: sizes are projected from them; \`calls_a_day\` (query → number).
- What ends in \`.todo\` is not read: rename it when it is done.
`;

export const templateReadme = (title: string): string => `# ${escaped(title)}

A workload for pgopt-explore.

${LAYOUT}`;

const rowsOf = (database: string): string =>
  `\`production_rows\` in schema/workload.json are the rows of ${code(database)} itself, as of its last ANALYZE: where it is not
production, write production's.`;

const ROWS_UNKNOWN = `Write the rows of production's tables to \`production_rows\` in schema/workload.json.`;

const LOGGED = `The queries and their values are from a log of PostgreSQL: **data of that database**. Review them, also before you pass this folder
on.`;

const COUNTED = `The values in queries/ are **data of that database**, taken from pg_stats: review them, also before
you pass this folder on. \`calls_a_day\` are the calls that pg_stat_statements counted since it was last reset, divided by the days since then; PostgreSQL 13 does
not say when that was, and then there are none.`;

export function discoveredReadme(
  title: string,
  { drafts, idleIndexes, statementsMissing, database, isLogged, writes, foreignKeys }: Discovery,
  todo: readonly { readonly file: string; readonly reason: string }[],
): string {
  const skipped = drafts.flatMap(draft =>
    draft.kind === 'skipped'
      ? [
          `- ${formatMs(draft.statement.totalMs)}: ${code(beginning(draft.statement.text))}: ${escaped(draft.reason)}`,
        ]
      : [],
  );
  const indexes = idleIndexes.map(
    index =>
      `- ${code(index.name)} on ${code(index.table)}, ${formatBytes(index.bytes)}: ${escaped(reasonOf(index))}`,
  );
  const small = foreignKeys
    .filter(key => !isWorthAnIndex(key))
    .map(
      ({ table, columns, rows }) => `- ${code(table)} (${columns.map(code).join(', ')}): ${formatRows(rows)}`,
    );
  const expensive = writes.map(
    ({ totalMs, calls, text }) => `- ${formatMs(totalMs)} in ${formatCalls(calls)}: ${code(beginning(text))}`,
  );
  const section = (heading: string, lines: readonly string[]) =>
    lines.length === 0 ? '' : `\n## ${heading}\n\n${lines.join('\n')}\n`;
  return [
    templateReadme(title),
    `\n${[database === undefined ? ROWS_UNKNOWN : rowsOf(database), isLogged ? LOGGED : COUNTED].join('\n')}\n`,
    statementsMissing === undefined ? '' : `\nNo queries were found: ${escaped(statementsMissing)}.\n`,
    section(
      'To do',
      todo.map(({ file, reason }) => `- ${code(file)}: ${escaped(reason)}`),
    ),
    section('Statements that were skipped, the most expensive first', skipped),
    section('The most expensive writes: each index on their tables adds to them', expensive),
    section('Foreign keys without an index that are not proposed: their tables are small', small),
    section('Indexes that may not be worth it', indexes),
  ].join('');
}

function beginning(text: string): string {
  const line = bare(text).replace(/\s+/g, ' ').trim();
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

/** Escapes Markdown and terminal sequences. */
const escaped = (text: string): string => sanitize(text).replace(/[\\`*_<>[\]#|]/g, '\\$&');
const code = (text: string): string => `\`${sanitize(text).replaceAll('`', 'ˋ')}\``;
