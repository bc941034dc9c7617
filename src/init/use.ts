/** What a parameter is used for, and how a walk through a parse tree records it. */
import type { ColumnName, HasColumn, Scope } from './scope.ts';
import type { JsonStep } from './values.ts';

/** The fields of a parse tree node, which is `{ Kind: fields }`. */
export type Fields = Readonly<Record<string, unknown>>;

/** undefined: a node of another kind. */
export function asKind(node: unknown, kind: string): Fields | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  return (node as Readonly<Record<string, Fields | undefined>>)[kind];
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export function childrenOf(node: unknown): readonly unknown[] {
  if (Array.isArray(node)) return node;
  if (typeof node !== 'object' || node === null) return [];
  return Object.values(node).filter(value => typeof value === 'object' && value !== null);
}

export type Use =
  /** Compared with a column. `rank`: position in an IN list, from 0. */
  | {
      readonly kind: 'column';
      readonly column: ColumnName;
      /** `array`: an array of values that the column may equal; `element`: an element of the array column. */
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
      /** The column is wrapped in lower(), upper(), or extract() (the month). */
      readonly folded: 'lower' | 'upper' | 'month' | undefined;
      /** A key in the column's JSON documents, or the value at the end of a path of keys. */
      readonly json?: (JsonStep & { readonly role: 'key' | 'value' }) | undefined;
      /** The range's other bound is a parameter, too. */
      readonly paired?: boolean;
    }
  /** SQL literals to try, likeliest first. */
  | { readonly kind: 'usual'; readonly literals: readonly string[] };

/** A constant of unknown type that does not influence the plan. */
export const ANY_CONSTANT: Use = { kind: 'usual', literals: ['1', "'x'"] };
export const usual = (literal: string): Use => ({ kind: 'usual', literals: [literal] });
/** As in COALESCE(sum(amount), 0) and COALESCE(name, ''). */
export const COALESCED: Use = { kind: 'usual', literals: ['0', "''"] };
export const INTERVAL = usual("'30 days'");

export interface Walk {
  readonly hasColumn: HasColumn;
  /** Records a use; the first one for a parameter wins. */
  readonly note: (parameter: number, use: Use) => void;
  /** Visits a node and its children. `fallback`: the use of a parameter without a better clue. */
  readonly visit: (node: unknown, scope: Scope | undefined, fallback: Use | undefined) => void;
}
