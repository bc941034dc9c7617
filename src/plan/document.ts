/** From whatever carried them (node-pg's value, a string, auto_explain's object, a row) to the statements' objects. */
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
 * The first statement that has a plan: EXPLAIN of several statements (rules) gives several, the first is the one the
 * person wrote or what it became.
 * @throws PgoptError plan-invalid
 */
export function openDocument(json: unknown): PlanDocument {
  const [first] = openDocuments(json);
  if (first === undefined) throw new Error('openDocuments gives one at least');
  return first;
}

/** Every statement that has a plan, in order, at least one. @throws PgoptError plan-invalid */
export function openDocuments(json: unknown): readonly PlanDocument[] {
  const documents: PlanDocument[] = [];
  const waiting: { readonly value: unknown; readonly wrappings: number }[] = [{ value: json, wrappings: 0 }];
  let innermost: unknown = json;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { wrappings } = next;
    const value = typeof next.value === 'string' ? parseText(next.value) : next.value;
    if (!Array.isArray(value)) innermost = value;
    if (wrappings > MAX_WRAPPINGS) continue;
    const inside = (item: unknown) => ({ value: item, wrappings: wrappings + 1 });
    if (Array.isArray(value)) {
      // Beside plans a list may have words: a utility statement has no plan.
      const worth =
        value.length === 1 ? value : value.filter(item => typeof item === 'object' && item !== null);
      innermost = worth[0] ?? value[0];
      for (let i = worth.length - 1; i >= 0; i--) waiting.push(inside(worth[i]));
    } else if (isRecord(value)) {
      if (isRecord(value.Plan)) documents.push({ statement: value, root: value.Plan });
      else if ('QUERY PLAN' in value) waiting.push(inside(value['QUERY PLAN']));
      else if (typeof value['Node Type'] === 'string') documents.push({ statement: {}, root: value });
    }
  }
  if (documents.length > 0) return documents;
  throw new PgoptError('plan-invalid', `this is not a query plan: ${whatItIs(innermost)}`);
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
