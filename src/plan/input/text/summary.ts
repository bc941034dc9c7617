/** The lines below the tree, which are the statement's and no node's. */
import type { Draft, StatementDraft } from './drafts.ts';
import type { Section } from './scopes.ts';
import { rangeTableEntry, section, serializationOf, workerOf } from './sections.ts';

/** The text of old versions → the key of today's JSON. */
const TIMES: Readonly<Record<string, string>> = {
  'Planning Time': 'Planning Time',
  'Planning time': 'Planning Time',
  'Execution Time': 'Execution Time',
  'Execution time': 'Execution Time',
  // Up to 9.3, which had no planning time beside it.
  'Total runtime': 'Execution Time',
};

const OTHERS: ReadonlySet<string> = new Set([
  'Planning',
  'JIT',
  'Trigger',
  'Settings',
  'Query Identifier',
  'Serialization',
  // pg_overexplain's.
  'PlannedStmt',
  'Unprunable RTIs',
  'Result RTIs',
]);

const WORKERS_JIT = /^JIT for worker (\d{1,6})$/;

const RANGE_TABLE_ENTRY = /^RTI (\d+) \((.*)\)$/;

export function isSummary(key: string): boolean {
  return key in TIMES || OTHERS.has(key) || WORKERS_JIT.test(key) || RANGE_TABLE_ENTRY.test(key);
}

/** @returns The section that the line opens, if it does. */
export function addSummary(
  statement: StatementDraft,
  key: string,
  value: string,
  column: number,
): Section | undefined {
  const { after } = statement;
  statement.summarised = true;
  const time = TIMES[key];
  if (time !== undefined) {
    const ms = Number.parseFloat(value);
    if (Number.isFinite(ms)) after[time] = ms;
    return undefined;
  }
  switch (key) {
    case 'Settings':
      after.Settings = settingsOf(value);
      return undefined;
    case 'Query Identifier':
      // As JSON is read: what a number cannot hold stays text.
      after[key] = Number.isSafeInteger(Number(value)) ? Number(value) : value;
      return undefined;
    case 'Trigger':
      statement.triggers.push(triggerOf(value));
      return undefined;
    case 'Unprunable RTIs':
    case 'Result RTIs':
      after[key] = value;
      return undefined;
    case 'Serialization':
      after.Serialization = serializationOf(value);
      return section('serialization', column, after.Serialization as Draft);
    default:
      return openSection(statement, key, column);
  }
}

function openSection(statement: StatementDraft, key: string, column: number): Section {
  const [, number, words = ''] = RANGE_TABLE_ENTRY.exec(key) ?? [];
  if (number !== undefined) {
    const entry = rangeTableEntry(Number(number), words);
    const entries = statement.after['Range Table'];
    if (Array.isArray(entries)) entries.push(entry);
    else statement.after['Range Table'] = [entry];
    return section('debug', column, entry);
  }
  const draft: Draft = {};
  // Version 12 has the workers' below the tree, and does not say of which node: they are the last Gather's.
  const worker = WORKERS_JIT.exec(key)?.[1];
  if (worker === undefined) statement.after[key] = draft;
  else {
    const gather = statement.nodes.find(({ heading }) => heading.type.startsWith('Gather'));
    if (gather !== undefined) workerOf(gather, Number(worker)).JIT = draft;
  }
  return section(key === 'Planning' ? 'planning' : key === 'PlannedStmt' ? 'debug' : 'jit', column, draft);
}

/** `work_mem = '64MB', search_path = 'a, b'`; the server quotes without doubling. */
function settingsOf(value: string): Draft {
  const settings: Draft = {};
  for (const item of value.split(/, (?=[\w.]{1,64} = (?:'|NULL))/)) {
    const at = item.indexOf(' = ');
    if (at < 0) continue;
    settings[item.slice(0, at)] = item.slice(at + 3).replace(/^'|'$/g, '');
  }
  return settings;
}

/** ` audit on orders: time=1.2 calls=3`, ` for constraint orders_fk: calls=1`: what is left of the line after `Trigger`. */
function triggerOf(text: string): Draft {
  const figures = /: (?:time=(\d{1,15}(?:\.\d{1,9})?) )?calls=(\d{1,18})$/.exec(text);
  let rest = text.slice(0, figures?.index ?? text.length);
  const trigger: Draft = {};
  const on = rest.lastIndexOf(' on ');
  const relation = on < 0 ? undefined : rest.slice(on + ' on '.length);
  if (on >= 0) rest = rest.slice(0, on);
  const constraint = rest.indexOf(' for constraint ');
  const name = (constraint < 0 ? rest : rest.slice(0, constraint)).trim();
  if (name !== '') trigger['Trigger Name'] = name;
  if (constraint >= 0) trigger['Constraint Name'] = rest.slice(constraint + ' for constraint '.length);
  if (relation !== undefined) trigger.Relation = relation;
  if (figures?.[1] !== undefined) trigger.Time = Number(figures[1]);
  if (figures?.[2] !== undefined) trigger.Calls = Number(figures[2]);
  return trigger;
}
