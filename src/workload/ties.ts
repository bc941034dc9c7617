/**
 * Which window functions have values that rows which tie leave open: rows equal in all that the window is ordered by may
 * come in any order. Pure, over the grammar's tree.
 */

import type { Node } from '@pgsql/types';
import { type NodeOf, nodeAs, stringOf } from './grammar.ts';

type WindowDef = NodeOf<'WindowDef'>;

export interface Open {
  readonly function: string;
  /** What the window is ordered and partitioned by. */
  readonly over: readonly Node[];
  /** 'kept': rows that tie exchange values; 'other': there are other values when they change places. */
  readonly values: 'kept' | 'other';
}

/** Equal rows get equal values. */
const DETERMINED = ['rank', 'dense_rank', 'percent_rank', 'cume_dist'];
/** By place alone. */
const NUMBERING = ['row_number', 'ntile'];
/** From one row, found by its place. */
const FROM_A_ROW = ['lag', 'lead', 'first_value', 'last_value', 'nth_value'];
/** What they return has the order of the window. */
const IN_ORDER = /^(array_agg|string_agg|xmlagg|jsonb?_(object_)?agg\w*)$/;

/** Bits of PostgreSQL's WindowDef.frameOptions. */
const ROWS = 0x4;
const WHOLE_PARTITION = 0x20 | 0x100;

/** @param windows The query's WINDOW clause. @returns undefined where nothing is left open. */
export function openByTies(call: NodeOf<'FuncCall'>, windows: readonly WindowDef[]): Open | undefined {
  if (call.over === undefined) return undefined;
  const name = stringOf(call.funcname?.at(-1)) ?? '';
  const { frame, over } = resolved(call.over, windows);
  if (DETERMINED.includes(name)) return undefined;
  const numbering = NUMBERING.includes(name);
  // RANGE, the default, and GROUPS take rows that tie into the frame together.
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
    // A name alone takes the frame as well; in parentheses the frame is the window's own.
    frame: (over.name === undefined ? over : (known ?? over)).frameOptions ?? 0,
    over: [...own, ...(over.partitionClause ?? []), ...partitionClause],
  };
}

/** The same in all rows that tie: a constant, or what the window is ordered or partitioned by. */
function isAlike(arg: Node, over: readonly Node[]): boolean {
  return (
    nodeAs(arg, 'A_Const') !== undefined || over.some(node => withoutPlaces(node) === withoutPlaces(arg))
  );
}

/** An expression's tree as text, wherever it stands. */
export const withoutPlaces = (node: unknown): string =>
  JSON.stringify(node ?? null, (key, value) =>
    key === 'location' || key === 'list_start' || key === 'list_end' ? undefined : value,
  );
