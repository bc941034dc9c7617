/** Runs EXPLAIN for one case and gives its four files. */
import type pg from 'pg';
import { type Case, of } from './case.ts';
import { checkCase, checkSame } from './check.ts';

/** File name without the folder → its text. */
export type Files = ReadonlyMap<string, string>;

/** A plan that depends on when the workers come may need more than one run. */
const ATTEMPTS = 30;

/** @throws Error when the plan does not show what the case's name says. */
export async function explainCase(client: pg.Client, one: Case, major: number): Promise<Files> {
  const files = new Map<string, string>();
  // Both estimates before anything runs: what runs may change the next estimate.
  const estimate = options(of(one.estimate ?? '', major));
  const estimated = await both(client, one, major, estimate);
  files.set(`${one.name}.estimated.json`, estimated.json).set(`${one.name}.estimated.txt`, estimated.text);
  checkSame(`${one.name}.estimated`, estimated);
  if (one.analyze === false) {
    checkCase(one, major, estimated);
    return files;
  }
  const analyze = options(`ANALYZE, ${of(one.analyze ?? '', major)}`);
  for (let left = ATTEMPTS; ; left--) {
    const analyzed = await both(client, one, major, analyze);
    try {
      checkSame(`${one.name}.analyzed`, analyzed);
      checkCase(one, major, analyzed);
      files.set(`${one.name}.analyzed.json`, analyzed.json).set(`${one.name}.analyzed.txt`, analyzed.text);
      return files;
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}

/** Comma-separated, as the start of a list that goes on. */
function options(text: string): string {
  const names = text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '');
  return names.map(name => `${name}, `).join('');
}

async function both(client: pg.Client, one: Case, major: number, what: string) {
  const json = await explain(client, one, major, `(${what}FORMAT JSON)`);
  const text = await explain(client, one, major, `(${what}FORMAT TEXT)`);
  return { json, text };
}

async function explain(client: pg.Client, one: Case, major: number, what: string): Promise<string> {
  await client.query('BEGIN');
  try {
    await client.query('SET LOCAL jit = off');
    for (const [key, value] of Object.entries(of(one.set ?? {}, major)))
      await client.query('SELECT set_config($1, $2, true)', [key, value]);
    for (const statement of one.before ?? []) await client.query(statement);
    // The text as the server wrote it: node-pg would parse JSON.
    const types = { getTypeParser: () => (value: string) => value };
    const query = { text: `EXPLAIN ${what} ${of(one.sql, major)}`, rowMode: 'array', types } as const;
    // Several statements, by a rule, are still one result.
    const { rows } = await client.query<string[]>(query);
    return `${rows.map(([line]) => line).join('\n')}\n`;
  } finally {
    await client.query('ROLLBACK');
  }
}
