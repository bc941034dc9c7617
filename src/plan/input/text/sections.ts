/** Lines with lines indented under them: workers, JIT, planning, serialization, the tables a statement changes. */
import type { Draft, NodeDraft } from './drafts.ts';
import { actualFigures } from './figures.ts';
import type { Heading } from './heading.ts';
import { setPairs } from './pairs.ts';
import type { Section, SectionName } from './scopes.ts';
import { setValue } from './values.ts';

export function section(name: SectionName, column: number, draft: Draft): Section {
  return { kind: 'section', column, name, draft };
}

/** Lists of numbers stay text, as in JSON, where they have one number, too. */
function debugValue(key: string, value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return key.endsWith(' Index') ? Number(value) : value;
}

/** pg_overexplain's `RTI 2 (subquery, inherited, in-from-clause)`; what JSON says of every entry, the text says where it is so. */
export function rangeTableEntry(number: number, words: string): Draft {
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

/** A line inside a section. @returns The section it opens, if it does. */
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

export function workerOf(node: NodeDraft, number: number): Draft {
  const found = node.workers.get(number) ?? { 'Worker Number': number };
  node.workers.set(number, found);
  return found;
}

/** `Update on orders_2024 orders_1`, without an arrow: one of several tables that a statement changes. */
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

/** `Generation 1.5 ms (Deform 0.4 ms), Inlining 0.0 ms, …`; JSON nests as the parentheses do. */
function jitTiming(value: string): Draft {
  const timing: Draft = {};
  for (const [, name = '', ms, inner, innerMs] of value.matchAll(
    /([A-Z][a-z]{2,20}) (\d{1,15}(?:\.\d{1,9})?) ms(?: \(([A-Z][a-z]{2,20}) (\d{1,15}(?:\.\d{1,9})?) ms\))?/g,
  )) {
    timing[name] = inner === undefined ? Number(ms) : { [inner]: Number(innerMs), Total: Number(ms) };
  }
  return timing;
}

/** `time=0.012 ms  output=1kB  format=text`, as `Serialization:` has it. */
export function serializationOf(value: string): Draft {
  const time = /time=(\d{1,15}(?:\.\d{1,9})?)/.exec(value)?.[1];
  const volume = /output=(\d{1,18})/.exec(value)?.[1];
  const format = /format=([a-z]{1,20})/.exec(value)?.[1];
  return {
    ...(time === undefined ? {} : { Time: Number(time) }),
    ...(volume === undefined ? {} : { 'Output Volume': Number(volume) }),
    ...(format === undefined ? {} : { Format: format }),
  };
}
