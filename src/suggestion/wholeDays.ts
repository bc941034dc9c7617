/** Finds bounds that are the start of a day, and functions that depend only on a timestamp's day. Pure. */
import type { A_Const, Node, TypeName } from '@pgsql/types';
import { stringOf } from '../workload/grammar.ts';

const UNITS = new Set(['day', 'week', 'month', 'quarter', 'year', 'decade', 'century', 'millennium']);
const FIELDS = new Set([...UNITS, 'dow', 'doy', 'isodow', 'isoyear']);

const constantText = (node: Node | undefined): string | undefined =>
  node !== undefined && 'A_Const' in node ? (node.A_Const as A_Const).sval?.sval : undefined;

const typeOf = (type: TypeName | undefined): string => stringOf(type?.names?.at(-1)) ?? '';

const DATE = /^\s*\d{4}-\d\d?-\d\d?(?:[ T]00:00(?::00(?:\.0+)?)?)?\s*$/;
const DAYS = /^\s*(?:[-+]?\d+\s*(?:d|days?|w|weeks?|mons?|months?|y|years?|decades?)\s*)+$/i;
/** Field bits of an interval's type: YEAR, MONTH, YEAR TO MONTH, DAY. */
const DAY_FIELDS = new Set([4, 2, 6, 8]);

function isWholeDays(node: Node | undefined): boolean {
  if (node === undefined) return false;
  if ('A_Const' in node) return node.A_Const.ival !== undefined;
  if (!('TypeCast' in node) || typeOf(node.TypeCast.typeName) !== 'interval') return false;
  const text = constantText(node.TypeCast.arg) ?? '';
  const [fields] = node.TypeCast.typeName?.typmods ?? [];
  const bits = fields !== undefined && 'A_Const' in fields ? fields.A_Const.ival?.ival : undefined;
  return DAYS.test(text) || (bits !== undefined && DAY_FIELDS.has(bits) && /^\s*[-+]?\d+\s*$/.test(text));
}

/** @param node It must read no column. */
function startsDay(node: Node | undefined): boolean {
  if (node === undefined) return false;
  if ('SQLValueFunction' in node) return node.SQLValueFunction.op === 'SVFOP_CURRENT_DATE';
  if ('A_Const' in node) return DATE.test(constantText(node) ?? '');
  if ('TypeCast' in node) {
    const type = typeOf(node.TypeCast.typeName);
    return type === 'date' || (type === 'timestamp' && startsDay(node.TypeCast.arg));
  }
  if ('FuncCall' in node) return truncates(node);
  if ('A_Expr' in node && node.A_Expr.kind === 'AEXPR_OP')
    return (
      /^[-+]$/.test(stringOf(node.A_Expr.name?.at(-1)) ?? '') &&
      startsDay(node.A_Expr.lexpr) &&
      isWholeDays(node.A_Expr.rexpr)
    );
  return false;
}

/** `date_trunc('month', …)`: its second argument's day is enough. */
const truncates = (node: Node): boolean =>
  'FuncCall' in node &&
  stringOf(node.FuncCall.funcname?.at(-1)) === 'date_trunc' &&
  node.FuncCall.args?.length === 2 &&
  UNITS.has((constantText(node.FuncCall.args[0]) ?? '').toLowerCase());

/** The timestamp of which the function sees only the day; undefined for other functions. */
export function dayArgument(node: Node): Node | undefined {
  if (truncates(node) && 'FuncCall' in node) return node.FuncCall.args?.[1];
  if (!('FuncCall' in node)) return undefined;
  const { funcname = [], args = [] } = node.FuncCall;
  const isField = /^(extract|date_part)$/.test(stringOf(funcname.at(-1)) ?? '');
  return isField && FIELDS.has((constantText(args[0]) ?? '').toLowerCase()) ? args[1] : undefined;
}

/**
 * `time >= start of a day` and `time < start of a day` hold for the timestamp exactly if they hold for its day.
 * @returns The side that is the timestamp.
 */
export function dayCompared(node: Node): 'lexpr' | 'rexpr' | undefined {
  if (!('A_Expr' in node) || node.A_Expr.kind !== 'AEXPR_OP') return undefined;
  const operator = stringOf(node.A_Expr.name?.at(-1)) ?? '';
  if (/^(>=|<)$/.test(operator) && startsDay(node.A_Expr.rexpr)) return 'lexpr';
  return /^(<=|>)$/.test(operator) && startsDay(node.A_Expr.lexpr) ? 'rexpr' : undefined;
}
