/**
 * Which window functions depend on the order of ties: rows that are equal in the window's ORDER BY may come in any
 * order.
 */

import type { Node } from '@pgsql/types';
import { type NodeOf, nodeAs, stringOf } from './grammar.ts';

type WindowDef = NodeOf<'WindowDef'>;

export interface Open {
  readonly function: string;
  /** What the window orders or partitions by. */
  readonly over: readonly Node[];
  /** 'kept': tied rows exchange values; 'other': a different order of ties gives different values. */
  readonly values: 'kept' | 'other';
}

/** Tied rows get equal values. */
const DETERMINED = ['rank', 'dense_rank', 'percent_rank', 'cume_dist'];
/** The value depends on the row's position alone. */
const NUMBERING = ['row_number', 'ntile'];
/** The value comes from a row at a position. */
const FROM_A_ROW = ['lag', 'lead', 'first_value', 'last_value', 'nth_value'];
/** The result has the order of the window. */
const IN_ORDER = /^(array_agg|string_agg|xmlagg|jsonb?_(object_)?agg\w*)$/;

/** Bits of PostgreSQL's WindowDef.frameOptions. */
const ROWS = 0x4;
const WHOLE_PARTITION = 0x20 | 0x100;

/**
 * @param windows The query's WINDOW clause.
 * @returns undefined: ties do not matter.
 */
export function openByTies(call: NodeOf<'FuncCall'>, windows: readonly WindowDef[]): Open | undefined {
  if (call.over === undefined) return undefined;
  const name = stringOf(call.funcname?.at(-1)) ?? '';
  const { frame, over } = resolved(call.over, windows);
  if (DETERMINED.includes(name)) return undefined;
  const numbering = NUMBERING.includes(name);
  // RANGE (the default) and GROUPS treat tied rows as one.
  const byPlace = (frame & ROWS) !== 0 && (frame & WHOLE_PARTITION) !== WHOLE_PARTITION;
  if (!numbering && !FROM_A_ROW.includes(name) && !IN_ORDER.test(name) && !byPlace) return undefined;
  const alike = call.agg_filter === undefined && (call.args ?? []).every(arg => isAlike(arg, over));
  return { function: name, over, values: numbering || alike ? 'kept' : 'other' };
}

function resolved(over: WindowDef, windows: readonly WindowDef[]) {
  const known = windows.find(({ name }) => name === (over.name ?? over.refname));
  const { orderClause = [], partitionClause = [] } = known ?? {};
  const own = [...(over.orderClause ?? []), ...orderClause].flatMap(key => nodeAs(key, 'SortBy')?.node ?? []);
  return {
    // OVER name takes the named window's frame; OVER (name …) has its own.
    frame: (over.name === undefined ? over : (known ?? over)).frameOptions ?? 0,
    over: [...own, ...(over.partitionClause ?? []), ...partitionClause],
  };
}

/** Equal in tied rows: a constant, or an expression that the window orders or partitions by. */
function isAlike(arg: Node, over: readonly Node[]): boolean {
  return (
    nodeAs(arg, 'A_Const') !== undefined ||
    over.some(node => withoutLocations(node) === withoutLocations(arg))
  );
}

/** An expression's tree as text, without positions. */
export const withoutLocations = (node: unknown): string =>
  JSON.stringify(node ?? null, (key, value) =>
    key === 'location' || key === 'list_start' || key === 'list_end' ? undefined : value,
  );
