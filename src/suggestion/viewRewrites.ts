/** Rewrites of queries that read a view of groups. Text around the rewritten blocks stays as written. Pure. */
import type { Node, SelectStmt } from '@pgsql/types';
import { deparseSync } from 'pgsql-deparser';
import type { ParsedStatement } from '../workload/grammar.ts';
import type { Parameter } from '../workload/parameters.ts';
import type { ServerFacts } from './blockShape.ts';
import { walk } from './expressions.ts';
import { rangeOf as rangeOfBlock, VIEW } from './viewCandidates.ts';
import type { Definition, QueryText, Use } from './viewDefinition.ts';
import { type GroupView, mapped, NotInView, ViewReader } from './viewReading.ts';
import type { Parts, ViewUse } from './viewUses.ts';

/** @returns Query → its rewrite, for the queries that can read the view. */
export function rewritesOf(
  definition: Definition,
  family: readonly Use[],
  facts: ServerFacts,
): ReadonlyMap<string, string> {
  const rewrites = new Map<string, string>();
  for (const query of new Set(family.map(one => one.query))) {
    const replaced = new Map<unknown, unknown>();
    // Inner blocks first.
    for (const { block, use } of family.filter(one => one.query === query).reverse()) {
      if (replaced.has(block.select)) continue;
      try {
        replaced.set(block.select, read(definition, use, facts, replaced));
      } catch (error) {
        if (!(error instanceof NotInView)) throw error;
      }
    }
    const text = replaced.size === 0 ? undefined : rewritten(query, replaced);
    if (text !== undefined) rewrites.set(query.id, text);
  }
  return rewrites;
}

/** An alias that the block does not use. */
function freeAlias({ shape }: ViewUse, others: number): string {
  const taken = new Set<string>();
  walk(shape.block.select, (key, value) => {
    if (key === 'aliasname' || key === 'relname') taken.add(String(value));
    return true;
  });
  let next = others + 1;
  const name = () => (next === 1 ? 'v' : `v${next}`);
  while (taken.has(name())) next++;
  return name();
}

function read(
  { conditions, keys, aggregates, columns, types }: Definition,
  use: ViewUse,
  facts: ServerFacts,
  replaced: ReadonlyMap<unknown, unknown>,
): SelectStmt {
  if (![...use.held.keys()].every(id => conditions.has(id))) throw new NotInView();
  const extra = [...conditions.keys()].filter(id => !use.held.has(id) && !use.optional.has(id));
  if (extra.length > 0) throw new NotInView();
  const named = (parts: Parts) => new Map([...parts.keys()].map(id => [id, columns.get(id) ?? ''] as const));
  const view: GroupView = {
    keys: named(keys),
    aggregates: named(aggregates),
    conditions: new Set(conditions.keys()),
    typeOf: column => types.get(column),
  };
  const missing = (): string => {
    throw new NotInView();
  };
  const alias = freeAlias(use, replaced.size);
  const from: Node = {
    RangeVar: { relname: VIEW.slice(1, -1), inh: true, relpersistence: 'p', alias: { aliasname: alias } },
  };
  return new ViewReader({ ...use, view, alias, facts, replaced, missing }).select(from);
}

/** The query's text with the replaced blocks; the rest stays as written. */
function rewritten(
  { text, statement, parameters, blocks }: QueryText,
  replaced: ReadonlyMap<unknown, unknown>,
): string | undefined {
  if (parameters.some(({ as }) => as === 'identifier')) return undefined;
  const { start, sql } = statement;
  const original = text.slice(start, start + sql.length);
  const print = (select: SelectStmt): string => {
    const whole = mapped(select, value => replaced.get(value) ?? parameterAt(value, statement, parameters));
    const printed = deparseSync({ SelectStmt: whole as SelectStmt }, { pretty: true });
    return printed.replace(/\$(\d{7})/g, (all, number) => {
      const { start: from = 0, end = 0 } = parameters[Number(number) - FIRST] ?? {};
      return end === 0 ? all : text.slice(from, end);
    });
  };
  const parts: { readonly from: number; readonly to: number; readonly select: SelectStmt }[] = [];
  for (const { select, role } of blocks) {
    if (!replaced.has(select)) continue;
    const range = role === 'query' ? ([0, sql.length] as const) : rangeOfBlock(statement, select);
    if (range === undefined) return undefined;
    parts.push({ from: range[0], to: range[1], select });
  }
  const outer = parts.filter(
    one => !parts.some(other => other !== one && other.from <= one.from && one.to <= other.to),
  );
  let result = '';
  let at = 0;
  for (const { from, to, select } of outer.sort((a, b) => a.from - b.from)) {
    result += original.slice(at, from) + print(select);
    at = to;
  }
  return result + original.slice(at);
}

/** Placeholders all look the same, so each is numbered by its position. */
const FIRST = 1_000_000;

function parameterAt(
  value: unknown,
  { offsetOf }: ParsedStatement,
  parameters: readonly Parameter[],
): unknown {
  const { location, number } = value as { location?: number; number?: number };
  if (number === undefined || location === undefined || number >= FIRST) return undefined;
  const at = parameters.findIndex(({ start }) => start === offsetOf(location));
  return at === -1 ? undefined : { number: FIRST + at };
}
