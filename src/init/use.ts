import type { ColumnName, HasColumn, Scope } from './scope.ts';
import type { JsonStep } from './values.ts';

/** The few shapes of PostgreSQL's parse tree that are looked at here. Every node is `{ Kind: { … } }`. */
export type Fields = Readonly<Record<string, unknown>>;

/** The node's fields when it is of that kind. */
export function asKind(node: unknown, kind: string): Fields | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  return (node as Readonly<Record<string, Fields | undefined>>)[kind];
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** `[{ String: { sval } }, …]` → texts; a `*` of a column reference is left out. */
export function namesOf(value: unknown): string[] {
  return listOf(value).flatMap(part => {
    const text = asKind(part, 'String')?.sval;
    return typeof text === 'string' ? [text] : [];
  });
}

/** Every direct child node or list of nodes. */
export function childrenOf(node: unknown): readonly unknown[] {
  if (Array.isArray(node)) return node;
  if (typeof node !== 'object' || node === null) return [];
  return Object.values(node).filter(value => typeof value === 'object' && value !== null);
}

/** What a parameter is for, and how a walk through a parse tree notes it. */

export type Use =
  /** Compared with a column. `rank`: the position in an IN list, from 0. */
  | {
      readonly kind: 'column';
      readonly column: ColumnName;
      /** `array`: the whole array that the column is one of; `element`: one of the column's own arrays. */
      readonly as:
        | 'equal'
        | 'low'
        | 'high'
        | 'pattern'
        | 'regex'
        | 'array'
        | 'element'
        | 'contains'
        | 'network';
      readonly rank: number;
      /** The column is compared through lower(), upper(), or extract(), which is filled with the month. */
      readonly folded: 'lower' | 'upper' | 'month' | undefined;
      /** A key of the column's JSON documents, or what stands at the end of a path of keys. */
      readonly json?: (JsonStep & { readonly role: 'key' | 'value' }) | undefined;
      /** The other bound of the range is a parameter, too. */
      readonly paired?: boolean;
    }
  /** SQL literals to try, the likeliest first. */
  | { readonly kind: 'usual'; readonly literals: readonly string[] };

/** A constant that decides nothing about the plan, of a type that only the server knows. */
export const ANY_CONSTANT: Use = { kind: 'usual', literals: ['1', "'x'"] };
export const usual = (literal: string): Use => ({ kind: 'usual', literals: [literal] });
/** COALESCE(sum(amount), 0), COALESCE(name, ''). */
export const COALESCED: Use = { kind: 'usual', literals: ['0', "''"] };
export const INTERVAL = usual("'30 days'");

export interface Walk {
  readonly hasColumn: HasColumn;
  /** The first use found for a parameter counts. */
  readonly note: (parameter: number, use: Use) => void;
  /** Goes on below a node. `fallback`: of a parameter found there with nothing more to go by. */
  readonly visit: (node: unknown, scope: Scope | undefined, fallback: Use | undefined) => void;
}
