/** The SQL files of schema/ that the loader runs, with psql's `:name` and `:'name'` filled in; and the row counts of a scale. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PgoptError } from '../../base/errors.ts';
import { literal } from '../../base/sql.ts';
import type { Rows } from './demo.ts';

export type Variables = Readonly<Record<string, string | number>>;

/** @throws PgoptError 'demo-load-failed' when the package's own file is missing or names an unknown variable. */
export async function readScript(
  schemaFolder: string,
  file: string,
): Promise<(variables: Variables) => string[]> {
  let text: string;
  try {
    text = await readFile(join(schemaFolder, file), 'utf8');
  } catch (error) {
    throw new PgoptError('demo-load-failed', `schema/${file} cannot be read`, {
      cause: error,
      next: 'install pgopt-explore again',
    });
  }
  const statements = splitStatements(text);
  return variables => statements.map(statement => fillIn(statement, variables, file));
}

/**
 * Statements end with a semicolon at the end of a line; SQL-standard function bodies (BEGIN ATOMIC … END;) stay whole.
 * Our own files are written for that: comment lines stand alone, and no string spans lines.
 */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let lines: string[] = [];
  let body = false;
  for (const line of text.split('\n')) {
    if (/^\s*(--.*)?$/.test(line)) continue;
    lines.push(line);
    if (/\bBEGIN ATOMIC$/.test(line)) body = true;
    if (body ? /^END;$/.test(line) : /;\s*$/.test(line)) {
      statements.push(lines.join('\n').replace(/;\s*$/, ''));
      lines = [];
      body = false;
    }
  }
  if (lines.length > 0) statements.push(lines.join('\n'));
  return statements;
}

/** psql's interpolation: `:name` as it stands, `:'name'` as a literal; `::type` is a cast. */
function fillIn(statement: string, variables: Variables, file: string): string {
  return statement.replace(/(?<!:):('?)([a-z_]+)\1/g, (_, quote: string, name: string) => {
    const value = variables[name];
    if (value === undefined)
      throw new PgoptError('demo-load-failed', `schema/${file}: no value for :${name}`);
    return quote === '' ? String(value) : literal(String(value));
  });
}

/** The generator's item counts repeat every five orders: 3, 1, 5, 2, 4. */
export const ORDERS_IN_A_ROUND = 5;
export const ITEMS_PER_ORDER = 3;
const CATEGORIES = 50;
/** With fewer there would be categories without products and customers without orders. */
const FEWEST = { customers: 100, products: 250, orders: 2500 };
/** The generator shuffles products by multiplying with this prime, which must not divide their number. */
const SHUFFLE = 7919;

/**
 * Linear in `scale` except for the 50 categories, down to a small minimum.
 * @throws PgoptError 'usage' unless 0 < scale ≤ 100.
 */
export function rowsAt(scale: number): Rows {
  if (!(scale > 0 && scale <= 100)) {
    throw new PgoptError('usage', `the scale must be above 0 and at most 100, not ${scale}`);
  }
  const products = Math.max(FEWEST.products, Math.round(100_000 * scale));
  const bijective = products % SHUFFLE === 0 ? products + 1 : products;
  const rounds = Math.round((50_000_000 * scale) / ORDERS_IN_A_ROUND);
  const orders = Math.max(FEWEST.orders, rounds * ORDERS_IN_A_ROUND);
  return {
    customers: Math.max(FEWEST.customers, Math.round(2_000_000 * scale)),
    categories: CATEGORIES,
    products: bijective,
    inventory: bijective,
    orders,
    order_items: orders * ITEMS_PER_ORDER,
  };
}
