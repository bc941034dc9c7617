/** A drafted query → its file's text. Names and values are data: nothing of them may end a comment or a line. */
import { formatCount, formatMs, sanitize } from '../format/index.ts';
import { type Draft, type Value, withValues } from './query.ts';

/** Where the values of a query's parameters are written. */
export type ValuesIn =
  /** In the text, in the parameters' places. */
  | 'text'
  /** In the header, `-- values review: $1 = 'x'`; the text keeps its parameters. */
  | 'header';

type Written = Extract<Draft, { kind: 'query' | 'todo' }>;

/** @returns With a trailing newline. */
export async function queryFile(draft: Written, valuesIn: ValuesIn): Promise<string> {
  const { statement, values, kind } = draft;
  const each = statement.totalMs / Math.max(1, statement.calls);
  const header = [
    `-- title: ${titleOf(draft)}`,
    ...(kind === 'todo' ? [`-- todo: ${sanitize(draft.reason)}`] : []),
    ...(values.length === 0 ? [] : ['-- review: values are guesses from pg_stats']),
    ...(valuesIn === 'header' && kind === 'query' && values.length > 0 ? [headerValues(values)] : []),
    '--',
    `-- ${calls(statement.calls)} took ${formatMs(statement.totalMs)} together, ${formatMs(each)} each on average (pg_stat_statements).`,
    ...values.map(({ number, sql, from }) =>
      sanitize(`-- $${number} is ${sql}${from === undefined ? '' : `, a value of ${from}`}`),
    ),
  ];
  const inText = kind === 'query' && valuesIn === 'text';
  const text = inText ? await withValues(statement.text, values) : statement.text;
  return `${header.join('\n')}\n\n${text.trim().replace(/;$/, '')};\n`;
}

export const titleOf = ({ tables, statement }: Written): string => {
  const names = [...new Set(tables.map(({ name }) => name))];
  const shown = names.length > 3 ? [...names.slice(0, 3), '…'] : names;
  return sanitize(
    `${shown.join(', ') || 'unknown tables'}: ${formatMs(statement.totalMs)} in ${calls(statement.calls)}`,
  );
};

/** A bare number is sent as text of no type; where no column tells the type, it must say it itself. */
function headerValues(values: readonly Value[]): string {
  const typed = ({ sql, from }: Value) => {
    if (from !== undefined || !/^[\d.]+$/.test(sql)) return sql;
    return `${sql}::${sql.includes('.') ? 'numeric' : 'int'}`;
  };
  return `-- values review: ${values.map(value => `$${value.number} = ${typed(value)}`).join(', ')}`;
}

const calls = (count: number): string => `${formatCount(count)} ${count === 1 ? 'call' : 'calls'}`;
