/** The proposals that a plan reads: by the identity of their objects, not by user-given names. Pure. */

import { append } from '../base/lists.ts';
import { STEP, type Steps } from '../base/steps.ts';
import type { Built } from './builders/builder.ts';
import type { Hideable } from './hide.ts';

/** `schema.name` of a relation or an index on the server → its proposals. */
export type Owners = ReadonlyMap<string, readonly string[]>;

export function ownersOf(built: Iterable<readonly [string, Built]>): Owners {
  const owners = new Map<string, string[]>();
  for (const [id, one] of built)
    for (const key of subjectsOf(one).flatMap(({ plannedAs }) => plannedAs)) append(owners, key, id);
  return owners;
}

/** Oid of an index or a partition's index → its proposal. */
export function ownersOfIndexes(built: Iterable<readonly [string, Built]>): ReadonlyMap<number, string> {
  return new Map(
    [...built].flatMap(([id, one]) =>
      subjectsOf(one)
        .filter(({ kind }) => kind === 'index')
        .flatMap(({ oids }) => oids.map(oid => [oid, id] as const)),
    ),
  );
}

/** The objects that it created; for a proposal that only drops indexes, those indexes. */
const subjectsOf = ({ made, switch: { on } }: Built): readonly Hideable[] =>
  made.length > 0 ? made : (on.hide ?? []);

interface Node {
  readonly Schema?: unknown;
  readonly 'Relation Name'?: unknown;
  readonly 'Index Name'?: unknown;
}

/** @param plan EXPLAIN (VERBOSE, FORMAT JSON) as the server sent it. */
export function* proposalSteps(plan: unknown, owners: Owners): Steps<string[]> {
  const found = new Set<string>();
  if (owners.size === 0) return [];
  let seen = 0;
  for (const { node, schema } of nodesOf(plan)) {
    if (++seen % STEP === 0) yield;
    for (const name of [node['Relation Name'], node['Index Name']])
      for (const id of owners.get(`${String(schema)}.${String(name)}`) ?? []) found.add(id);
  }
  return [...found];
}

/** Which of some indexes a plan reads. */
export function namesIn(plan: unknown, indexes: readonly string[]): ReadonlySet<string> {
  if (indexes.length === 0) return new Set();
  const read = new Set([...nodesOf(plan)].map(({ node }) => node['Index Name']));
  return new Set(indexes.filter(name => read.has(name)));
}

/** Every object in the JSON, because Citus nests a worker's plan inside a value. No recursion: plans can be very deep. */
function* nodesOf(plan: unknown): Generator<{ readonly node: Node; readonly schema: unknown }> {
  const open: { readonly node: Node; readonly above: unknown }[] = [{ node: plan as Node, above: '' }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, above } = next;
    // An index is in its table's schema, which the heap scan above a bitmap index scan names.
    const schema = node.Schema ?? above;
    yield { node, schema };
    for (const child of Object.values(node))
      if (typeof child === 'object' && child !== null) open.push({ node: child, above: schema });
  }
}
