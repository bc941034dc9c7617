/**
 * Session-unique names. Two explorers that build the same proposal on the same data would wait for each other: the
 * second `CREATE INDEX x` blocks on the first's uncommitted row in pg_class's unique index. So each session builds its
 * indexes under names of its own, and its views in a schema of its own; everyone else sees the proposal's own names.
 */

import { randomBytes } from 'node:crypto';
import { identifier } from '../base/sql.ts';
import { atOnce, STEP, type Steps } from '../base/steps.ts';
import type { Statement } from '../workload/workload.ts';

/** PostgreSQL keeps 63 bytes of an identifier; engines put the name of a chunk before it, or the number of a shard behind it. */
const NAME_BYTES = 40;

export class SessionNames {
  readonly schema: string;
  private readonly token: string;
  private readonly reals = new Map<Statement, string>();
  private readonly originals = new Map<string, string>();

  /** @param token Unique among sessions, of [0-9a-z], at most 12 characters. */
  constructor(token: string) {
    this.token = token;
    this.schema = `pgopt_${token}`;
  }

  /**
   * The name `statement` creates in this session: its own with a suffix; a view keeps its name. Every statement has a
   * suffix of its own: two proposals may bring the same name, as alternatives do, and long names may begin alike.
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

  /** Shows `name` (a partition's index, which the server named) as the proposal's `original`. */
  alias(name: string, original: string): void {
    this.originals.set(name, original);
  }

  /** A message of the server with the proposals' own names in it. */
  cleanText(message: string): string {
    let text = message;
    for (const [real, original] of this.originals) text = text.replaceAll(real, original);
    return text;
  }

  /** From a name in the catalog or in a plan to the proposal's own. */
  original(name: string): string {
    return this.originals.get(name) ?? name;
  }

  /** EXPLAIN's JSON as if the proposal had been built under its own name, without a trace of this session. In place. */
  clean(json: unknown): unknown {
    return atOnce(this.cleanSteps(json));
  }

  /** The same in steps, and without recursion: plans can be thousands of levels deep. */
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

  /** The statement's text with the created name replaced by this session's. */
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
