/**
 * A PostgreSQL log → its statements with calls, run times and parameters. Reads what log_min_duration_statement and
 * auto_explain write to stderr (with any prefix), syslog, csvlog and jsonlog.
 */
import { parse } from 'csv-parse/sync';
import { fingerprintOf } from '../workload/grammar.ts';
import type { ValueSet } from './query.ts';
import { type CountedStatement, isLoad } from './statements.ts';

interface LoggedCall {
  readonly text: string;
  readonly ms: number;
  /** Parameter number → SQL literal. */
  readonly parameters: ReadonlyMap<number, string>;
  /** Logged by auto_explain. */
  readonly withPlan: boolean;
}

export interface LoggedStatements {
  /** Most expensive first. */
  readonly statements: readonly CountedStatement[];
  /** Number of entries with a duration but without a readable statement. */
  readonly unreadable: number;
}

interface Entry {
  readonly message: string;
  readonly detail: string;
}

/** `duration: 12.345 ms  statement: SELECT 1`, with localized words. */
const DURATION =
  /^[\p{L}\s]{1,40}: (\d+[.,]\d{3}) ms {2}(?:[\p{L}]+(?: (?:<unnamed>|[^\n:]{0,200}))?: ?)?([\s\S]*)$/u;
/** Parse and bind do not run a prepared statement. */
const NOT_RUN = / ms {2}(?:parse|bind) /;
const IS_PLAN = / ms {2}plan:/;
const PARAMETER = /\$(\d{1,5}) = ('(?:[^']|'')*'|NULL)/g;

export async function loggedStatements(log: string): Promise<LoggedStatements> {
  const groups = new Map<string, LoggedCall[]>();
  /** Fingerprints by text: a log repeats few texts very often. */
  const keys = new Map<string, string | undefined>();
  let unreadable = 0;
  for (const { message, detail } of entriesOf(log)) {
    const found = DURATION.exec(message);
    if (found === null || NOT_RUN.test(message)) continue;
    const [, ms = '', rest = ''] = found;
    const text = (IS_PLAN.test(message) ? queryText(rest) : rest)?.trim().replace(/;$/, '') ?? '';
    if (!keys.has(text)) keys.set(text, text === '' ? undefined : await fingerprintOf(text));
    const key = keys.get(text);
    if (key === undefined) {
      unreadable++;
      continue;
    }
    if (!isLoad(text)) continue;
    const withPlan = IS_PLAN.test(message);
    const parameters = parametersIn(withPlan ? `${detail}\n${rest}` : detail);
    const call = { text, ms: Number(ms.replace(',', '.')), parameters, withPlan };
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [call]);
    else group.push(call);
  }
  const statements = [...groups.values()]
    .map(onceEach)
    .map(counted)
    .sort((a, b) => b.totalMs - a.totalMs);
  return { statements, unreadable };
}

/** log_min_duration_statement and auto_explain together log each execution twice. */
function onceEach(calls: readonly LoggedCall[]): readonly LoggedCall[] {
  const plain = calls.filter(({ withPlan }) => !withPlan);
  return plain.length > 0 ? plain : calls;
}

/** Takes the text of the slowest execution, and the parameters of the slowest and of the median one. */
function counted(calls: readonly LoggedCall[]): CountedStatement {
  const sorted = [...calls].sort((a, b) => b.ms - a.ms);
  const [slowest] = sorted;
  const middle = sorted[sorted.length >> 1];
  const setOf = (label: string, call: LoggedCall | undefined): ValueSet[] =>
    call === undefined || call.parameters.size === 0
      ? []
      : [
          {
            label,
            values: [...call.parameters].map(([number, sql]) => ({ number, sql, from: undefined })),
          },
        ];
  const sets = [...setOf('slowest', slowest), ...setOf('median', middle)];
  const differs = new Set(sets.map(({ values }) => JSON.stringify(values))).size > 1;
  return {
    text: slowest?.text ?? '',
    calls: calls.length,
    totalMs: calls.reduce((sum, { ms }) => sum + ms, 0),
    logged: differs ? sets : sets.slice(0, 1),
  };
}

function parametersIn(text: string): ReadonlyMap<number, string> {
  return new Map([...text.matchAll(PARAMETER)].map(([, number, sql = 'NULL']) => [Number(number), sql]));
}

/** The query text in auto_explain's output, as text or JSON. */
function queryText(plan: string): string | undefined {
  const json = /^\s*\{\s*"Query Text": ("(?:[^"\\]|\\.)*")/.exec(plan)?.[1];
  if (json !== undefined) return jsonString(json);
  const lines = /^\s*Query Text: ([\s\S]*)$/.exec(plan)?.[1]?.split('\n') ?? [];
  const end = lines.findIndex(line => /\(cost=\d|^\s*Query (?:Parameters|Identifier): /.test(line));
  return lines.length === 0 ? undefined : lines.slice(0, end === -1 ? 1 : end).join('\n');
}

/** undefined: the log has truncated or mangled the string. */
function jsonString(json: string): string | undefined {
  try {
    return JSON.parse(json.replace(/\n/g, '\\n').replace(/\t/g, '\\t')) as string;
  } catch {
    return undefined;
  }
}

function entriesOf(log: string): readonly Entry[] {
  const start = log.trimStart();
  if (start.startsWith('{')) return jsonEntries(start);
  if (/^\d{4}-\d\d-\d\d [\d:.]+ [^,\s]+,/.test(start)) return csvEntries(start);
  return lineEntries(log);
}

/** jsonlog: one object per line. Skips lines that do not parse, such as a last line that is being written. */
function jsonEntries(log: string): readonly Entry[] {
  return log.split('\n').flatMap(line => {
    try {
      const { message = '', detail = '' } = JSON.parse(line) as Partial<Record<'message' | 'detail', string>>;
      return [{ message: String(message), detail: String(detail) }];
    } catch {
      return [];
    }
  });
}

/** csvlog: column 14 is the message, column 15 its detail. */
function csvEntries(log: string): readonly Entry[] {
  const rows = parse(log, { relax_column_count: true, relax_quotes: true, skip_records_with_error: true });
  return rows.map((row: readonly string[]) => ({ message: row[13] ?? '', detail: row[14] ?? '' }));
}

/** log_line_prefix precedes the severity; a leading tab continues an entry. */
const SEVERITY =
  /^(.*?)\b(LOG|DETAIL|STATEMENT|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|HINT|CONTEXT|QUERY|LOCATION|DEBUG\d?): {2}/;
const SYSLOG_PREFIX = /^.*?\[\d{1,10}\]: \[\d{1,9}-\d{1,9}\] ?/;

function lineEntries(log: string): readonly Entry[] {
  const entries: { kind: string; lines: string[] }[] = [];
  for (const raw of log.split(/\r?\n/)) {
    const line = raw.replace(SYSLOG_PREFIX, '').replaceAll('#011', '\t');
    const head = SEVERITY.exec(line);
    const last = entries.at(-1);
    if (line.startsWith('\t') && last !== undefined) last.lines.push(line.slice(1));
    else if (head !== null) entries.push({ kind: head[2] ?? '', lines: [line.slice(head[0].length)] });
    // Syslog continues a long statement without a tab.
    else if (raw !== line && last !== undefined) last.lines.push(line);
  }
  return entries.flatMap(({ kind, lines }, at) => {
    if (kind !== 'LOG') return [];
    const next = entries[at + 1];
    return [{ message: lines.join('\n'), detail: next?.kind === 'DETAIL' ? next.lines.join('\n') : '' }];
  });
}
