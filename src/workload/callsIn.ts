/** The names in a parse tree that can run code: functions, operators and their classes, relations, types. */
import { namesOf } from './grammar.ts';

export interface Call {
  /** `attribute`: `x.name` calls a function if the row x has no such column. `class`: an index's operator class. */
  readonly kind: 'function' | 'operator' | 'relation' | 'type' | 'attribute' | 'class';
  readonly schema: string | undefined;
  readonly name: string;
  readonly args?: number;
  /** In bytes, as in the tree. */
  readonly offset?: number;
  /** A function in FROM: a set-returning SQL function may be inlined into the query there. */
  readonly inFrom?: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** In a stable order. Iterative, because a chain of operators is as deep as it is long. */
export function callsIn(tree: unknown): Call[] {
  const calls: Call[] = [];
  const stack: { readonly value: unknown; readonly inFrom: boolean }[] = [{ value: tree, inFrom: false }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, inFrom } = next;
    if (typeof value !== 'object' || value === null) continue;
    const node = value as Fields;
    // Recognize nodes by their fields: the tree omits a type that is the only possible one.
    if (!Array.isArray(value)) calls.push(...callsOf(node, inFrom));
    const inner = Object.entries(node)
      // A statement does not read the relation that it creates.
      .filter(([key]) => !(key === 'into' && 'objtype' in node))
      .map(([key, child]) => ({ value: child, inFrom: standsInFrom(key, value, inFrom) }));
    stack.push(...inner.reverse());
  }
  return calls;
}

/** Only lists stand between FROM's RangeFunction and its function. */
const standsInFrom = (key: string, parent: object, inFrom: boolean): boolean =>
  key === 'RangeFunction' ||
  (inFrom && (Array.isArray(parent) || ['functions', 'List', 'items', 'FuncCall'].includes(key)));

function callsOf(node: Fields, inFrom: boolean): readonly Call[] {
  const offset = typeof node.location === 'number' ? node.location : 0;
  if (Array.isArray(node.funcname)) {
    const given = lengthOf(node.args) + (node.agg_within_group === true ? lengthOf(node.agg_order) : 0);
    const called = named('function', node.funcname, { offset, args: given, inFrom });
    // `type(value)` is a cast.
    return given === 1 ? [...called, ...named('type', node.funcname, { offset })] : called;
  }
  if (Array.isArray(node.opclass)) return named('class', node.opclass, { offset });
  if (typeof node.relname === 'string') {
    const schema = typeof node.schemaname === 'string' ? node.schemaname : undefined;
    return [{ kind: 'relation', schema, name: node.relname, offset }];
  }
  if (Array.isArray(node.names) && ('typemod' in node || 'typeOid' in node))
    return named('type', node.names, { offset });
  for (const operator of [
    node.operName,
    node.useOp,
    'lexpr' in node || 'rexpr' in node ? node.name : undefined,
  ])
    if (Array.isArray(operator) && !BETWEEN.has(String(namesOf(operator)[0])))
      return named('operator', operator, { offset });
  const implied = impliedBy(node);
  if (implied.length > 0) return implied.map(name => ({ kind: 'operator', schema: undefined, name, offset }));
  const path = node.fields ?? node.indirection;
  if (Array.isArray(path))
    return namesOf(path)
      .slice(node.fields === undefined ? 0 : 1)
      .map(name => ({ kind: 'attribute', schema: undefined, name, offset }));
  return [];
}

const BETWEEN = new Set(['BETWEEN', 'NOT BETWEEN', 'BETWEEN SYMMETRIC', 'NOT BETWEEN SYMMETRIC']);

/** Operators that PostgreSQL looks up by name without their being written. */
function impliedBy(node: Fields): readonly string[] {
  if (/BETWEEN/.test(String(node.kind))) return ['>=', '<=', '<', '>'];
  const joins = Array.isArray(node.usingClause) || node.isNatural === true;
  const cases = 'arg' in node && Array.isArray(node.args) && !('funcname' in node);
  return joins || cases || node.subLinkType === 'ANY_SUBLINK' ? ['='] : [];
}

function named(kind: Call['kind'], path: readonly unknown[], more: Partial<Call>): Call[] {
  const names = namesOf(path);
  const name = names.at(-1);
  return name === undefined ? [] : [{ ...more, kind, schema: names.at(-2), name }];
}

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);
