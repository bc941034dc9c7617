/** From whatever carried it (node-pg's value, a string, auto_explain's object, a row) to the statement's object. */
import { PgoptError } from '../errors.ts';
import { isRecord, type Json } from './json.ts';

export interface PlanDocument {
  /** The statement's object: Plan, Planning Time, Settings … */
  readonly statement: Json;
  /** Its `Plan`: the root node. */
  readonly root: Json;
}

/** Deep enough for array → row → `QUERY PLAN` → string → array → object. */
const MAX_WRAPPINGS = 6;

/**
 * Finds the first statement that has a plan. EXPLAIN of several statements (rules) gives several; the first is the
 * one the person wrote or what it became.
 * @throws PgoptError plan-invalid
 */
export function openDocument(json: unknown): PlanDocument {
  let value = json;
  for (let i = 0; i < MAX_WRAPPINGS; i++) {
    if (typeof value === 'string') value = parseText(value);
    if (Array.isArray(value)) value = firstStatement(value);
    if (!isRecord(value)) break;
    if (isRecord(value.Plan)) return { statement: value, root: value.Plan };
    if (!('QUERY PLAN' in value)) break;
    value = value['QUERY PLAN'];
  }
  throw new PgoptError('plan-invalid', `this is not a query plan: ${whatItIs(value)}`);
}

function firstStatement(list: readonly unknown[]): unknown {
  return list.find(item => isRecord(item) && isRecord(item.Plan)) ?? list[0];
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PgoptError('plan-invalid', 'this is not a query plan: the text is not JSON', { cause });
  }
}

function whatItIs(value: unknown): string {
  if (value === undefined || value === null) return 'there is nothing in it';
  if (!isRecord(value)) return `a ${typeof value} where an object with "Plan" should be`;
  return '"Plan" is missing';
}
