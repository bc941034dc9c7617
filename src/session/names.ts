/**
 * Session-unique names: a second `CREATE INDEX x` would block on the first session's uncommitted row in pg_class. So
 * indexes get names of the session's own, and views a schema; users see the proposals' names.
 */

import { randomBytes } from 'node:crypto';
import { identifier } from '../base/sql.ts';
import { STEP, type Steps } from '../base/steps.ts';
import type { Statement } from '../workload/workload.ts';

/** PostgreSQL keeps 63 bytes of an identifier; engines add a chunk's name in front or a shard's number behind. */
const NAME_BYTES = 40;

export class SessionNames {
  readonly schema: string;
  private readonly reals = new Map<Statement, string>();
  private readonly originals = new Map<string, string>();

  /** @param token Unique among sessions, of [0-9a-z], at most 12 characters. */
  constructor(private readonly token: string) {
    this.schema = `pgopt_${token}`;
  }

  /**
   * The name `statement` creates in this session: its own with a suffix; a view keeps its name. Each statement has its
   * own suffix: two proposals may use the same name, as alternatives do, and long names may begin alike.
   */
  real(statement: Statement): string {
    const { kind, creates = '' } = statement;
    if (kind === 'create-materialized-view') return creates;
    const known = this.reals.get(statement);
    if (known !== undefined) return known;
    const suffix = `~${this.token}${this.reals.size.toString(36)}`;
    const real = truncate(creates, NAME_BYTES - suffix.length) + suffix;
    this.reals.set(statement, real);
    this.originals.set(real, creates);
    return real;
  }

  /** Displays `name`, such as a partition's index that the server named, as the proposal's `original`. */
  alias(name: string, original: string): void {
    this.originals.set(name, original);
  }

  /** Replaces the session's names in a message of the server. */
  cleanText(message: string): string {
    let text = message;
    for (const [real, original] of this.originals) text = text.replaceAll(real, original);
    return text;
  }

  /** The proposal's name for a name in the catalog or in a plan. */
  original(name: string): string {
    return this.originals.get(name) ?? name;
  }

  /**
   * Replaces the session's names in EXPLAIN's JSON and removes its schema, in place; in steps and without recursion,
   * because plans can be thousands of levels deep.
   */
  *cleanSteps(json: unknown): Steps<unknown> {
    const whole: Record<string, unknown> = { json };
    const open = [whole];
    for (let next = open.pop(), seen = 1; next !== undefined; next = open.pop(), seen++) {
      if (seen % STEP === 0) yield;
      for (const [key, value] of Object.entries(next)) {
        if (key === 'search_path' || (key === 'Schema' && value === this.schema)) delete next[key];
        else if (typeof value === 'object' && value !== null) open.push(value as Record<string, unknown>);
        else if (typeof value === 'string' && this.originals.has(value)) next[key] = this.original(value);
      }
    }
    return whole.json;
  }

  /** The statement's text with this session's name for the created object. */
  rewrite(statement: Statement): string {
    const { sql, createsAt } = statement;
    if (createsAt === undefined) return sql;
    const [start, end] = createsAt;
    const gap = start === end ? ' ' : '';
    return `${sql.slice(0, start)}${identifier(this.real(statement))}${gap}${sql.slice(end)}`;
  }
}

/** Names of a new session, with a random token. */
export const newNames = (): SessionNames => new SessionNames(randomBytes(4).toString('hex'));

function truncate(name: string, bytes: number): string {
  const characters = [...name];
  while (Buffer.byteLength(characters.join('')) > bytes) characters.pop();
  return characters.join('');
}
