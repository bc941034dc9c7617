/**
 * A drafted query → the name and text of its file. Names and values come from the database and may hold anything: `../`,
 * line breaks, escape sequences. None of them may end a comment or leave the folder.
 */
import { formatCalls, formatMs, sanitize } from '../base/format.ts';
import { onOneLine } from '../base/visibleSql.ts';
import { type Draft, type Value, type ValueSet, withValues } from './query.ts';

/** @returns [a-z0-9_-]+ of at most 48 characters; `unnamed` if nothing is left. */
export function safeName(...parts: readonly string[]): string {
  const name = parts
    .join('_')
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '_')
    .slice(0, 48)
    .replace(/^[_-]+|[_-]+$/g, '');
  return name === '' ? 'unnamed' : name;
}

/** Makes names unique: the second `orders` becomes `orders_2`. */
export function distinctNames(): (name: string) => string {
  const taken = new Set<string>();
  return name => {
    let own = name;
    for (let count = 2; taken.has(own); count++) own = `${name}_${count}`;
    taken.add(own);
    return own;
  };
}

export type ValuesIn =
  /** They replace the parameters in the text. */
  | 'text'
  /** In the header (`-- values review: $1 = 'x'`), and the text keeps its parameters, except where clients send none. */
  | 'header';

type Written = Extract<Draft, { kind: 'query' | 'todo' }>;

export async function queryFile(draft: Written, valuesIn: ValuesIn, title = titleOf(draft)): Promise<string> {
  const { statement, sets, kind } = draft;
  const [first] = sets;
  const values = first?.values ?? [];
  const isHeader = valuesIn === 'header' && kind === 'query';
  const parameters = new Set(values.filter(one => one.fixed !== true).map(({ number }) => number));
  const constants = kind === 'todo' ? [] : isHeader ? values.filter(({ fixed }) => fixed === true) : values;
  const each = statement.totalMs / Math.max(1, statement.calls);
  const header = [
    `-- title: ${title}`,
    ...(kind === 'todo' ? [`-- todo: ${sanitize(draft.reason)}`] : []),
    ...(values.length === 0
      ? []
      : [
          statement.logged === undefined
            ? '-- review: values are guesses from pg_stats'
            : '-- review: values are from the log',
        ]),
    ...(isHeader && parameters.size > 0 ? sets.map(set => headerValues(set, parameters)) : []),
    '--',
    `-- ${formatCalls(statement.calls)} took ${formatMs(statement.totalMs)} together, ${formatMs(each)} each on average (${statement.logged === undefined ? 'pg_stat_statements' : 'the log'}).`,
    ...values.map(({ number, fixed }) =>
      sanitize(`${valueLine(number, sets)}${isHeader && fixed === true ? ', a guess in the text' : ''}`),
    ),
  ];
  const text = await withValues(statement.text, constants);
  return `${header.join('\n')}\n\n${text.trim().replace(/;$/, '')};\n`;
}

export const titleOf = ({ tables, conditions }: Written): string => {
  const shorten = (names: readonly string[]) => (names.length > 3 ? [...names.slice(0, 3), '…'] : names);
  const names = shorten([...new Set(tables.map(({ name }) => name))]).join(', ') || 'unknown tables';
  return sanitize(conditions.length === 0 ? names : `${names}: ${shorten(conditions).join(', ')}`);
};

/** `$1 is 'new' (common) or 'lost' (rare), values of orders.status` */
function valueLine(number: number, sets: readonly ValueSet[]): string {
  const found = sets.flatMap(({ label, values }) =>
    values.filter(value => value.number === number).map(value => ({ label, ...value })),
  );
  const distinct = found.filter(({ sql }, at) => found.findIndex(other => other.sql === sql) === at);
  const [one] = distinct;
  const said = distinct
    .map(({ label, sql }) => (distinct.length > 1 ? `${sql} (${label})` : sql))
    .join(' or ');
  const from =
    one?.from === undefined ? '' : `, ${distinct.length > 1 ? 'values' : 'a value'} of ${one.from}`;
  return `-- $${number} is ${said}${from}`;
}

/** A bare number would be sent as text of unknown type, so without a column it needs a cast. */
function headerValues({ label, values }: ValueSet, parameters: ReadonlySet<number>): string {
  const typed = ({ sql, from }: Value) => {
    if (from !== undefined || !/^[\d.]+$/.test(sql)) return onOneLine(sql).trim();
    return `${sql}::${sql.includes('.') ? 'numeric' : 'int'}`;
  };
  const shown = values.filter(({ number }) => parameters.has(number));
  return `-- values ${label}: ${shown.map(value => `$${value.number} = ${typed(value)}`).join(', ')}`;
}
