/**
 * Session-unique names. Two explorers that build the same proposal on the same data would wait for each other: the
 * second `CREATE INDEX x` blocks on the first's uncommitted row in pg_class's unique index. So each session builds its
 * indexes under names of its own, and its views in a schema of its own; everyone else sees the proposal's own names.
 */
import { identifier } from '../database/link.ts';
import type { Statement } from '../workload/types.ts';

/** NAMEDATALEN - 1: what PostgreSQL keeps of an identifier, in bytes. */
const NAME_BYTES = 63;

export class SessionNames {
  readonly schema: string;
  private readonly suffix: string;
  private readonly originals = new Map<string, string>();

  /** @param token Unique among sessions, of [0-9a-z], at most 12 characters. */
  constructor(token: string) {
    this.suffix = `~${token}`;
    this.schema = `pgopt_${token}`;
  }

  /** The name `statement` creates in this session: its own with a suffix; a view keeps its name. */
  real({ kind, creates = '' }: Statement): string {
    if (kind === 'create-materialized-view') return creates;
    const real = truncate(creates, NAME_BYTES - this.suffix.length) + this.suffix;
    this.originals.set(real, creates);
    return real;
  }

  /** From a name in the catalog or in a plan to the proposal's own. */
  original(name: string): string {
    return this.originals.get(name) ?? name;
  }

  /** EXPLAIN's JSON as if the proposal had been built under its own name, without a trace of this session. */
  clean(json: unknown): unknown {
    if (typeof json === 'string') return this.original(json);
    if (Array.isArray(json)) return json.map(item => this.clean(item));
    if (typeof json !== 'object' || json === null) return json;
    const kept = Object.entries(json).filter(
      ([key, value]) => key !== 'search_path' && !(key === 'Schema' && value === this.schema),
    );
    return Object.fromEntries(kept.map(([key, value]) => [key, this.clean(value)]));
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

function truncate(name: string, bytes: number): string {
  let kept = name;
  while (Buffer.byteLength(kept) > bytes) kept = kept.slice(0, -1);
  return kept;
}
