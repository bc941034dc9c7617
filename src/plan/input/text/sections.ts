/** Sections of indented lines, and the lines below the tree: workers, planning, JIT, triggers, settings. */
import { setPairs, setValue } from './details.ts';
import type { Draft, NodeDraft, Section, SectionName, StatementDraft } from './drafts.ts';
import { actualFigures, type Heading } from './headings.ts';

function section(name: SectionName, column: number, draft: Draft): Section {
  return { kind: 'section', column, name, draft };
}

/** As in JSON, lists of numbers stay text even if they hold one number. */
function debugValue(key: string, value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return key.endsWith(' Index') ? Number(value) : value;
}

/** pg_overexplain's `RTI 2 (subquery, inherited, in-from-clause)`. JSON prints every flag, the text only the true ones. */
function rangeTableEntry(number: number, words: string): Draft {
  const [kind, ...flags] = words.split(', ');
  const is = (flag: string) => flags.includes(flag);
  return {
    RTI: number,
    Kind: kind,
    Inherited: is('inherited'),
    'In From Clause': is('in-from-clause'),
    'Security Barrier': false,
    Lateral: false,
  };
}

/** @returns The section that the line opens, if any. */
export function addToSection(
  inside: Section,
  key: string,
  value: string,
  column: number,
): Section | undefined {
  if (inside.name === 'debug') {
    inside.draft[key] = debugValue(key, value);
    return undefined;
  }
  if (inside.name === 'jit') {
    setJit(inside.draft, key, value);
    return undefined;
  }
  if (key === 'JIT') {
    const jit: Draft = {};
    inside.draft.JIT = jit;
    return section('jit', column, jit);
  }
  if (!setPairs(inside.draft, key, value)) setValue(inside.draft, key, value);
  return undefined;
}

/** `Worker 0:  actual time=… rows=1 loops=1`, `Worker 0:  Sort Method: quicksort  Memory: 25kB`. */
export function openWorker(node: NodeDraft, number: number, value: string, column: number): Section {
  const worker = workerOf(node, number);
  const opened = section('worker', column, worker);
  if (value.startsWith('actual')) Object.assign(worker, actualFigures(value, 0));
  else {
    const line = /^([A-Z][A-Za-z/ -]{1,40}):(?: +|$)/.exec(value);
    if (line !== null) {
      const rest = value.slice(line[0].length);
      return addToSection(opened, line[1] ?? '', rest, column) ?? opened;
    }
  }
  return opened;
}

function workerOf(node: NodeDraft, number: number): Draft {
  const found = node.workers.get(number) ?? { 'Worker Number': number };
  node.workers.set(number, found);
  return found;
}

/** `Update on orders_2024 orders_1` without an arrow: one of the tables that a statement changes. */
export function openTarget(node: NodeDraft, heading: Heading, column: number): Section {
  const target: Draft = { ...heading.after };
  const tables = node.properties['Target Tables'];
  if (Array.isArray(tables)) tables.push(target);
  else node.properties['Target Tables'] = [target];
  return section('target', column, target);
}

function setJit(jit: Draft, key: string, value: string): void {
  if (key === 'Options') {
    jit.Options = Object.fromEntries(
      [...value.matchAll(/([A-Z][a-z]{2,20}) (true|false)/g)].map(([, name, is]) => [name, is === 'true']),
    );
  } else if (key === 'Timing') jit.Timing = jitTiming(value);
  else if (value === 'true' || value === 'false') jit[key] = value === 'true';
  else setValue(jit, key, value);
}

/** `Generation 1.5 ms (Deform 0.4 ms), Inlining 0.0 ms, …`; JSON nests accordingly. */
function jitTiming(value: string): Draft {
  const timing: Draft = {};
  for (const [, name = '', ms, inner, innerMs] of value.matchAll(
    /([A-Z][a-z]{2,20}) (\d{1,15}(?:\.\d{1,9})?) ms(?: \(([A-Z][a-z]{2,20}) (\d{1,15}(?:\.\d{1,9})?) ms\))?/g,
  )) {
    timing[name] = inner === undefined ? Number(ms) : { [inner]: Number(innerMs), Total: Number(ms) };
  }
  return timing;
}

/** The value of `Serialization:`: `time=0.012 ms  output=1kB  format=text`. */
function serializationOf(value: string): Draft {
  const time = /time=(\d{1,15}(?:\.\d{1,9})?)/.exec(value)?.[1];
  const volume = /output=(\d{1,18})/.exec(value)?.[1];
  const format = /format=([a-z]{1,20})/.exec(value)?.[1];
  return {
    ...(time === undefined ? {} : { Time: Number(time) }),
    ...(volume === undefined ? {} : { 'Output Volume': Number(volume) }),
    ...(format === undefined ? {} : { Format: format }),
  };
}

// The lines below the tree belong to the statement.

/** Keys of all versions → today's key in JSON. */
const TIMES: Readonly<Record<string, string>> = {
  'Planning Time': 'Planning Time',
  'Planning time': 'Planning Time',
  'Execution Time': 'Execution Time',
  'Execution time': 'Execution Time',
  // Up to 9.3, without a planning time.
  'Total runtime': 'Execution Time',
};

const OTHERS: ReadonlySet<string> = new Set([
  'Planning',
  'JIT',
  'Trigger',
  'Settings',
  'Query Identifier',
  'Serialization',
  // pg_overexplain
  'PlannedStmt',
  'Unprunable RTIs',
  'Result RTIs',
]);

const WORKERS_JIT = /^JIT for worker (\d{1,6})$/;

const RANGE_TABLE_ENTRY = /^RTI (\d+) \((.*)\)$/;

export function isSummary(key: string): boolean {
  return key in TIMES || OTHERS.has(key) || WORKERS_JIT.test(key) || RANGE_TABLE_ENTRY.test(key);
}

/** @returns The section that the line opens, if any. */
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
      // As readJson() does: an unsafe integer stays text.
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
  // Version 12 prints the workers' JIT below the tree, without saying to which Gather it belongs.
  const worker = WORKERS_JIT.exec(key)?.[1];
  if (worker === undefined) statement.after[key] = draft;
  else {
    const gather = statement.nodes.find(({ heading }) => heading.type.startsWith('Gather'));
    if (gather !== undefined) workerOf(gather, Number(worker)).JIT = draft;
  }
  return section(key === 'Planning' ? 'planning' : key === 'PlannedStmt' ? 'debug' : 'jit', column, draft);
}

/** `work_mem = '64MB', search_path = 'a, b'`; PostgreSQL does not double quotes here. */
function settingsOf(value: string): Draft {
  const settings: Draft = {};
  for (const item of value.split(/, (?=[\w.]{1,64} = (?:'|NULL))/)) {
    const at = item.indexOf(' = ');
    if (at < 0) continue;
    settings[item.slice(0, at)] = item.slice(at + 3).replace(/^'|'$/g, '');
  }
  return settings;
}

/** The text after `Trigger`: ` audit on orders: time=1.2 calls=3`, ` for constraint orders_fk: calls=1`. */
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
